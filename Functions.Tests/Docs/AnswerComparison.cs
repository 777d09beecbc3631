using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace AudienceSync.Docs;

/// <summary>Compares an answer with the one a page shows. <c>…</c> stands for anything: a part of a text, a whole value, the rest of a list, lines of a text.</summary>
internal static class AnswerComparison
{
    private const string Anything = "…";

    /// <summary>Null when the answer is as shown. An object may have more members than are shown.</summary>
    public static string? Fault(CodeBlock shown, string output)
    {
        var text = string.Join('\n', shown.Lines);
        if (shown.Language != "json")
        {
            return IsLike(text, output.ReplaceLineEndings("\n").Trim()) ? null : "is another text";
        }

        var last = output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries).LastOrDefault(line => line[0] is '{' or '[');
        return last is null ? "is no JSON" : Fault(JsonNode.Parse(text), JsonNode.Parse(last), "");
    }

    private static string? Fault(JsonNode? shown, JsonNode? found, string pointer)
    {
        switch (shown, found)
        {
            case (JsonObject left, JsonObject right):
                return left.Select(member => right.ContainsKey(member.Key) ? Fault(member.Value, right[member.Key], $"{pointer}/{member.Key}") : $"{pointer}/{member.Key} is missing")
                    .FirstOrDefault(fault => fault is not null);
            case (JsonArray left, JsonArray right):
                var isCut = left.Count > 0 && IsAnything(left[^1]);
                var count = isCut ? left.Count - 1 : left.Count;
                return right.Count < count || (!isCut && right.Count > count)
                    ? $"{pointer} has {right.Count} elements"
                    : Enumerable.Range(0, count).Select(index => Fault(left[index], right[index], $"{pointer}/{index}")).FirstOrDefault(fault => fault is not null);
            case (JsonValue text, JsonValue value) when text.TryGetValue<string>(out var pattern) && value.TryGetValue<string>(out var actual):
                return IsLike(pattern, actual) ? null : $"{pointer} is '{actual}'";
            default:
                return IsAnything(shown) || JsonNode.DeepEquals(shown, found) ? null : $"{pointer} is {found?.ToJsonString() ?? "null"}";
        }
    }

    private static bool IsAnything(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) && text == Anything;

    private static bool IsLike(string pattern, string text) =>
        Regex.IsMatch(text, $"^{string.Join(".*", pattern.Split(Anything).Select(Regex.Escape))}$", RegexOptions.Singleline | RegexOptions.CultureInvariant);
}
