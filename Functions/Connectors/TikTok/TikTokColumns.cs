using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.TikTok;

/// <summary>The kinds of identifiers that TikTok matches by, and how each is written.</summary>
/// <remarks>ads.tiktok.com/help, "How to create a Custom Audience with a customer file" (2025-09): e-mail without spaces in lower case, phone as E.164 with its plus.</remarks>
internal static class TikTokColumns
{
    private const string Plain = "spaces";
    private const string NoTag = "tag";
    private const string NoTagNoDots = "tagAndDots";

    /// <summary>TikTok's pages of 2024 and 2025 differ; the newest asks for least.</summary>
    public static readonly SettingField EmailRule = SettingField.Choice(
        "emailRule", "E-mail normal form",
        "What is taken out before hashing: spaces; also what follows a plus before the @ (tag); also the dots before the @ (tagAndDots). Lower case always.",
        [Plain, NoTag, NoTagNoDots], Plain);

    private static readonly ImmutableArray<IdentifierRule> Others =
    [
        Identifier.Phone.As("PHONE_SHA256").E164().Sha256Hex(),
        Identifier.Idfa.As("IDFA_SHA256").TrimmedLowercase().Sha256Hex(),
        Identifier.Gaid.As("AAID_SHA256").TrimmedLowercase().Sha256Hex(),
        Identifier.Idfa.As("IDFA_MD5").TrimmedLowercase().Md5Hex(),
        Identifier.Gaid.As("AAID_MD5").TrimmedLowercase().Md5Hex(),
    ];

    private static readonly IdentifierRule Email = Identifier.Email.As("EMAIL_SHA256").WithoutWhitespace().Lowercase();

    public static ImmutableArray<IdentifierRule> Default { get; } = [Email.Sha256Hex(), .. Others];

    private static readonly ImmutableArray<IdentifierRule> WithoutTag = [Email.Then("no tag", CutTag).Sha256Hex(), .. Others];

    private static readonly ImmutableArray<IdentifierRule> WithoutTagAndDots = [Email.Then("no tag", CutTag).Then("no dots", CutDots).Sha256Hex(), .. Others];

    public static ImmutableArray<IdentifierRule> Of(ConnectorSettings settings) => EmailRule.In(settings) switch
    {
        NoTag => WithoutTag,
        NoTagNoDots => WithoutTagAndDots,
        _ => Default,
    };

    private static int CutTag(Span<byte> text, int length)
    {
        var at = text[..length].LastIndexOf((byte)'@');
        var plus = at < 0 ? -1 : text[..at].IndexOf((byte)'+');
        if (plus < 0)
        {
            return length;
        }

        text[at..length].CopyTo(text[plus..]);
        return plus + length - at;
    }

    private static int CutDots(Span<byte> text, int length)
    {
        var at = text[..length].LastIndexOf((byte)'@');
        if (at < 0)
        {
            return length;
        }

        var kept = Rewrites.Keep(text, at, static rune => rune.Value != '.');
        text[at..length].CopyTo(text[kept..]);
        return kept + length - at;
    }
}
