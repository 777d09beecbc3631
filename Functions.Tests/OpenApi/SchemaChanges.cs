using System.Text.Json.Nodes;

namespace AudienceSync.OpenApi;

/// <summary>Whether a schema still takes what it took (of a request), or still gives what it gave (of an answer).</summary>
internal sealed class SchemaChanges
{
    private static readonly string[] UpperBounds = ["maximum", "maxLength", "maxItems"];
    private static readonly string[] LowerBounds = ["minimum", "minLength", "minItems"];

    private readonly JsonObject _old;
    private readonly JsonObject _new;
    private readonly bool _isRequest;
    private readonly HashSet<(string, string)> _seen = [];

    private SchemaChanges(JsonObject old, JsonObject @new, bool isRequest) => (_old, _new, _isRequest) = (old, @new, isRequest);

    public static IEnumerable<string> OfRequest(JsonObject old, JsonObject @new, JsonNode? before, JsonNode? now, string at) =>
        new SchemaChanges(old, @new, isRequest: true).Compare(before, now, at);

    public static IEnumerable<string> OfAnswer(JsonObject old, JsonObject @new, JsonNode? before, JsonNode? now, string at) =>
        new SchemaChanges(old, @new, isRequest: false).Compare(before, now, at);

    private List<string> Compare(JsonNode? oldNode, JsonNode? newNode, string at)
    {
        // Schemas refer to themselves: a pair that is being compared is not compared again.
        if (oldNode?["$ref"] is { } oldReference && newNode?["$ref"] is { } newReference && !_seen.Add(($"{oldReference}", $"{newReference}")))
        {
            return [];
        }

        var before = BreakingChanges.Resolve(_old, oldNode) as JsonObject ?? [];
        var now = BreakingChanges.Resolve(_new, newNode) as JsonObject ?? [];
        if (before["anyOf"] is not null || now["anyOf"] is not null)
        {
            return CompareChoices(oldNode, newNode, at);
        }

        return
        [
            .. CompareTypes(before, now, at),
            .. CompareWords(before, now, at),
            .. CompareText(before, now, at),
            .. _isRequest ? CompareBounds(before, now, at) : [],
            .. CompareRequired(before, now, at),
            .. CompareFields(before, now, at),
            .. Inner("items", before, now, $"{at}[]"),
            .. before["additionalProperties"] is JsonObject ? Inner("additionalProperties", before, now, $"{at}.*") : [],
        ];
    }

    private IEnumerable<string> Inner(string name, JsonObject before, JsonObject now, string at) =>
        before[name] is null && now[name] is null ? [] : Compare(before[name], now[name], at);

    /// <summary>Each choice there was must be one still; an answer may bring none that was not.</summary>
    private List<string> CompareChoices(JsonNode? oldNode, JsonNode? newNode, string at)
    {
        var (before, now) = (ChoicesOf(_old, oldNode), ChoicesOf(_new, newNode));
        var (wanted, offered) = _isRequest ? (before, now) : (now, before);
        return [.. wanted
            .Where(choice => !offered.Any(other => Fits(_isRequest ? choice : other, _isRequest ? other : choice)))
            .Select(choice => _isRequest ? $"{at} no longer takes {Name(choice)}." : $"{at} may be {Name(choice)} now.")];
    }

    private bool Fits(JsonNode? before, JsonNode? now) =>
        new SchemaChanges(_old, _new, _isRequest) { }.Seen(_seen).Compare(before, now, "").Count == 0;

    private SchemaChanges Seen(IEnumerable<(string, string)> pairs)
    {
        _seen.UnionWith(pairs);
        return this;
    }

    /// <summary>The alternatives, those of alternatives among them; a type that may be null is two.</summary>
    private static List<JsonNode?> ChoicesOf(JsonObject document, JsonNode? node) => BreakingChanges.Resolve(document, node)?["anyOf"] is JsonArray choices
        ? [.. choices.SelectMany(choice => ChoicesOf(document, choice))]
        : [node];

    private IEnumerable<string> CompareTypes(JsonObject before, JsonObject now, string at)
    {
        var (old, @new) = (TypesOf(before), TypesOf(now));
        if (old.Count == 0 && @new.Count == 0)
        {
            return [];
        }

        return _isRequest
            ? @new.Count == 0 ? [] : old.Count == 0 ? [$"{at} takes {string.Join(" or ", @new)} only."] : old.Except(@new).Select(type => $"{at} no longer takes {type}.")
            : old.Count == 0 ? [] : @new.Count == 0 ? [$"{at} may be of any type now."] : @new.Except(old).Select(type => $"{at} may be {type} now.");
    }

    /// <summary>Words may be added everywhere: clients are told to expect it.</summary>
    private IEnumerable<string> CompareWords(JsonObject before, JsonObject now, string at)
    {
        var words = BreakingChanges.Texts(now["enum"]).ToHashSet();
        if (before["enum"] is JsonArray)
        {
            return now["enum"] is null ? [] : BreakingChanges.Texts(before["enum"]).Where(word => !words.Contains(word)).Select(word => $"{at} no longer knows '{word}'.");
        }

        return _isRequest && now["enum"] is JsonArray ? [$"{at} takes only {string.Join(", ", words)} now."] : [];
    }

    private IEnumerable<string> CompareText(JsonObject before, JsonObject now, string at)
    {
        foreach (var name in (string[])["format", "pattern", "const"])
        {
            var (old, @new) = (before[name]?.ToString(), now[name]?.ToString());
            if (old != @new && (_isRequest ? @new is not null : old is not null))
            {
                yield return $"{at} has the {name} {@new ?? "none"} instead of {old ?? "none"}.";
            }
        }
    }

    private static IEnumerable<string> CompareBounds(JsonObject before, JsonObject now, string at)
    {
        foreach (var name in UpperBounds.Where(name => now[name] is not null && Number(now[name]) < (Number(before[name]) ?? decimal.MaxValue)))
        {
            yield return $"{at} has the {name} {now[name]} instead of {before[name]?.ToString() ?? "none"}.";
        }

        foreach (var name in LowerBounds.Where(name => now[name] is not null && Number(now[name]) > (Number(before[name]) ?? (name == "minimum" ? decimal.MinValue : 0))))
        {
            yield return $"{at} has the {name} {now[name]} instead of {before[name]?.ToString() ?? "none"}.";
        }
    }

    private IEnumerable<string> CompareRequired(JsonObject before, JsonObject now, string at)
    {
        var (old, @new) = (BreakingChanges.Texts(before["required"]), BreakingChanges.Texts(now["required"]));
        return _isRequest
            ? @new.Except(old).Select(field => $"{at}.{field} is required now.")
            : old.Except(@new).Where(field => now["properties"]?[field] is not null).Select(field => $"{at}.{field} may be absent now.");
    }

    private IEnumerable<string> CompareFields(JsonObject before, JsonObject now, string at)
    {
        if (_isRequest && IsClosed(now) && !IsClosed(before) && TypesOf(before).Contains("object"))
        {
            yield return $"{at} takes no other fields now.";
        }

        foreach (var (field, schema) in BreakingChanges.Members(before["properties"]))
        {
            if (now["properties"]?[field] is { } present)
            {
                foreach (var change in Compare(schema, present, $"{at}.{field}"))
                {
                    yield return change;
                }
            }
            else if (!_isRequest || IsClosed(now))
            {
                yield return $"{at}.{field} is gone.";
            }
        }
    }

    private static bool IsClosed(JsonObject schema) => schema["additionalProperties"] is JsonValue value && value.TryGetValue(out bool open) && !open;

    private static HashSet<string> TypesOf(JsonObject schema) => schema["type"] switch
    {
        JsonArray types => [.. BreakingChanges.Texts(types)],
        JsonValue type => [type.ToString()],
        _ => [],
    };

    private static decimal? Number(JsonNode? node) => node is null ? null : decimal.Parse(node.ToJsonString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture);

    private static string Name(JsonNode? choice) => choice?["$ref"]?.ToString().Split('/')[^1] ?? choice?["type"]?.ToString() ?? "it";
}
