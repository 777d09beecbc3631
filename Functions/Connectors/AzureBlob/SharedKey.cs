using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.AzureBlob;

/// <summary>Shared Key signatures of the blob service, version 2015-02-21 and later.</summary>
/// <remarks>learn.microsoft.com/rest/api/storageservices/authorize-with-shared-key, read 2026-08.</remarks>
internal static class SharedKey
{
    /// <summary>The headers of the string to sign, in its order; Content-Length is empty for an empty body, Date because of x-ms-date.</summary>
    private static readonly string[] Signed =
    [
        "Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date",
        "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range",
    ];

    /// <summary>The bytes of a key in base64; null for anything else.</summary>
    public static byte[]? Read(string key)
    {
        var bytes = new byte[key.Length];
        return Convert.TryFromBase64String(key, bytes, out var length) && length > 0 ? bytes[..length] : null;
    }

    /// <exception cref="FormatException">The key is no base64.</exception>
    public static AuthenticationHeaderValue Sign(HttpRequestMessage request, long contentLength, string account, string key)
    {
        var text = StringToSign(request, contentLength, account);
        var signature = HMACSHA256.HashData(Read(key) ?? throw new FormatException("The account key is no base64."), Encoding.UTF8.GetBytes(text));
        return new("SharedKey", $"{account}:{Convert.ToBase64String(signature)}");
    }

    internal static string StringToSign(HttpRequestMessage request, long contentLength, string account)
    {
        var text = new StringBuilder(request.Method.Method).Append('\n');
        foreach (var name in Signed)
        {
            text.Append(name is "Content-Length" ? Length(contentLength) : Header(request, name)).Append('\n');
        }

        foreach (var header in request.Headers.NonValidated
            .Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.ToString()))
            .Where(header => header.Name.StartsWith("x-ms-", StringComparison.Ordinal))
            .OrderBy(header => header.Name, StringComparer.Ordinal))
        {
            text.Append(header.Name).Append(':').Append(header.Value.Trim()).Append('\n');
        }

        text.Append('/').Append(account).Append(request.RequestUri!.AbsolutePath);
        foreach (var (name, values) in Parameters(request.RequestUri.Query))
        {
            text.Append('\n').Append(name).Append(':').AppendJoin(',', values);
        }

        return text.ToString();
    }

    private static string Length(long length) => length == 0 ? "" : length.ToString(CultureInfo.InvariantCulture);

    private static string Header(HttpRequestMessage request, string name) =>
        request.Headers.NonValidated.TryGetValues(name, out var values) ? values.ToString()
        : request.Content is { } content && content.Headers.NonValidated.TryGetValues(name, out values) ? values.ToString()
        : "";

    /// <summary>Query parameters by lower-case name, each with its decoded values in order.</summary>
    private static IEnumerable<(string Name, IEnumerable<string> Values)> Parameters(string query) =>
        from part in query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
        let pair = part.Split('=', 2)
        group pair.Length == 2 ? Uri.UnescapeDataString(pair[1]) : "" by Uri.UnescapeDataString(pair[0]).ToLowerInvariant() into parameter
        orderby parameter.Key
        select (parameter.Key, parameter.Order(StringComparer.Ordinal).AsEnumerable());
}
