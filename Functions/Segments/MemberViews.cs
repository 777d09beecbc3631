using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Shows profiles as members, masked for those who may not see identifiers of people.</summary>
internal static class MemberViews
{
    /// <param name="unmasked">Whether the caller sees identifiers.</param>
    public static SegmentMember Of(Row profile, bool unmasked)
    {
        var id = profile[ProfileColumns.Id].ToString();
        var identifiers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in ProfileColumns.Identifiers.Where(profile.Has))
        {
            var text = profile[name].ToString();
            identifiers.Add(name, unmasked ? text : name == "email" ? MaskEmail(text) : MaskAllButEnd(text));
        }

        var attributes = new Row(profile
            .Where(cell => ProfileColumns.IsAttribute(cell.Key))
            .OrderBy(cell => cell.Key, StringComparer.Ordinal)
            .Select(cell => unmasked ? cell : new(cell.Key, MaskAddresses(cell.Value))));
        return new(unmasked ? id : MaskAddress(id), identifiers, attributes);
    }

    /// <summary><c>ana@example.com</c> as <c>a…@example.com</c>.</summary>
    public static string MaskEmail(string email) =>
        email.LastIndexOf('@') is > 0 and var at ? $"{email[..(char.IsHighSurrogate(email[0]) ? 2 : 1)]}…{email[at..]}" : MaskAllButEnd(email);

    /// <summary><c>+14155550100</c> as <c>…00</c>: enough to tell two apart, not to dial.</summary>
    public static string MaskAllButEnd(string text) => text.Length > 6 && !char.IsLowSurrogate(text[^2]) ? $"…{text[^2..]}" : "…";

    /// <summary>Ids and attributes are the customer's own words; where one is an e-mail address it is masked like one.</summary>
    private static string MaskAddress(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1 && !text.Contains(' ', StringComparison.Ordinal) ? MaskEmail(text) : text;

    private static Cell MaskAddresses(Cell cell) => cell.Type switch
    {
        CellType.Text => Cell.Of(MaskAddress(cell.AsText())),
        CellType.TextList => Cell.Of(cell.AsTextList().Select(MaskAddress).ToImmutableArray()),
        _ => cell,
    };
}
