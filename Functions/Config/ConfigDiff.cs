using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>What differs between two forms of one entry.</summary>
internal static class ConfigDiff
{
    /// <param name="before">Null when it is new.</param>
    public static ImmutableArray<ConfigField> Of(JsonObject? before, JsonObject after)
    {
        var fields = ImmutableArray.CreateBuilder<ConfigField>();
        Compare(before ?? [], after, "", fields);
        return fields.DrainToImmutable();
    }

    /// <summary>Lists of one length are compared place by place, others whole: nobody can say which entry became which.</summary>
    private static void Compare(JsonNode? before, JsonNode? after, string pointer, ImmutableArray<ConfigField>.Builder fields)
    {
        switch (before, after)
        {
            case (JsonObject old, JsonObject @new):
                foreach (var name in old.Select(member => member.Key).Union(@new.Select(member => member.Key), StringComparer.Ordinal))
                {
                    Compare(old, @new, name, JsonFields.PointerTo(pointer, name), fields);
                }

                break;
            case (JsonArray old, JsonArray @new) when old.Count == @new.Count && old.All(item => item is JsonObject):
                for (var index = 0; index < old.Count; index++)
                {
                    Compare(old[index], @new[index], $"{pointer}/{index.ToString(CultureInfo.InvariantCulture)}", fields);
                }

                break;
            case var _ when !JsonNode.DeepEquals(before, after):
                fields.Add(new(pointer, Value(before), Value(after)));
                break;
        }
    }

    private static void Compare(JsonObject before, JsonObject after, string name, string pointer, ImmutableArray<ConfigField>.Builder fields)
    {
        var (had, has) = (before.TryGetPropertyValue(name, out var old), after.TryGetPropertyValue(name, out var @new));
        if (had && has)
        {
            Compare(old, @new, pointer, fields);
        }
        else
        {
            fields.Add(new(pointer, had ? Value(old) : null, has ? Value(@new) : null));
        }
    }

    private static JsonElement Value(JsonNode? node) => node is null ? JsonElement.Parse("null") : ConfigNodes.ToElement(node);
}
