using System.Text.Json;
using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>Which of the parts that there are (sub-audiences, groups, steps) each wanted one is: parts have names, and no keys.</summary>
internal static class OwnedLists
{
    private static readonly JsonElement Off = JsonElement.Parse("""{"enabled":false}""");

    /// <summary>For each wanted part the place of the one it is, or null when it is new: first by name, then by a destination that both have, so that a part keeps its destinations under a new name.</summary>
    public static IReadOnlyList<int?> Match(JsonArray before, JsonArray wanted)
    {
        var matches = new int?[wanted.Count];
        var taken = new HashSet<int>();
        Take((old, @new) => ConfigNodes.Text(old["name"]) is { } name && name == ConfigNodes.Text(@new["name"])?.Trim());
        Take((old, @new) => DestinationKeys(old).Intersect(DestinationKeys(@new), StringComparer.Ordinal).Any());
        return matches;

        void Take(Func<JsonObject, JsonObject, bool> isSame)
        {
            for (var index = 0; index < wanted.Count; index++)
            {
                if (matches[index] is null && wanted[index] is JsonObject part
                    && Enumerable.Range(0, before.Count).Cast<int?>().FirstOrDefault(at => !taken.Contains(at!.Value) && isSame(before[at.Value]!.AsObject(), part)) is { } found)
                {
                    matches[index] = found;
                    taken.Add(found);
                }
            }
        }
    }

    /// <summary>Switches off by themselves the destinations of which the document says so: while their owner is off, a list of destinations that says "off" does not.</summary>
    public static async Task SwitchOffAsync(ConfigStep step, JsonNode? parts, CancellationToken cancellationToken)
    {
        var target = step.Run.Target;
        var off = (parts as JsonArray ?? []).OfType<JsonObject>().SelectMany(Destinations).Where(destination => destination["enabled"] is JsonValue value && value.TryGetValue<bool>(out var isOn) && !isOn);
        foreach (var key in off.Select(destination => ConfigNodes.Text(destination["key"])).OfType<string>().Where(_ => step.Cause is null))
        {
            if (await target.DestinationStore.FindByKeyAsync(key, cancellationToken) is { KeptOff: false, Source.IsOwned: true } present)
            {
                step.Take(await target.Destinations.PatchAsync(present.Id, Off, step.Run.IfMatch(present.ETag), mayEdit: true, cancellationToken));
            }
        }
    }

    /// <summary>The destinations of a part, and of the parts within it.</summary>
    private static IEnumerable<JsonObject> Destinations(JsonObject part) => (part["destinations"] as JsonArray ?? []).OfType<JsonObject>()
        .Concat((part["groups"] as JsonArray ?? []).OfType<JsonObject>().SelectMany(Destinations));

    private static IEnumerable<string> DestinationKeys(JsonObject part) => Destinations(part).Select(destination => ConfigNodes.Text(destination["key"])).OfType<string>();
}
