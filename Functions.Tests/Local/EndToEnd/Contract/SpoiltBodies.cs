using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.OpenApi;

namespace AudienceSync.Local.EndToEnd.Contract;

/// <param name="Pointer">Where the fault is to be found.</param>
/// <param name="What">How it was spoilt.</param>
internal sealed record SpoiltBody(JsonNode Body, string Pointer, string What);

/// <summary>Copies of a body, each with one thing that its schema forbids.</summary>
internal static class SpoiltBodies
{
    private static readonly JsonNode?[] Strangers = [null, true, 17, "a text", new JsonArray(), new JsonObject()];

    public static IEnumerable<SpoiltBody> Of(JsonNode body, JsonNode schema) =>
        Spoil(body, schema, "").Select(change => new SpoiltBody(change.Apply(body), change.FoundAt ?? change.Pointer, change.What))
            .Where(spoilt => ApiContract.Committed.Check(schema, JsonSerializer.SerializeToElement(spoilt.Body)).Count > 0);

    private static IEnumerable<Change> Spoil(JsonNode? value, JsonNode schemaNode, string pointer)
    {
        var schema = ApiContract.Committed.Resolve(schemaNode).AsObject();
        if (schema["anyOf"] is JsonArray choices)
        {
            // The choice that the value was made by.
            var chosen = choices.FirstOrDefault(choice => ApiContract.Committed.Check(choice!, JsonSerializer.SerializeToElement(value)).Count == 0);
            // Without one of its fields it might have been another: the fault may name a field of that.
            return [.. pointer.Length > 0 ? Replacements(pointer) : [], .. chosen is null ? [] : Spoil(value, chosen, pointer).Select(change => change.Value is null ? change with { FoundAt = pointer } : change)];
        }

        return
        [
            .. pointer.Length > 0 ? Replacements(pointer) : [],
            .. Bounds(value, schema, pointer),
            .. value is JsonObject members ? Members(members, schema, pointer) : [],
            .. value is JsonArray items && schema["items"] is { } item ? items.SelectMany((each, index) => Spoil(each, item, $"{pointer}/{index}")) : [],
        ];
    }

    private static IEnumerable<Change> Replacements(string pointer) =>
        Strangers.Select(stranger => new Change(pointer, stranger is null ? "null" : $"a {stranger.GetValueKind()}", stranger));

    private static IEnumerable<Change> Members(JsonObject members, JsonObject schema, string pointer)
    {
        yield return new($"{pointer}/zzz", "an unknown field", 1);
        foreach (var required in BreakingChanges.Texts(schema["required"]))
        {
            yield return new($"{pointer}/{required}", "missing", null, IsRemoved: true);
        }

        foreach (var (name, value) in members)
        {
            var inner = schema["properties"]?[name] ?? (schema["additionalProperties"] is JsonObject other ? other : null);
            foreach (var change in inner is null ? [] : Spoil(value, inner, $"{pointer}/{name}"))
            {
                yield return change;
            }
        }
    }

    private static IEnumerable<Change> Bounds(JsonNode? value, JsonObject schema, string pointer)
    {
        if (schema["maxLength"] is { } longest)
        {
            yield return new(pointer, "too long", new string('x', longest.GetValue<int>() + 1));
        }

        if (schema["minLength"] is not null)
        {
            yield return new(pointer, "empty", "");
        }

        if (schema["pattern"] is not null)
        {
            yield return new(pointer, "of another form", "NOT A KEY!");
        }

        if (schema["enum"] is not null)
        {
            yield return new(pointer, "an unknown word", "zzz");
        }

        if (schema["format"]?.GetValue<string>() is "date-time")
        {
            yield return new(pointer, "no moment", "yesterday");
        }

        if (schema["minimum"] is { } least)
        {
            yield return new(pointer, "too small", decimal.Parse(least.ToJsonString(), CultureInfo.InvariantCulture) - 1);
        }

        if (schema["maximum"] is { } most)
        {
            yield return new(pointer, "too large", decimal.Parse(most.ToJsonString(), CultureInfo.InvariantCulture) + 1);
        }

        if (schema["maxItems"] is { } many && value is JsonArray { Count: > 0 } items)
        {
            yield return new(pointer, "too many", new JsonArray([.. Enumerable.Range(0, many.GetValue<int>() + 1).Select(_ => items[0]?.DeepClone())]));
        }
    }

    private sealed record Change(string Pointer, string What, JsonNode? Value, bool IsRemoved = false, string? FoundAt = null)
    {
        public JsonNode Apply(JsonNode body)
        {
            var copy = body.DeepClone();
            var parts = Pointer.Split('/')[1..];
            JsonNode at = copy;
            foreach (var part in parts[..^1])
            {
                at = (at is JsonArray list ? list[int.Parse(part, CultureInfo.InvariantCulture)] : at[part])!;
            }

            switch (at)
            {
                case JsonArray list:
                    list[int.Parse(parts[^1], CultureInfo.InvariantCulture)] = Value?.DeepClone();
                    break;
                case JsonObject members when IsRemoved:
                    members.Remove(parts[^1]);
                    break;
                default:
                    at[parts[^1]] = Value?.DeepClone();
                    break;
            }

            return copy;
        }
    }
}
