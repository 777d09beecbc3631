using System.Text.Json.Nodes;
using AudienceSync.OpenApi;

namespace AudienceSync.Local.EndToEnd.Contract;

/// <summary>Sends examples to a running app, those first whose answers others need.</summary>
/// <param name="world">What examples take from <c>{{world/…}}</c>.</param>
/// <param name="replaced">Texts of the examples that stand for something of the tests: a receiver's address, its secret.</param>
internal sealed class ContractWalk(ApiClient api, ExampleSet examples, JsonObject world, params (string Text, string Actual)[] replaced)
{
    private readonly Dictionary<string, Answer> _answers = [];
    private int _made;

    /// <summary>The example with its places filled: ready to be sent.</summary>
    public async Task<OperationExample> PrepareAsync(string operation, bool isNew = false)
    {
        var example = examples.FindWritten(operation) ?? throw new InvalidOperationException($"{operation} has no example.");
        foreach (var before in example.After)
        {
            await FirstAnswerAsync(before);
        }

        example = example with { NamedBodies = [.. example.NamedBodies.Where(body => !ExampleSet.ReferencesIn(body.Value).Any(IsMissing))] };
        var values = new Dictionary<Reference, JsonNode?>();
        foreach (var reference in References(example))
        {
            values[reference] = reference.In(
                reference.Operation == "world" ? world : (reference.IsNew ? await SendFirstAsync(reference.Operation, isNew: true) : await FirstAnswerAsync(reference.Operation)).Json);
        }

        var filled = ExampleSet.Fill(example with { Answer = null }, reference => values[reference]);
        return isNew ? filled with { NamedBodies = [.. filled.NamedBodies.Select(body => KeyValuePair.Create(body.Key, Renamed(body.Value)))] } : filled;
    }

    /// <summary>Whether the example speaks of something that this machine lacks.</summary>
    public bool IsOutOfReach(OperationExample example) => References(example with { NamedBodies = [] }).Any(IsMissing);

    /// <param name="body">Null for none.</param>
    public async Task<Answer> SendAsync(OperationExample example, JsonNode? body)
    {
        var operation = ApiOperation.All.Single(each => each.Id == example.Operation);
        var path = example.Path.Aggregate(operation.Path, (at, part) => at.Replace($"{{{part.Key}}}", Uri.EscapeDataString(part.Value), StringComparison.Ordinal));
        var query = string.Join('&', example.Query.Select(each => $"{Uri.EscapeDataString(each.Key)}={Uri.EscapeDataString(each.Value)}"));
        List<(string, string)> headers = [.. example.Headers.Select(header => (header.Key, header.Value))];
        if (operation.Contract.IfMatch)
        {
            headers.Add(("If-Match", (await api.GetAsync(ReadableAt(path))).ShouldBe(200).ETag));
        }

        var file = example.Files.FirstOrDefault();
        return await api.SendAsync(
            new(operation.Verb),
            query.Length > 0 ? $"{path}?{query}" : path,
            file.Value ?? (body is null ? null : Actual(body.ToJsonString())),
            file.Key ?? (operation.Verb == "PATCH" ? "application/merge-patch+json" : "application/json"),
            [.. headers]);
    }

    /// <summary>As an example shows it.</summary>
    public string Shown(string text) => replaced.Aggregate(text, (at, each) => at.Replace(each.Actual, each.Text, StringComparison.Ordinal));

    /// <summary>Values that the example takes from others, which its answer may repeat; by value the places that stand for them.</summary>
    public async Task<IReadOnlyDictionary<string, string>> PlacesAsync(OperationExample written)
    {
        var places = new Dictionary<string, string>();
        foreach (var reference in References(written).Where(reference => !reference.IsNew && !IsMissing(reference)))
        {
            var value = reference.In(reference.Operation == "world" ? world : (await FirstAnswerAsync(reference.Operation)).Json);
            places.TryAdd($"{value}", $"{{{{{reference.Operation}{reference.Pointer}}}}}");
        }

        return places;
    }

    /// <summary>The answer to the example's first body, sent when it is first asked for.</summary>
    public async Task<Answer> FirstAnswerAsync(string operation)
    {
        if (!_answers.TryGetValue(operation, out var answer))
        {
            _answers[operation] = answer = await SendFirstAsync(operation, isNew: false);
        }

        return answer;
    }

    private async Task<Answer> SendFirstAsync(string operation, bool isNew)
    {
        var example = await PrepareAsync(operation, isNew);
        return (await SendAsync(example, example.NamedBodies.Select(body => body.Value).FirstOrDefault())).ShouldBe(example.Status);
    }

    /// <summary>Parts that cannot be read by themselves are changed under the ETag of what they are part of.</summary>
    private static string ReadableAt(string path) => ApiContract.Committed.Find("GET", path) is null ? ReadableAt(path[..path.LastIndexOf('/')]) : path;

    private bool IsMissing(Reference reference) => reference.Operation == "world" && reference.In(world) is null;

    private JsonNode Renamed(JsonNode body)
    {
        var copy = body.DeepClone();
        if (copy["key"] is { } key)
        {
            copy["key"] = $"{key}-{++_made}";
        }

        return copy;
    }

    private string Actual(string text) => replaced.Aggregate(text, (at, each) => at.Replace(each.Text, each.Actual, StringComparison.Ordinal));

    private static IEnumerable<Reference> References(OperationExample example) =>
    [
        .. example.Path.Values.Concat(example.Query.Values).Concat(example.Headers.Values).SelectMany(text => ExampleSet.ReferencesIn(JsonValue.Create(text))),
        .. example.NamedBodies.SelectMany(body => ExampleSet.ReferencesIn(body.Value)),
    ];
}
