using System.Collections.Immutable;

namespace AudienceSync.Values;

/// <summary>Strong entity tags (RFC 9110 §8.8.3), always with their quotes: <c>"abc"</c>.</summary>
public static class ETags
{
    /// <summary>What <c>If-Match: *</c> comes as: any current version will do.</summary>
    public const string Any = "*";

    /// <summary>The tag in quotes; a tag already in quotes stays, the mark of a weak one (as Table Storage gives) goes.</summary>
    public static string Quote(string tag)
    {
        var strong = tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
        return strong is ['"', .., '"'] ? strong : $"\"{strong}\"";
    }

    /// <summary>Whether <paramref name="ifMatch"/> (<c>*</c>, one tag, or several with commas between) allows a change of <paramref name="current"/>.</summary>
    public static bool Holds(string ifMatch, string current) => ifMatch == Any || Split(ifMatch).Contains(Quote(current));

    /// <summary>The tags of a list. A comma within quotes belongs to its tag.</summary>
    private static ImmutableArray<string> Split(string list)
    {
        var tags = ImmutableArray.CreateBuilder<string>();
        var start = 0;
        var quoted = false;
        for (var i = 0; i <= list.Length; i++)
        {
            if (i == list.Length || (list[i] is ',' && !quoted))
            {
                tags.Add(list[start..i].Trim());
                start = i + 1;
            }
            else if (list[i] is '"')
            {
                quoted = !quoted;
            }
        }

        return tags.ToImmutable();
    }
}
