using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;

namespace AudienceSync.OpenApi;

/// <summary>A call of one operation and what it answers: <c>Examples/{operation}.json</c>.</summary>
/// <remarks>
/// <c>path</c>, <c>query</c> and <c>headers</c> by name; <c>body</c>, or <c>bodies</c> by name, the first of which is sent when others need the operation's
/// answer; <c>files</c> by media type; <c>status</c>, and <c>statuses</c> of bodies that are answered otherwise; <c>answer</c>. A text <c>{{create-segment/id}}</c> is that place in the answer of another example, which is
/// sent first. <c>{{new create-segment/id}}</c> sends that one anew, for calls that use up what it made.
/// </remarks>
internal sealed record OperationExample
{
    public required string Operation { get; init; }

    public IReadOnlyDictionary<string, string> Path { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Query { get; init; } = new Dictionary<string, string>();

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    public ImmutableArray<KeyValuePair<string, JsonNode>> NamedBodies { get; init; } = [];

    public IReadOnlyDictionary<string, JsonNode> Bodies => NamedBodies.ToDictionary();

    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    public required int Status { get; init; }

    /// <summary>Of bodies that are answered otherwise than the first.</summary>
    public IReadOnlyDictionary<string, int> Statuses { get; init; } = new Dictionary<string, int>();

    public JsonNode? Answer { get; init; }

    /// <summary>Operations to send before, whose answers are of no matter.</summary>
    public ImmutableArray<string> After { get; init; } = [];

    public static OperationExample Read(string operation, JsonObject json) => new()
    {
        Operation = operation,
        Path = Texts(json, "path"),
        Query = Texts(json, "query"),
        Headers = Texts(json, "headers"),
        NamedBodies = json["bodies"] is JsonObject bodies ? [.. bodies.Select(body => KeyValuePair.Create(body.Key, body.Value!))]
            : json["body"] is { } body ? [KeyValuePair.Create("example", body)] : [],
        Files = Texts(json, "files"),
        Status = json["status"]!.GetValue<int>(),
        Statuses = json["statuses"] is JsonObject statuses ? statuses.ToDictionary(each => each.Key, each => each.Value!.GetValue<int>()) : [],
        Answer = json["answer"],
        After = json["after"] is JsonArray after ? [.. after.Select(name => name!.GetValue<string>())] : [],
    };

    private static Dictionary<string, string> Texts(JsonObject json, string name) =>
        json[name] is JsonObject texts ? texts.ToDictionary(text => text.Key, text => text.Value!.GetValue<string>()) : [];
}

/// <summary>Every example, by operation.</summary>
internal sealed partial class ExampleSet
{
    /// <summary>What stands in the place of <c>{{world/…}}</c>: things that no example makes.</summary>
    private static readonly JsonObject Samples = new()
    {
        ["warehouseId"] = "con_01KB4M9J3VWAREH0VSE0000001",
        ["segmentId"] = "seg_01KB4M9J3VPEOPLE0000000001",
        ["memberId"] = "c-1042",
        ["erasableId"] = "c-1044",
        ["suppressionId"] = "sup_2f1e7c0a9b5d4e3f8a6b7c8d9e0f1a2b",
        ["finishedRunId"] = "run_01KB4M9J3VF1N1SHED00000001",
        ["eventId"] = "evt_01KB4M9J3VEVENT0000000001",
        ["heldRunId"] = "run_01KB4M9J3VHE1D000000000001",
        ["cancellableRunId"] = "run_01KB4M9J3VCANCE10000000001",
    };

    private readonly Dictionary<string, OperationExample> _written;
    private readonly Dictionary<string, OperationExample> _resolved = [];

    private ExampleSet(Dictionary<string, OperationExample> written) => _written = written;

    public static string Folder => Repository.PathOf("Functions.Tests", "OpenApi", "Examples");

    /// <summary>As the files have them, with what they take from each other.</summary>
    public IEnumerable<OperationExample> Written => _written.Values;

    public static ExampleSet Read() => new(Directory.GetFiles(Folder, "*.json").ToDictionary(
        path => System.IO.Path.GetFileNameWithoutExtension(path),
        path => OperationExample.Read(System.IO.Path.GetFileNameWithoutExtension(path), JsonNode.Parse(File.ReadAllText(path))!.AsObject())));

    public OperationExample? FindWritten(string operation) => _written.GetValueOrDefault(operation);

    /// <summary>With what it takes from other examples filled in from the answers that their files show.</summary>
    public OperationExample? Find(string operation)
    {
        if (!_written.TryGetValue(operation, out var written))
        {
            return null;
        }

        if (!_resolved.TryGetValue(operation, out var resolved))
        {
            resolved = Fill(written, ShownAt);
            _resolved.Add(operation, resolved);
        }

        return resolved;
    }

    /// <summary>Puts values in the place of every <c>{{operation/pointer}}</c>.</summary>
    public static OperationExample Fill(OperationExample example, Func<Reference, JsonNode?> valueOf) => example with
    {
        Path = Fill(example.Path, valueOf),
        Query = Fill(example.Query, valueOf),
        Headers = Fill(example.Headers, valueOf),
        NamedBodies = [.. example.NamedBodies.Select(body => KeyValuePair.Create(body.Key, Fill(body.Value, valueOf)!))],
        Files = Fill(example.Files, valueOf),
        Answer = Fill(example.Answer, valueOf),
    };

    /// <summary>What an example takes from others.</summary>
    public static IEnumerable<Reference> ReferencesIn(JsonNode? node) => node is null ? [] : Place().Matches(node.ToJsonString()).Select(ReferenceOf);

    private static Dictionary<string, string> Fill(IReadOnlyDictionary<string, string> texts, Func<Reference, JsonNode?> valueOf) =>
        texts.ToDictionary(text => text.Key, text => Fill(text.Value, valueOf).ToString());

    private static JsonNode Fill(string text, Func<Reference, JsonNode?> valueOf)
    {
        if (Place().Match(text) is { Success: true } whole && whole.Length == text.Length)
        {
            return valueOf(ReferenceOf(whole))?.DeepClone() ?? throw LeadsNowhere(whole);
        }

        return Place().Replace(text, match => valueOf(ReferenceOf(match))?.ToString() ?? throw LeadsNowhere(match));
    }

    private static JsonNode? Fill(JsonNode? node, Func<Reference, JsonNode?> valueOf) => node switch
    {
        JsonObject json => new JsonObject(json.Select(member => KeyValuePair.Create(member.Key, Fill(member.Value, valueOf)))),
        JsonArray list => new JsonArray([.. list.Select(item => Fill(item, valueOf))]),
        JsonValue value when value.TryGetValue(out string? text) => Fill(text, valueOf),
        _ => node?.DeepClone(),
    };

    private static InvalidOperationException LeadsNowhere(Match match) =>
        new($"{match.Value} leads nowhere: the answer in Functions.Tests/OpenApi/Examples/{match.Groups["operation"].Value}.json has no {match.Groups["pointer"].Value}.");

    private static Reference ReferenceOf(Match match) => new(match.Groups["operation"].Value, match.Groups["pointer"].Value, match.Groups["new"].Success);

    /// <summary>An example that nobody has recorded an answer for yet shows none; a test asks for it.</summary>
    private JsonNode? ShownAt(Reference reference) => reference.Operation == "world" ? Samples[reference.Pointer[1..]]
        : Find(reference.Operation)?.Answer is { } answer ? reference.In(answer)
        : "…";

    [GeneratedRegex(@"\{\{(?<new>new )?(?<operation>[a-z-]+)(?<pointer>/[^}]*)\}\}")]
    private static partial Regex Place();
}

/// <param name="IsNew">The operation is sent anew for this one.</param>
internal sealed record Reference(string Operation, string Pointer, bool IsNew)
{
    public JsonNode? In(JsonNode answer) => Pointer.Split('/').Skip(1).Aggregate((JsonNode?)answer, (node, part) => node is JsonArray list ? list.ElementAtOrDefault(int.Parse(part, CultureInfo.InvariantCulture)) : node?[part]);
}
