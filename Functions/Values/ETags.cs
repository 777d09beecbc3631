using System.Collections.Immutable;
using System.Security.Cryptography;

namespace AudienceSync.Values;

/// <summary>Strong entity tags (RFC 9110 §8.8.3), always with their quotes: <c>"abc"</c>.</summary>
public static class ETags
{
    /// <summary>What <c>If-Match: *</c> comes as: any current version will do.</summary>
    public const string Any = "*";

    /// <summary>Between version and digest; no version has it.</summary>
    private const char Separator = '~';

    private const int DigestBytes = 8;

    /// <summary>The tag in quotes; a tag already in quotes stays, the mark of a weak one (as Table Storage gives) goes.</summary>
    public static string Quote(string tag)
    {
        var strong = tag.StartsWith("W/", StringComparison.Ordinal) ? tag[2..] : tag;
        return strong is ['"', .., '"'] ? strong : $"\"{strong}\"";
    }

    /// <summary>A tag for a whole answer: the version it is of, and a digest of what it shows, which may change without the version (locks, runs, states).</summary>
    /// <param name="version">The tag that changes are guarded by, or one that covers another answer of that version.</param>
    public static string Cover(string version, ReadOnlySpan<byte> answer) =>
        $"\"{VersionOf(Quote(version))[1..^1]}{Cover(answer)}\"";

    /// <summary>Whether <paramref name="ifMatch"/> (<c>*</c>, one tag, or several with commas between) allows a change of <paramref name="current"/>.</summary>
    /// <remarks>Of a tag for a whole answer the version alone counts: who changes a destination need not have seen how its last run ended.</remarks>
    public static bool Holds(string ifMatch, string current) => ifMatch == Any || Split(ifMatch).Select(VersionOf).Contains(VersionOf(Quote(current)));

    private static string Cover(ReadOnlySpan<byte> answer) => $"{Separator}{Convert.ToHexStringLower(SHA256.HashData(answer).AsSpan(0, DigestBytes))}";

    private static string VersionOf(string tag) =>
        tag.LastIndexOf(Separator) is > 0 and var at && at == tag.Length - 2 - (2 * DigestBytes) && tag[^1] is '"' ? $"{tag[..at]}\"" : tag;

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
