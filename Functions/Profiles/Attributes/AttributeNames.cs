using System.Buffers;

namespace AudienceSync.Profiles.Attributes;

/// <summary>What the names of attributes say: their category, and their words.</summary>
internal static class AttributeNames
{
    /// <summary>Category of the attributes whose names have no prefix.</summary>
    public const string General = "general";

    /// <summary>Category of the identifiers.</summary>
    public const string Identifiers = "identifiers";

    private const string Separators = "._:/- ";

    private static readonly SearchValues<char> SeparatorSet = SearchValues.Create(Separators);

    /// <summary>The category of a name: what stands before its first separator (one of <c>. _ : / -</c> or a blank), in small letters; <see cref="General"/> where there is none.</summary>
    public static string CategoryOf(string name) => ProfileColumns.IsIdentifier(name) ? Identifiers
        : PrefixOf(name) is var (from, to) ? name[from..to].ToLowerInvariant()
        : General;

    /// <summary>The name without its prefix and the separators behind that; the whole name where it has none, or nothing else is left.</summary>
    public static string SuffixOf(string name) =>
        !ProfileColumns.IsIdentifier(name) && PrefixOf(name) is var (_, to) && name.AsSpan(to).TrimStart(Separators) is { IsEmpty: false } suffix ? suffix.ToString() : name;

    /// <summary>Whether a name is in a category: the size of letters is of no matter.</summary>
    public static bool IsIn(string name, string category) => CategoryOf(name).Equals(category, StringComparison.OrdinalIgnoreCase);

    /// <summary>The words of a name in small letters: <c>lastName2</c>, <c>LAST_NAME</c> and <c>last-name</c> are last and name.</summary>
    public static List<string> WordsOf(string name)
    {
        var words = new List<string>();
        for (var at = 0; at < name.Length;)
        {
            var end = at;
            while (end < name.Length && char.IsLetter(name[end]) && (end == at || !IsHump(name, end)))
            {
                end++;
            }

            if (end > at)
            {
                words.Add(name[at..end].ToLowerInvariant());
            }

            at = end > at ? end : at + 1;
        }

        return words;
    }

    /// <summary>Null where no separator stands between two other characters, or behind some.</summary>
    private static (int From, int To)? PrefixOf(string name)
    {
        var from = name.AsSpan().IndexOfAnyExcept(SeparatorSet);
        return from >= 0 && name.AsSpan(from).IndexOfAny(SeparatorSet) is > 0 and var length ? (from, from + length) : null;
    }

    /// <summary>Whether a word begins inside a name: <c>lastName</c>, <c>IPAddress</c>.</summary>
    private static bool IsHump(string name, int at) =>
        char.IsUpper(name[at]) && (!char.IsUpper(name[at - 1]) || (at + 1 < name.Length && char.IsLower(name[at + 1])));
}
