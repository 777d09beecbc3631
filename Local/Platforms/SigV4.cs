using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Local.Platforms;

/// <summary>Checks signatures in headers: AWS4-HMAC-SHA256 and Google's GOOG4-HMAC-SHA256, which is the same with other words.</summary>
internal static class SigV4
{
    private static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(15);

    /// <param name="secretOf">The secret of an access id; null when there is none.</param>
    /// <returns>Null when the signature is right; else the code S3 answers with.</returns>
    public static string? Fault(Call call, Func<string, string?> secretOf)
    {
        var google = call.Scheme("GOOG4-HMAC-SHA256") is not null;
        var (word, prefix) = google ? ("GOOG4", "x-goog") : ("AWS4", "x-amz");
        if (call.Scheme($"{word}-HMAC-SHA256") is not { } text)
        {
            return "AccessDenied";
        }

        var parts = text.Split(',').Select(part => part.Trim().Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0], part => part[1]);
        var credential = parts.GetValueOrDefault("Credential", "").Split('/');
        if (credential.Length != 5 || secretOf(credential[0]) is not { } secret)
        {
            return "InvalidAccessKeyId";
        }

        var date = call.Header($"{prefix}-date") ?? "";
        if (!DateTimeOffset.TryParseExact(date, "yyyyMMdd'T'HHmmss'Z'", null, System.Globalization.DateTimeStyles.AssumeUniversal, out var at) || !date.StartsWith(credential[1], StringComparison.Ordinal))
        {
            return "AccessDenied";
        }

        if ((call.At - at).Duration() > MaxSkew)
        {
            return "RequestTimeTooSkewed";
        }

        var payload = call.Header($"{prefix}-content-sha256") ?? "UNSIGNED-PAYLOAD";
        if (payload != "UNSIGNED-PAYLOAD" && payload != Convert.ToHexStringLower(SHA256.HashData(call.Body)))
        {
            return "XAmzContentSHA256Mismatch";
        }

        string[] signed = parts.GetValueOrDefault("SignedHeaders", "").Split(';');
        var required = call.Headers.Select(header => header.Key.ToLowerInvariant()).Where(name => name == "host" || name.StartsWith(prefix, StringComparison.Ordinal));
        if (required.Except(signed).Any())
        {
            return "AccessDenied";
        }

        var scope = string.Join('/', credential[1..]);
        var key = credential[1..].Aggregate(Encoding.UTF8.GetBytes($"{word}{secret}"), (with, part) => HMACSHA256.HashData(with, Encoding.UTF8.GetBytes(part)));

        // The path on the wire has the platform's prefix; who signed before it was put there left it out.
        var isRight = ((string[])[$"{new Uri(call.Home).AbsolutePath.TrimEnd('/')}{call.RawPath}", call.RawPath]).Any(path =>
        {
            var canonical = string.Join('\n', [call.Method, path, Query(call), .. signed.Select(name => $"{name}:{Trim(call.Header(name) ?? "")}"), "", string.Join(';', signed), payload]);
            var toSign = $"{word}-HMAC-SHA256\n{date}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
            return Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign))) == parts.GetValueOrDefault("Signature");
        });
        return isRight ? null : "SignatureDoesNotMatch";
    }

    private static string Query(Call call) => string.Join('&', call.RawQuery.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2)).Select(pair => (Name: Encode(pair[0]), Value: Encode(pair.Length > 1 ? pair[1] : "")))
        .OrderBy(pair => pair.Name, StringComparer.Ordinal).ThenBy(pair => pair.Value, StringComparer.Ordinal).Select(pair => $"{pair.Name}={pair.Value}"));

    private static string Encode(string text) => Uri.EscapeDataString(Uri.UnescapeDataString(text));

    private static string Trim(string text) => string.Join(' ', text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
