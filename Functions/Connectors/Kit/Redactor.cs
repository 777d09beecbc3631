using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace AudienceSync.Connectors.Kit;

/// <summary>Takes every secret out of what is recorded of an exchange: by value wherever it stands, by name in headers, queries, forms and JSON.</summary>
internal sealed partial class Redactor
{
    private const string Mark = "redacted";

    /// <summary>Recorded of a body; more is of no use to a reader. Ours.</summary>
    private const int MaxBodyLength = 16 * 1024;

    /// <summary>Every spelling of every secret, the longest first, so that no secret leaves the rest of a longer one.</summary>
    private ImmutableArray<string> _spellings = [];

    public Redactor(ConnectorSettings settings)
    {
        foreach (var secret in settings.Secrets.Values)
        {
            Add(secret);
        }
    }

    /// <summary>One more secret: an access token that came on the way.</summary>
    public void Add(string secret)
    {
        if (secret.Length == 0)
        {
            return;
        }

        var bare = secret.TrimStart('?');
        string[] spellings =
        [
            secret,
            bare,
            secret.StartsWith("whsec_", StringComparison.Ordinal) ? secret["whsec_".Length..] : secret,
            Uri.EscapeDataString(secret),
            JsonEncodedText.Encode(secret).ToString(),
            JsonEncodedText.Encode(secret, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString(),
            Convert.ToBase64String(Encoding.UTF8.GetBytes(secret)),
        ];
        _spellings = [.. _spellings.Concat(spellings).Where(spelling => spelling.Length > 0).Distinct().OrderByDescending(spelling => spelling.Length)];
    }

    public string Url(Uri uri)
    {
        var text = Text(uri.AbsoluteUri);

        // A secret escaped in a manner of its own: the address is not worth the risk.
        return _spellings.Any(spelling => Uri.UnescapeDataString(text).Contains(spelling, StringComparison.Ordinal))
            ? $"{uri.Scheme}://{uri.Authority}/{Mark}"
            : text;
    }

    public ImmutableArray<KeyValuePair<string, string>> Headers(IEnumerable<KeyValuePair<string, string>> headers) =>
        [.. headers.Select(header => KeyValuePair.Create(header.Key, SecretName().IsMatch(header.Key) ? Mark : Text(header.Value)))];

    /// <summary>The beginning of a body as text; of what is not text, its size. Null for an empty one.</summary>
    public string? Body(ReadOnlySpan<byte> body, string? contentType)
    {
        if (body.IsEmpty)
        {
            return null;
        }

        if (contentType is not null && !TextualType().IsMatch(contentType))
        {
            return $"({body.Length} bytes of {contentType})";
        }

        // A secret that begins before the cut is read whole, so that no part of it is left.
        var longest = _spellings.Length == 0 ? 0 : _spellings[0].Length;
        var letters = ArrayPool<char>.Shared.Rent(MaxBodyLength + longest);
        Encoding.UTF8.GetDecoder().Convert(body, letters.AsSpan(0, MaxBodyLength + longest), flush: true, out var read, out var count, out _);
        var text = Text(new(letters, 0, count));
        ArrayPool<char>.Shared.Return(letters);
        if (text.Length <= MaxBodyLength && read == body.Length)
        {
            return text;
        }

        // What was taken out brings what was read behind the cut before it, and that may end in the beginning of a secret.
        var known = read == body.Length ? text.Length : text.Length - _spellings.Select(spelling => Begun(spelling, text)).DefaultIfEmpty(0).Max();
        return $"{text[..Math.Min(known, MaxBodyLength)]}… ({body.Length} bytes in all)";
    }

    public string Text(string text)
    {
        foreach (var spelling in _spellings)
        {
            text = text.Replace(spelling, Mark, StringComparison.Ordinal);
        }

        return SecretElement().Replace(SecretMember().Replace(SecretParameter().Replace(text, $"$1{Mark}"), $"$1\"{Mark}\""), $"$1{Mark}");
    }

    /// <summary>How many letters of a secret, not all of them, a text ends in.</summary>
    private static int Begun(string spelling, string text)
    {
        var letters = Math.Min(spelling.Length - 1, text.Length);
        while (!text.AsSpan().EndsWith(spelling.AsSpan(0, letters), StringComparison.Ordinal))
        {
            letters--;
        }

        return letters;
    }

    [GeneratedRegex("auth|token|secret|signature|api-?key|cookie|password|credential", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretName();

    /// <summary>A parameter of a query or a form whose name says that it is secret.</summary>
    [GeneratedRegex("((?:^|[?&])(?:sig|signature|token|access_token|refresh_token|id_token|api_?key|password|client_secret|client_assertion|assertion|appsecret_proof)=)[^&\\s\"]+", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretParameter();

    /// <summary>A JSON member whose name says that it is secret; it may be cut.</summary>
    [GeneratedRegex("(\"(?:access_token|refresh_token|id_token|client_secret|password)\"\\s*:\\s*)\"(?:[^\"\\\\]|\\\\.)*(?:\"|$)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex SecretMember();

    /// <summary>An XML element whose name says that it is secret: credentials of an assumed role.</summary>
    [GeneratedRegex("(<(?:SecretAccessKey|SessionToken)>)[^<]*", RegexOptions.CultureInvariant)]
    private static partial Regex SecretElement();

    [GeneratedRegex("json|text|xml|csv|html|form-urlencoded", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex TextualType();
}
