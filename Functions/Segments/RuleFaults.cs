using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Segments;

/// <summary>Collects the faults of one document, up to a limit, and reads its texts.</summary>
internal sealed class RuleFaults(int limit)
{
    private readonly List<Fault> _all = [];

    public IReadOnlyList<Fault> All => _all;

    public void Add(string pointer, string code, string detail)
    {
        if (_all.Count < limit)
        {
            _all.Add(new(pointer, code, detail));
        }
    }

    /// <summary>The value as a sentence names it, cut short.</summary>
    public static string Describe(JsonElement json) => json.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.Null => "null",
        JsonValueKind.String => $"the text {Cut(json.GetRawText())}",
        _ => Cut(json.GetRawText()),
    };

    /// <summary>A text of 1 to <paramref name="maxLength"/> characters; null, with a fault, when it is none.</summary>
    public string? ReadText(JsonElement json, string pointer, int maxLength)
    {
        if (json.ValueKind is not JsonValueKind.String)
        {
            Add(pointer, "wrong_type", $"This is a text, not {Describe(json)}.");
            return null;
        }

        var text = json.GetString()!;
        if (text.Length == 0)
        {
            Add(pointer, "empty_text", "The text is empty.");
            return null;
        }

        if (text.Length > maxLength)
        {
            Add(pointer, "too_long", $"The text has {text.Length:N0} characters; at most {maxLength:N0} are taken.");
            return null;
        }

        return text;
    }

    private static string Cut(string text) => text.Length <= 60 ? text : $"{text[..57]}…";
}
