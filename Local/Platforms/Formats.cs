using System.Text.RegularExpressions;

namespace AudienceSync.Local.Platforms;

/// <summary>What identifiers look like on the wire.</summary>
internal static partial class Formats
{
    public static bool IsEmail(string? text) => text is not null && Email().IsMatch(text);

    /// <summary><c>+</c>, country code, digits only.</summary>
    public static bool IsE164(string? text) => text is not null && E164().IsMatch(text);

    /// <summary>64 hex digits in lower case.</summary>
    public static bool IsSha256(string? text) => text is not null && Sha256().IsMatch(text);

    [GeneratedRegex(@"^[^@\s""(),:;<>\[\]\\]+@([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$")]
    private static partial Regex Email();

    [GeneratedRegex(@"^\+[1-9][0-9]{6,14}$")]
    private static partial Regex E164();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Sha256();
}
