using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Does what a page of the documentation says, block by block: sends each block <c>http</c>, and compares the answer with the block <c>json</c> behind it.</summary>
/// <remarks>
/// A block shows what matters of an answer: members that it leaves out may hold anything, lists are shown whole, and <c>"…"</c> stands for any text. An id such as
/// <c>seg_returning</c> is a name for the one that the app gives. Runs are waited for. <c>If-Match: "…"</c> is the ETag that was last seen of the resource, or of what it belongs to.
/// </remarks>
internal sealed partial class DocsWalk(ApiClient api, Receiver receiver)
{
    private const string ListAddress = "https://list.example.com/hook";
    private const string Secret = "whsec_…";

    private readonly Dictionary<string, string> _ids = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _etags = new(StringComparer.Ordinal);

    /// <returns>The requests made.</returns>
    public async Task<int> RunAsync(string page)
    {
        var requests = 0;
        Answer? answer = null;
        foreach (Match block in Blocks().Matches(Repository.Read("docs", page)))
        {
            var text = block.Groups[2].Value.TrimEnd();
            if (block.Groups[1].Value == "http")
            {
                answer = await SendAsync(text);
                requests++;
            }
            else
            {
                Compare(JsonNode.Parse(text), answer.ShouldNotBeNull(page).Json, "", $"{page}\n{text}\n{answer.Text}");
            }
        }

        return requests;
    }

    private async Task<Answer> SendAsync(string text)
    {
        var lines = text.Split('\n');
        var (method, path) = lines[0].Split(' ') switch { [var verb, var target] => (new HttpMethod(verb), Named(target)), _ => throw new FormatException(lines[0]) };
        var headers = lines.Skip(1).TakeWhile(line => line.StartsWith("If-Match:", StringComparison.Ordinal)).ToList();
        var body = Named(string.Join('\n', lines.Skip(1 + headers.Count))).Replace(ListAddress, receiver.Url.ToString(), StringComparison.Ordinal).Replace(Secret, receiver.SigningSecret, StringComparison.Ordinal);
        var answer = await api.SendAsync(
            method, path, body.Length == 0 ? null : body, method == HttpMethod.Patch ? "application/merge-patch+json" : "application/json", [.. headers.Select(_ => ("If-Match", ETagOf(path)))]);
        if (answer.Headers.TryGetValue("ETag", out var etag))
        {
            _etags[method == HttpMethod.Post ? $"{path}/{answer.Id}" : path] = etag;
        }

        if (answer.Status == 202)
        {
            await Eventually.HoldsAsync(
                async () => (await api.ReadRunAsync(answer.Id)) is var run && (run["phase"]!.GetValue<string>() == "finished" || run["status"]!.GetValue<string>() == "held"),
                $"{answer.Id} ends or is held", TimeSpan.FromSeconds(90));
        }

        return answer;
    }

    private string ETagOf(string path) => _etags.GetValueOrDefault(path) ?? _etags[path[..path.LastIndexOf('/')]];

    /// <summary>With the app's ids in the place of the page's names.</summary>
    private string Named(string text) => Names().Replace(text, name => _ids.GetValueOrDefault(name.Value) ?? name.Value);

    private void Compare(JsonNode? said, JsonNode? actual, string at, string context)
    {
        switch (said)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    actual.ShouldBeOfType<JsonObject>($"{at} in {context}").ContainsKey(name).ShouldBeTrue($"{at}/{name} in {context}");
                    Compare(value, actual[name], $"{at}/{name}", context);
                }

                break;
            case JsonArray items:
                actual.ShouldBeOfType<JsonArray>($"{at} in {context}").Count.ShouldBe(items.Count, $"{at} in {context}");
                foreach (var (index, item) in items.Index())
                {
                    Compare(item, actual[index], $"{at}/{index}", context);
                }

                break;
            case JsonValue value when value.TryGetValue<string>(out var text):
                var found = actual.ShouldNotBeNull($"{at} in {context}").GetValue<string>();
                if (text == "…")
                {
                    break;
                }

                if (Names().Match(text) is { Success: true } named && named.Length == text.Length)
                {
                    _ids.TryAdd(text, found);
                }

                found.ShouldBe(Named(text), $"{at} in {context}");
                break;
            default:
                JsonNode.DeepEquals(said, actual).ShouldBeTrue($"{at}: {said?.ToJsonString() ?? "null"} in {context}");
                break;
        }
    }

    [GeneratedRegex("^```(http|json)\\n(.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\b(seg|dst|con|run)_[a-z][a-z-]*\b")]
    private static partial Regex Names();
}
