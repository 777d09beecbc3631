using System.Globalization;
using System.Text;

namespace AudienceSync.Ids;

/// <summary>Keys for people and for configuration kept in files: <c>lapsed-loyal</c>. Lower-case letters, digits, hyphens and underscores.</summary>
public static class Slug
{
    public const int MaxLength = 64;

    /// <summary>Whether the text may be a key: 1–64 of <c>a-z 0-9 - _</c>, the first a letter or digit.</summary>
    public static bool IsValid(string text) =>
        text.Length is > 0 and <= MaxLength && char.IsAsciiLetterOrDigit(text[0]) && text.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter is '-' or '_');

    /// <summary>The name as a key: accents dropped, everything else between hyphens. <paramref name="fallback"/> when nothing is left.</summary>
    public static string From(string name, string fallback)
    {
        var slug = new StringBuilder();
        foreach (var letter in name.Normalize(NormalizationForm.FormD).ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(letter))
            {
                slug.Append(letter);
            }
            else if (slug.Length > 0 && slug[^1] != '-' && CharUnicodeInfo.GetUnicodeCategory(letter) is not UnicodeCategory.NonSpacingMark)
            {
                slug.Append('-');
            }
        }

        // Room for a suffix that tells two of one name apart.
        var text = slug.ToString(0, Math.Min(slug.Length, MaxLength - 6)).Trim('-');
        return text.Length > 0 ? text : fallback;
    }

    /// <summary>The keys to try for a name, in turn: <c>vip</c>, <c>vip-2</c> … <c>vip-9</c>, then with random letters.</summary>
    public static IEnumerable<string> Candidates(string name, string fallback, TimeProvider time)
    {
        var slug = From(name, fallback);
        yield return slug;
        for (var i = 2; i < 10; i++)
        {
            yield return $"{slug}-{i}";
        }

        yield return $"{slug}-{NewId.Ulid(time.GetUtcNow()).ToLowerInvariant()[^5..]}";
    }
}
