using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>What applying a document brings about beyond what it says.</summary>
internal static class ConfigWarnings
{
    public static IEnumerable<string> Of(Rehearsed rehearsed, ConfigDocument document, ConfigPutOptions options, NotedRuns runs)
    {
        var missing = ConfigKinds.Listed.Where(kind => !document.Sections.Contains(kind) && rehearsed.Before.Of(kind).Any()).Select(kind => $"'{kind.Section}'").ToList();
        if (options.Prunes && missing.Count > 0)
        {
            yield return $"The document has no {string.Join(", ", missing)}: of these nothing is deleted. An empty list says that there is to be none.";
        }

        foreach (var destination in rehearsed.Changes.Deletes.Where(change => change.Type == ConfigKind.Destination.Word))
        {
            yield return $"The destination '{destination.Key}' is deleted, and whom it added stays on the platform. To have them removed, delete it by itself with remote=cleanUp.";
        }

        foreach (var create in rehearsed.Changes.Creates.Where(change => change.Type == ConfigKind.Destination.Word))
        {
            if (rehearsed.After.Find(ConfigKind.Destination, create.Key)?.Document is { } form && IsOn(form, "enabled") && IsOn(form, "autoSync"))
            {
                yield return $"The destination '{create.Key}' is enabled and syncs by itself: its first run starts at once.";
            }
        }

        if (runs.Noted.Count > 0)
        {
            yield return $"Rules that destinations follow change between runs, and {runs.Noted.Count} run(s) are under way: applied now, it would be refused.";
        }
    }

    private static bool IsOn(JsonObject form, string name) => form[name] is JsonValue value && value.TryGetValue<bool>(out var isOn) && isOn;
}
