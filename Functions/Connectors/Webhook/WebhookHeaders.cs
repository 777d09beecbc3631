using System.Collections.Frozen;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Webhook;

/// <summary>Headers that users write: one per line, as <c>Name: value</c>.</summary>
internal static partial class WebhookHeaders
{
    /// <summary>A token of RFC 9110, 5.6.2.</summary>
    public const string NamePattern = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";

    /// <summary>Printable ASCII without blanks at the ends: what every receiver reads the same.</summary>
    public const string ValuePattern = "[!-~](?:[ -~]*[!-~])?";

    /// <summary>Headers that the call itself decides.</summary>
    private static readonly FrozenSet<string> Ours = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Host", "Content-Length", "Content-Type", "Content-Encoding", "Transfer-Encoding", "Connection", "Upgrade", "Expect", "TE", "Trailer",
        "Accept-Encoding", "User-Agent", StandardWebhooks.IdHeader, StandardWebhooks.TimestampHeader, StandardWebhooks.SignatureHeader);

    /// <summary>The well-formed lines; the others are refused when the connection is saved.</summary>
    public static IEnumerable<(string Name, string Value)> Parse(string text) =>
        from line in Lines(text) let match = Line().Match(line) where match.Success select (match.Groups[1].Value, match.Groups[2].Value);

    /// <summary>What is wrong with each line, in words.</summary>
    public static IEnumerable<string> Check(string text) =>
        from line in Lines(text)
        let match = Line().Match(line)
        let fault = match.Success
            ? Refuse(match.Groups[1].Value) ?? (match.Groups[1].Value.Equals("Authorization", StringComparison.OrdinalIgnoreCase)
                ? "Authorization holds a credential: choose an authentication instead." : null)
            : "Each line must be a header such as X-Source: crm, with printable ASCII characters only."
        where fault is not null
        select fault;

    /// <summary>Why a header of that name cannot be set; null when it can.</summary>
    public static string? Refuse(string name) => Ours.Contains(name) ? $"The header {name} is set by the call itself." : null;

    private static string[] Lines(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    [GeneratedRegex($"^({NamePattern}):[ \\t]*({ValuePattern})$", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
