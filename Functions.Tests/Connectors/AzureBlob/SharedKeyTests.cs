using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.AzureBlob;

public sealed class SharedKeyTests
{
    /// <summary>The published key of the emulator's account.</summary>
    private const string DevelopmentKey = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    [Theory]
    [InlineData("PUT", "/drop/people.csv", "text/csv", 11, true, "cngKPj5WBEKzSAXrnLppCyRz6uAoODbolza5NxVtOAk=")]
    [InlineData("PUT", "/drop/people.csv?comp=block&blockid=MDAwMDAx", null, 5, false, "UmpK9ppY7MwilUDruFN0R+UG/X23AIZUW7fo3EkANrk=")]
    [InlineData("GET", "/drop?restype=container&comp=list&maxresults=1", null, 0, false, "GFj/ay+VYfwZbWxzkQtind8WqH5t5p8BLDOGPn+1Yr4=")]
    public void Sign_Request_GivesTheSignatureOfTheCard(string method, string path, string? type, int length, bool blob, string signature)
    {
        using var request = new HttpRequestMessage(new(method), $"https://exampleacct.blob.core.windows.net{path}");
        request.Headers.Add("x-ms-date", "Tue, 03 Mar 2026 10:00:00 GMT");
        request.Headers.Add("x-ms-version", "2021-12-02");
        if (blob)
        {
            request.Headers.Add("x-ms-blob-type", "BlockBlob");
        }

        if (length > 0)
        {
            request.Content = new ByteArrayContent(new byte[length]) { Headers = { ContentType = type is null ? null : new MediaTypeHeaderValue(type) } };
        }

        SharedKey.Sign(request, length, "exampleacct", DevelopmentKey).ToString().ShouldBe($"SharedKey exampleacct:{signature}");
    }

    /// <summary>From the unit tests of Azure Storage for Ruby (shared_key_test.rb): every standard header is <c>foo</c>.</summary>
    [Fact]
    public void Sign_AllHeaders_GivesTheSignatureOfAzuresRubyTests()
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://dummy.uri/resource");
        request.Headers.TryAddWithoutValidation("x-ms-ImATeapot", "teapot");
        request.Headers.TryAddWithoutValidation("x-ms-ShortAndStout", "True");
        request.Content = new ByteArrayContent([]);
        foreach (var name in (string[])["Content-Encoding", "Content-Language", "Content-MD5", "Content-Type"])
        {
            request.Content.Headers.TryAddWithoutValidation(name, "foo");
        }

        foreach (var name in (string[])["Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"])
        {
            request.Headers.TryAddWithoutValidation(name, "foo");
        }

        // There the length is "foo" too, which here is a number.
        var text = SharedKey.StringToSign(request, 7, "account-name").Replace("\n7\n", "\nfoo\n", StringComparison.Ordinal);

        Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String("YWNjZXNzLWtleQ=="), Encoding.UTF8.GetBytes(text)))
            .ShouldBe("vcdxlDVoE1QvJerkg0ci3Wlnj2Qq8yzlsrkRf5dEU/I=");
    }

    [Fact]
    public void StringToSign_Query_IsSortedDecodedAndJoined()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "https://a.example/c/dt%3D1/b%20c?prefix=x%2Fy&Comp=list&comp=alpha&empty");

        SharedKey.StringToSign(request, 0, "acct").ShouldEndWith("\n/acct/c/dt%3D1/b%20c\ncomp:alpha,list\nempty:\nprefix:x/y");
    }

    [Theory]
    [InlineData("", true)]
    [InlineData("not base64!", true)]
    [InlineData(DevelopmentKey, false)]
    public void Read_Key_IsNullUnlessBase64(string key, bool none) => (SharedKey.Read(key) is null).ShouldBe(none);
}
