using System.Collections.Immutable;
using AudienceSync.Profiles;

namespace AudienceSync.Erasures;

/// <summary>Who is being erased: kept sealed, and only while it is needed.</summary>
/// <param name="Id">Of the profile.</param>
/// <param name="Identifiers">What tombstones are made of.</param>
/// <param name="Words">Texts that name the person: what free text that platforms and importers wrote is searched for.</param>
public sealed record PersonRecord(string Id, ImmutableArray<IdentifierValue> Identifiers, ImmutableArray<string> Words)
{
    /// <summary>Shorter texts name nobody, and stand in every sentence.</summary>
    private const int ShortestWord = 3;
    private const int LongestWord = 256;
    private const int MostWords = 400;

    /// <param name="names">Names of ours, such as the tracking id.</param>
    internal static PersonRecord Of(PersonToErase person, IEnumerable<string> names) => new(
        person.Id,
        person.Identifiers,
        [
            .. names.Prepend(person.Id)
                .Concat(person.Identifiers.SelectMany(Spellings))
                .Concat(person.Texts.Where(IsTelling))
                .Where(word => word.Length is >= ShortestWord and <= LongestWord || word == person.Id)
                .Distinct(StringComparer.OrdinalIgnoreCase)
                .Take(MostWords),
        ]);

    private static IEnumerable<string> Spellings(IdentifierValue identifier) =>
        identifier.Type is ProfileColumns.Phone ? [identifier.Value, identifier.Value.TrimStart('+')] : [identifier.Value];

    /// <summary>A word in small letters is a word of the language ("failed", "gold"); names, codes and addresses are not.</summary>
    private static bool IsTelling(string text) => text.Any(letter => !char.IsAsciiLetterLower(letter));
}
