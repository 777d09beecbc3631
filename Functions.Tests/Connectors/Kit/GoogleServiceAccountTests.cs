using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AudienceSync.Connectors.Kit;

public sealed class GoogleServiceAccountTests
{
    [Fact]
    public async Task Complete_Request_HoldsASignedAssertionOfAnHour()
    {
        var account = GoogleServiceAccount.Read(ServiceAccountKeys.Json(), out _).ShouldNotBeNull();
        using var request = account.TokenRequest();

        account.Complete(request, "https://www.googleapis.com/auth/datamanager", Samples.Now);

        request.RequestUri!.AbsoluteUri.ShouldBe("https://oauth2.googleapis.com/token");
        var form = await request.Content!.ReadAsStringAsync();
        form.ShouldStartWith("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=");
        var parts = form.Split("assertion=")[1].Split('.');
        JsonNode.DeepEquals(Part(parts[0]), JsonNode.Parse("""{"alg":"RS256","typ":"JWT","kid":"key-1"}""")).ShouldBeTrue();
        var now = Samples.Now.ToUnixTimeSeconds();
        JsonNode.DeepEquals(Part(parts[1]), JsonNode.Parse(
            $$"""{"iss":"s3cret-sync@example.iam.gserviceaccount.com","scope":"https://www.googleapis.com/auth/datamanager","aud":"https://oauth2.googleapis.com/token","iat":{{now}},"exp":{{now + 3600}}}"""))
            .ShouldBeTrue();
        ServiceAccountKeys.Rsa.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).ShouldBeTrue();
    }

    /// <summary>The file is what a user gives: it must not send the assertion anywhere else.</summary>
    [Theory]
    [InlineData("https://oauth2.googleapis.com/token", true)]
    [InlineData("http://oauth2.googleapis.com/token", false)]
    [InlineData("https://oauth2.googleapis.com:8443/token", false)]
    [InlineData("https://evilgoogleapis.com/token", false)]
    [InlineData("https://googleapis.com.evil.example/token", false)]
    [InlineData("https://oauth2.googleapis.com@evil.example/token", false)]
    [InlineData("file:///etc/passwd", false)]
    public void Read_TokenAddress_IsGooglesOnly(string address, bool taken) =>
        (GoogleServiceAccount.Read(ServiceAccountKeys.Json(address), out var reason) is not null).ShouldBe(taken, reason);

    [Theory]
    [InlineData("")]
    [InlineData("not json")]
    [InlineData("[]")]
    [InlineData("""{"client_email":"a@b.example"}""")]
    [InlineData("""{"client_email":"a@b.example","private_key":"-----BEGIN NOTHING-----"}""")]
    public void Read_NoKeyFile_IsNull(string json) => GoogleServiceAccount.Read(json, out _).ShouldBeNull();

    private static JsonNode? Part(string text) => JsonNode.Parse(Base64Url.DecodeFromChars(text));
}
