using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Fakes;
using Json.Schema;

namespace AudienceSync.OpenApi;

/// <summary>The committed description, as something that bodies and answers are held against.</summary>
/// <remarks>Answers are held against closed schemas: what the app says and the description does not know is a fault here, though clients must take it.</remarks>
internal sealed partial class ApiContract
{
    private const string Root = "https://audiencesync.example/contract";

    private static readonly Lazy<ApiContract> Read = new(() => new(JsonNode.Parse(Repository.Read("docs", "openapi.json"))!.AsObject()));

    private readonly JsonObject _document;
    private readonly List<(Regex Path, string Template)> _paths;
    private readonly Dictionary<string, JsonSchema> _schemas = [];
    private readonly BuildOptions _registry = new() { SchemaRegistry = new() };
    private readonly EvaluationOptions _options = new() { OutputFormat = OutputFormat.List, RequireFormatValidation = true };

    public ApiContract(JsonObject document)
    {
        _document = document;
        // The most specific path first: /segments/estimate before /segments/{id}.
        _paths = [.. document["paths"]!.AsObject().Select(path => path.Key).OrderBy(path => path.Count(letter => letter == '{'))
            .Select(path => (new Regex($"^{Place().Replace(Regex.Escape(path).Replace("\\{", "{", StringComparison.Ordinal), "[^/]+")}$", RegexOptions.CultureInvariant), path))];
        var definitions = new JsonObject();
        foreach (var (name, schema) in document["components"]!["schemas"]!.AsObject())
        {
            definitions[name] = Local(schema!);
        }

        JsonSchema.FromText(new JsonObject { ["$id"] = Root, ["$defs"] = definitions }.ToJsonString(), _registry);
    }

    public static ApiContract Committed => Read.Value;

    /// <summary>The operation that a request reaches; null when there is none.</summary>
    /// <param name="path">Without its query.</param>
    public (string Id, JsonObject Operation)? Find(string verb, string path)
    {
        var name = verb is "HEAD" ? "get" : verb.ToLowerInvariant();
        foreach (var (pattern, template) in _paths)
        {
            if (pattern.IsMatch(path) && _document["paths"]![template]![name] is JsonObject operation)
            {
                return (operation["operationId"]!.GetValue<string>(), operation);
            }
        }

        return null;
    }

    public JsonObject FindById(string id) => _document["paths"]!.AsObject().SelectMany(path => path.Value!.AsObject())
        .Select(operation => operation.Value!.AsObject())
        .Single(operation => operation["operationId"]!.GetValue<string>() == id);

    public JsonNode Resolve(JsonNode node) => BreakingChanges.Resolve(_document, node)!;

    /// <summary>The schema of a JSON body; null when the operation takes none.</summary>
    public static JsonNode? BodySchema(JsonObject operation) => operation["requestBody"]?["content"]?.AsObject()
        .FirstOrDefault(media => media.Key.EndsWith("json", StringComparison.Ordinal) && media.Key != "application/x-ndjson").Value?["schema"];

    /// <returns>What is wrong with the value, with places; empty when nothing is.</returns>
    public IReadOnlyList<string> Check(JsonNode schema, JsonElement value)
    {
        var key = schema.ToJsonString();
        JsonSchema? compiled;
        lock (_schemas)
        {
            if (!_schemas.TryGetValue(key, out compiled))
            {
                _schemas.Add(key, compiled = JsonSchema.FromText(Absolute(schema).ToJsonString(), _registry));
            }
        }

        var result = compiled.Evaluate(value, _options);
        return result.IsValid ? [] : [.. (result.Details ?? []).Where(detail => detail.Errors is not null)
            .SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation}: {error.Value} ({detail.EvaluationPath})"))
            .Take(20)];
    }

    /// <summary>As it stands in the registry: references within it, objects of answers closed.</summary>
    private static JsonNode Local(JsonNode schema)
    {
        var copy = JsonNode.Parse(schema.ToJsonString().Replace("#/components/schemas/", "#/$defs/", StringComparison.Ordinal))!;
        (copy as JsonObject)?.Remove("discriminator"); // OpenAPI's, and no keyword of JSON Schema
        if (copy is JsonObject { } members && members["properties"] is not null && members["additionalProperties"] is null)
        {
            members["additionalProperties"] = false;
        }

        return copy;
    }

    private static JsonNode Absolute(JsonNode schema) => JsonNode.Parse(schema.ToJsonString().Replace("#/components/schemas/", $"{Root}#/$defs/", StringComparison.Ordinal))!;

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Place();
}
