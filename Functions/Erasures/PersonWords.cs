using System.Text;

namespace AudienceSync.Erasures;

/// <summary>Takes words that name people out of free text.</summary>
public sealed class PersonWords
{
    public const string Mark = "•••";
    private readonly List<string> _words;

    public PersonWords(IEnumerable<string> words) => _words = [.. words.Distinct(StringComparer.OrdinalIgnoreCase).OrderByDescending(word => word.Length)];

    /// <summary>The text itself when none of the words stands alone in it; "42" in "1420" is another number.</summary>
    public string Mask(string text)
    {
        foreach (var word in _words)
        {
            text = Mask(text, word);
        }

        return text;
    }

    private static string Mask(string text, string word)
    {
        StringBuilder? masked = null;
        var kept = 0;
        for (var at = Find(text, word, 0); at >= 0; at = Find(text, word, at))
        {
            var end = at + word.Length;
            if (IsEdge(text, at - 1) && IsEdge(text, end))
            {
                (masked ??= new()).Append(text, kept, at - kept).Append(Mark);
                kept = end;
            }

            at = end;
        }

        return masked is null ? text : masked.Append(text, kept, text.Length - kept).ToString();
    }

    private static int Find(string text, string word, int from) =>
        from >= text.Length ? -1 : text.IndexOf(word, from, StringComparison.OrdinalIgnoreCase);

    private static bool IsEdge(string text, int at) => at < 0 || at >= text.Length || !char.IsLetterOrDigit(text[at]);
}
