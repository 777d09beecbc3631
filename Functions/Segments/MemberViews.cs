using System.Collections.Immutable;
using AudienceSync.Profiles;
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
            identifiers.Add(name, unmasked ? text : IdentifierMask.Of(name, text));
        }

        var attributes = new SortedDictionary<string, Cell>(StringComparer.Ordinal);
        foreach (var (name, cell) in profile)
        {
            if (!ProfileColumns.IsInternal(name) && !ProfileColumns.Reserved.Contains(name))
            {
                attributes.Add(name, Show(name, cell, unmasked));
            }
        }

        return new(unmasked ? id : MaskAddress(id), identifiers, attributes);
    }

    /// <summary>One value of a profile.</summary>
    /// <param name="name">Of the attribute or identifier, or <c>id</c>.</param>
    public static Cell Show(string name, Cell value, bool unmasked) =>
        unmasked || value.IsAbsent ? value
        : ProfileColumns.IsIdentifier(name) ? Cell.Of(IdentifierMask.Of(name, value.ToString()))
        : MaskAddresses(value);

    /// <summary>Ids and attributes are the customer's own words; where one is an e-mail address it is masked like one.</summary>
    private static string MaskAddress(string text) =>
        text.IndexOf('@', StringComparison.Ordinal) is > 0 and var at && at < text.Length - 1 && !text.Contains(' ', StringComparison.Ordinal)
            ? IdentifierMask.Of(ProfileColumns.Email, text)
            : text;

    private static Cell MaskAddresses(Cell cell) => cell.Type switch
    {
        CellType.Text => Cell.Of(MaskAddress(cell.AsText())),
        CellType.TextList => Cell.Of(cell.AsTextList().Select(MaskAddress).ToImmutableArray()),
        _ => cell,
    };
}
