using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.Kit;

/// <summary>Signature Version 4, as Amazon's services and Google Cloud Storage take it in the <c>Authorization</c> header.</summary>
/// <remarks>
/// docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html and cloud.google.com/storage/docs/authentication/signatures, read 2026-08.
/// Paths are encoded once and never normalised, which is S3's rule; other services of Amazon are only called at their root.
/// </remarks>
internal sealed class SigV4
{
    private readonly string _name;
    private readonly string _headers;
    private readonly string _service;
    private readonly string _end;

    private SigV4(string name, string headers, string service, string end) => (_name, _headers, _service, _end) = (name, headers, service, end);

    public static SigV4 S3 { get; } = new("AWS4", "x-amz-", "s3", "aws4_request");

    /// <summary>Amazon's token service.</summary>
    public static SigV4 Sts { get; } = new("AWS4", "x-amz-", "sts", "aws4_request");

    public static SigV4 GoogleStorage { get; } = new("GOOG4", "x-goog-", "storage", "goog4_request");

    /// <summary>Adds date, digest of the body, session token and signature. Every header that the request has by then is signed, but for the user agent.</summary>
    /// <param name="region">Google Cloud Storage takes <c>auto</c>.</param>
    public void Sign(HttpRequestMessage request, ReadOnlySpan<byte> body, SigningKey key, string region, DateTimeOffset now)
    {
        var time = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        request.Headers.Add($"{_headers}content-sha256", Hex(SHA256.HashData(body)));
        request.Headers.Add($"{_headers}date", time);
        if (key.SessionToken is { } session)
        {
            request.Headers.Add($"{_headers}security-token", session);
        }

        var scope = $"{time[..8]}/{region}/{_service}/{_end}";
        var (canonical, signed) = Canonical(request, Hex(SHA256.HashData(body)));
        var text = $"{_name}-HMAC-SHA256\n{time}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(Mac(KeyOf(key.Secret, time[..8], region), text));
        request.Headers.Authorization = new AuthenticationHeaderValue(
            $"{_name}-HMAC-SHA256", $"Credential={key.Id}/{scope}, SignedHeaders={signed}, Signature={signature}");
    }

    /// <summary>The canonical request and the names of its headers.</summary>
    internal static (string Request, string SignedHeaders) Canonical(HttpRequestMessage request, string bodyDigest)
    {
        var headers = Headers(request);
        var signed = string.Join(';', headers.Keys);
        var lines = string.Concat(headers.Select(header => $"{header.Key}:{header.Value}\n"));
        return ($"{request.Method.Method}\n{Path(request.RequestUri!)}\n{Query(request.RequestUri!)}\n{lines}\n{signed}\n{bodyDigest}", signed);
    }

    internal byte[] KeyOf(string secret, string date, string region) =>
        Mac(Mac(Mac(Mac(Encoding.UTF8.GetBytes(_name + secret), date), region), _service), _end);

    private static string Path(Uri uri) => string.Join('/', uri.AbsolutePath.Split('/').Select(part => Uri.EscapeDataString(Uri.UnescapeDataString(part))));

    private static string Query(Uri uri) => string.Join('&', uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(part => part.Split('=', 2))
        .Select(pair => (Name: Encoded(pair[0]), Value: pair.Length == 2 ? Encoded(pair[1]) : ""))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal)
        .Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Encoded(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static SortedDictionary<string, string> Headers(HttpRequestMessage request)
    {
        var headers = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["host"] = request.Headers.Host ?? request.RequestUri!.Authority };
        foreach (var header in request.Headers.NonValidated)
        {
            // What is between us and the service may change this one.
            if (!header.Key.Equals("user-agent", StringComparison.OrdinalIgnoreCase))
            {
                headers[header.Key.ToLowerInvariant()] = Bare(header.Value.ToString());
            }
        }

        if (request.Content?.Headers.ContentType is { } type)
        {
            headers["content-type"] = Bare(type.ToString());
        }

        return headers;
    }

    private static string Bare(string value) => string.Join(' ', value.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static byte[] Mac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}

/// <param name="SessionToken">Of credentials that end: goes with every request.</param>
internal sealed record SigningKey(string Id, string Secret, string? SessionToken = null);
