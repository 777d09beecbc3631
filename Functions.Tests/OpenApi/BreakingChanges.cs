using System.Text.Json.Nodes;

namespace AudienceSync.OpenApi;

/// <summary>What of a new description would break a client that was made from the old one.</summary>
internal sealed class BreakingChanges
{
    private static readonly string[] Verbs = ["get", "put", "post", "delete", "patch"];

    private readonly JsonObject _old;
    private readonly JsonObject _new;
    private readonly List<string> _found = [];

    private BreakingChanges(JsonObject old, JsonObject @new) => (_old, _new) = (old, @new);

    /// <returns>A sentence each; empty when every old client goes on as before.</returns>
    public static IReadOnlyList<string> Between(JsonObject old, JsonObject @new)
    {
        var changes = new BreakingChanges(old, @new);
        changes.Compare();
        return changes._found;
    }

    private void Compare()
    {
        foreach (var (path, oldPath) in Members(_old["paths"]))
        {
            if (_new["paths"]?[path] is not JsonObject newPath)
            {
                _found.Add($"{path} is gone.");
                continue;
            }

            foreach (var verb in Verbs.Where(verb => oldPath?[verb] is not null))
            {
                var at = $"{verb.ToUpperInvariant()} {path}";
                if (newPath[verb] is JsonObject operation)
                {
                    CompareOperation(oldPath![verb]!.AsObject(), operation, at);
                }
                else
                {
                    _found.Add($"{at} is gone.");
                }
            }
        }
    }

    private void CompareOperation(JsonObject old, JsonObject @new, string at)
    {
        if (Text(old["operationId"]) != Text(@new["operationId"]))
        {
            _found.Add($"{at} is called {Text(@new["operationId"])} instead of {Text(old["operationId"])}.");
        }

        CompareCallers(old, @new, at);
        CompareParameters(old, @new, at);
        CompareBody(old["requestBody"], @new["requestBody"], at);
        foreach (var (status, response) in Members(old["responses"]).Where(each => each.Key[0] is '2' or '3'))
        {
            if (@new["responses"]?[status] is { } present)
            {
                CompareResponse(Resolve(_old, response)!, Resolve(_new, present)!, $"{at} {status}");
            }
            else
            {
                _found.Add($"{at} no longer answers {status}.");
            }
        }
    }

    private void CompareCallers(JsonObject old, JsonObject @new, string at)
    {
        if (old["security"] is JsonArray { Count: 0 } && @new["security"] is not JsonArray { Count: 0 })
        {
            _found.Add($"{at} takes a key now.");
        }

        foreach (var role in Texts(old["x-required-roles"]).Except(Texts(@new["x-required-roles"])).Where(_ => @new["security"] is not JsonArray { Count: 0 }))
        {
            _found.Add($"{at} is closed to the role {role}.");
        }
    }

    private void CompareParameters(JsonObject old, JsonObject @new, string at)
    {
        var before = ParametersOf(_old, old);
        var now = ParametersOf(_new, @new);
        foreach (var (name, parameter) in before)
        {
            if (!now.TryGetValue(name, out var present))
            {
                _found.Add($"{at} no longer takes the parameter {name}.");
                continue;
            }

            if (IsTrue(present["required"]) && !IsTrue(parameter["required"]))
            {
                _found.Add($"{at} requires the parameter {name} now.");
            }

            _found.AddRange(SchemaChanges.OfRequest(_old, _new, parameter["schema"], present["schema"], $"{at} ?{name}"));
        }

        foreach (var (name, _) in now.Where(each => !before.ContainsKey(each.Key) && IsTrue(each.Value["required"])))
        {
            _found.Add($"{at} requires the parameter {name} now.");
        }
    }

    private void CompareBody(JsonNode? old, JsonNode? @new, string at)
    {
        if (IsTrue(@new?["required"]) && !IsTrue(old?["required"]))
        {
            _found.Add($"{at} requires a body now.");
        }

        foreach (var (type, media) in Members(old?["content"]))
        {
            if (@new?["content"]?[type] is { } present)
            {
                _found.AddRange(SchemaChanges.OfRequest(_old, _new, media?["schema"], present["schema"], $"{at} body"));
            }
            else
            {
                _found.Add($"{at} no longer takes {type}.");
            }
        }
    }

    private void CompareResponse(JsonNode old, JsonNode @new, string at)
    {
        foreach (var (name, _) in Members(old["headers"]).Where(header => @new["headers"]?[header.Key] is null))
        {
            _found.Add($"{at} no longer has the header {name}.");
        }

        foreach (var (type, media) in Members(old["content"]))
        {
            if (@new["content"]?[type] is { } present)
            {
                _found.AddRange(SchemaChanges.OfAnswer(_old, _new, media?["schema"], present["schema"], at));
            }
            else
            {
                _found.Add($"{at} no longer answers {type}.");
            }
        }
    }

    private static Dictionary<string, JsonNode> ParametersOf(JsonObject document, JsonObject operation) => (operation["parameters"]?.AsArray() ?? [])
        .Select(parameter => Resolve(document, parameter)!)
        .ToDictionary(parameter => Text(parameter["name"]));

    internal static JsonNode? Resolve(JsonObject document, JsonNode? node)
    {
        while (node is JsonObject && node["$ref"] is { } reference)
        {
            node = Text(reference).Split('/').Skip(1).Aggregate((JsonNode?)document, (at, part) => at?[part]);
        }

        return node;
    }

    internal static IEnumerable<KeyValuePair<string, JsonNode?>> Members(JsonNode? node) => node as JsonObject ?? [];

    internal static IEnumerable<string> Texts(JsonNode? node) => (node as JsonArray ?? []).Select(Text);

    private static string Text(JsonNode? node) => node?.ToString() ?? "";

    private static bool IsTrue(JsonNode? node) => node is JsonValue value && value.TryGetValue(out bool flag) && flag;
}
