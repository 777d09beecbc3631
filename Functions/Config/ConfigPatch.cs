using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>What has to be sent to make one form of an entry of another. What the document leaves out stays as it is.</summary>
internal static class ConfigPatch
{
    /// <summary>The members that the wanted form has otherwise.</summary>
    public static JsonObject Changed(JsonObject wanted, JsonObject before)
    {
        var changed = new JsonObject();
        foreach (var (name, value) in wanted)
        {
            // Without a value and not there at all is the same.
            if (!JsonNode.DeepEquals(value, before[name]))
            {
                changed[name] = value?.DeepClone();
            }
        }

        return changed;
    }

    /// <summary>The merge patch (RFC 7396) that makes the wanted value of the one before: objects lose what the wanted one has not.</summary>
    public static JsonNode? Replacing(JsonNode? before, JsonNode? wanted)
    {
        if (before is not JsonObject old || wanted is not JsonObject @new)
        {
            return wanted?.DeepClone();
        }

        var patch = new JsonObject();
        foreach (var (name, value) in @new)
        {
            if (!old.TryGetPropertyValue(name, out var present) || !JsonNode.DeepEquals(present, value))
            {
                patch[name] = Replacing(present, value);
            }
        }

        foreach (var (name, _) in old.Where(member => !@new.ContainsKey(member.Key)))
        {
            patch[name] = null;
        }

        return patch;
    }
}
