using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.Kit;

public sealed class SigV4Tests
{
    private static readonly SigningKey AwsKey = new("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    private static readonly DateTimeOffset AwsTime = new(2013, 5, 24, 0, 0, 0, TimeSpan.Zero);

    private static readonly SigningKey GoogleKey = new("GOOG1EXAMPLE", "exampleSecretexampleSecretexampleSecret0");
    private static readonly DateTimeOffset GoogleTime = new(2026, 3, 3, 10, 0, 0, TimeSpan.Zero);

    /// <summary>The examples of Amazon's documentation, "Authenticating Requests: Using the Authorization Header".</summary>
    [Theory]
    [InlineData("/test.txt", "bytes=0-9", "host;range;x-amz-content-sha256;x-amz-date", "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")]
    [InlineData("/?lifecycle", null, "host;x-amz-content-sha256;x-amz-date", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")]
    [InlineData("/?max-keys=2&prefix=J", null, "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    [InlineData("/?prefix=J&max-keys=2", null, "host;x-amz-content-sha256;x-amz-date", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")]
    public void Sign_AmazonsGets_GivesTheirSignatures(string path, string? range, string signed, string signature)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"https://examplebucket.s3.amazonaws.com{path}");
        request.Headers.UserAgent.Add(new("Tests", null));
        if (range is not null)
        {
            request.Headers.TryAddWithoutValidation("Range", range);
        }

        SigV4.S3.Sign(request, [], AwsKey, "us-east-1", AwsTime);

        request.Headers.Authorization!.ToString().ShouldBe(
            $"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request, SignedHeaders={signed}, Signature={signature}");
        request.Headers.GetValues("x-amz-date").ShouldBe(["20130524T000000Z"]);
    }

    [Fact]
    public void Sign_AmazonsPut_GivesTheirCanonicalRequestAndSignature()
    {
        var body = Encoding.ASCII.GetBytes("Welcome to Amazon S3.");
        using var request = new HttpRequestMessage(HttpMethod.Put, "https://examplebucket.s3.amazonaws.com/test$file.text") { Content = new ByteArrayContent(body) };
        request.Headers.TryAddWithoutValidation("Date", "Fri, 24 May 2013 00:00:00 GMT");
        request.Headers.Add("x-amz-storage-class", "REDUCED_REDUNDANCY");

        SigV4.S3.Sign(request, body, AwsKey, "us-east-1", AwsTime);

        request.Headers.Authorization!.Parameter!.ShouldEndWith("Signature=98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
        request.Headers.Authorization = null;
        Digest(SigV4.Canonical(request, Convert.ToHexStringLower(SHA256.HashData(body))).Request)
            .ShouldBe("9e0e90d9c76de8fa5b200d8c849cd5b8dc7a3be3951ddb7f6a76b4158342019d");
    }

    [Fact]
    public void KeyOf_AmazonsSecret_GivesTheirSigningKey() => Convert.ToHexStringLower(SigV4.S3.KeyOf(AwsKey.Secret, "20130524", "us-east-1"))
        .ShouldBe("dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");

    /// <summary>Worked out by hand from Google's rule, in its own and in Amazon's spelling.</summary>
    [Theory]
    [InlineData(true, "a293ab691af29caccc5ca398be5804bd8db1ba4583b73a6500a6663090c2950c", "0a5cabd1a65f47390b16d317724c28a24b23520fdc133f903cc472aab6555082")]
    [InlineData(false, "e2e8b76315c03ce845504ae85be57424a5bc613a238ea053b6c14dc967181e96", "6e12f8b89ad06346d332f9a0fb0b18cf910827ceeef5e3e9bc4e73f1fff2f52a")]
    public void Sign_GooglePut_GivesTheSignature(bool google, string canonical, string signature)
    {
        var body = Encoding.ASCII.GetBytes("id,email\n1,a@example.com");
        using var request = new HttpRequestMessage(HttpMethod.Put, "https://storage.googleapis.com/example-bucket/drop/people.csv")
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("text/csv") } },
        };

        (google ? SigV4.GoogleStorage : SigV4.S3).Sign(request, body, GoogleKey, "auto", GoogleTime);

        request.Headers.Authorization!.ToString().ShouldBe(google
            ? $"GOOG4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20260303/auto/storage/goog4_request, SignedHeaders=content-type;host;x-goog-content-sha256;x-goog-date, Signature={signature}"
            : $"AWS4-HMAC-SHA256 Credential=GOOG1EXAMPLE/20260303/auto/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature={signature}");
        request.Headers.Authorization = null;
        Digest(SigV4.Canonical(request, Convert.ToHexStringLower(SHA256.HashData(body))).Request).ShouldBe(canonical);
    }

    [Fact]
    public void Sign_SessionToken_IsSentAndSigned()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://examplebucket.s3.amazonaws.com/");

        SigV4.S3.Sign(request, [], AwsKey with { SessionToken = "session" }, "us-east-1", AwsTime);

        request.Headers.GetValues("x-amz-security-token").ShouldBe(["session"]);
        request.Headers.Authorization!.Parameter!.ShouldContain("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token");
    }

    [Fact]
    public void Canonical_PathAndQuery_AreEncodedOnceAndSorted()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://b.example/dt%3D1/a%20b/ä~-_.csv?b=2&a=x%2Fy&a=1&acl");

        SigV4.Canonical(request, "d").Request.Split('\n')[1..3].ShouldBe(["/dt%3D1/a%20b/%C3%A4~-_.csv", "a=1&a=x%2Fy&acl=&b=2"]);
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
