using System.Text.Json.Nodes;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>Where entries refer to others.</summary>
internal static class ConfigReferences
{
    /// <summary>Every reference of a rule to a segment, with the object that holds it.</summary>
    /// <param name="visit">Given the holder and the pointer of its <c>segment</c>.</param>
    public static void InRules(JsonNode? rule, string pointer, Action<JsonObject, string> visit)
    {
        if (rule is not JsonObject node)
        {
            return;
        }

        if (ConfigNodes.Text(node["segment"]) is not null)
        {
            visit(node, $"{pointer}/segment");
        }

        InRules(node["not"], $"{pointer}/not", visit);
        foreach (var list in (ReadOnlySpan<string>)["all", "any"])
        {
            if (node[list] is JsonArray inner)
            {
                foreach (var (index, each) in inner.Index())
                {
                    InRules(each, $"{pointer}/{list}/{index}", visit);
                }
            }
        }
    }

    /// <summary>Every reference of the filters of a destination, under each name that their conditions are taken by.</summary>
    public static void InFilters(JsonObject? destination, string pointer, Action<JsonObject, string> visit)
    {
        foreach (var (index, filter) in (destination?["filters"] as JsonArray ?? []).Index())
        {
            foreach (var name in (ReadOnlySpan<string>)["if", "when", "rules"])
            {
                InRules((filter as JsonObject)?[name], $"{pointer}/filters/{index}/{name}", visit);
            }
        }
    }

    /// <summary>The segments that the rules of a segment's entry name, with the pointers within the entry.</summary>
    public static IReadOnlyList<(string Pointer, string Key)> OfSegment(JsonObject entry)
    {
        List<(string, string)> found = [];
        InRules(entry["rules"], "/rules", (holder, pointer) => found.Add((pointer, ConfigNodes.Text(holder["segment"])!)));
        return found;
    }

    /// <summary>Faults of segments that would refer to themselves, directly or through others.</summary>
    /// <param name="state">What there is, for segments that the document does not name.</param>
    /// <returns>The keys of the document's segments that are part of a circle.</returns>
    public static HashSet<string> FindCycles(ConfigDocument document, ConfigState state, ICollection<Fault> faults)
    {
        var referencesOf = state.Of(ConfigKind.Segment).ToDictionary(segment => segment.Key, segment => OfSegment(segment.Document), StringComparer.Ordinal);
        var entries = document.Entries.Where(entry => entry.Kind is ConfigKind.Segment).ToList();
        foreach (var entry in entries.Where(entry => entry.Json["rules"] is not null))
        {
            referencesOf[entry.Key] = OfSegment(entry.Json);
        }

        var cyclic = new HashSet<string>(StringComparer.Ordinal);
        foreach (var entry in entries)
        {
            foreach (var (pointer, key) in referencesOf.GetValueOrDefault(entry.Key) ?? [])
            {
                if (WayBack(key, entry.Key, referencesOf) is { } way)
                {
                    cyclic.Add(entry.Key);
                    faults.Add(new(
                        entry.Pointer + pointer, "segment_cycle",
                        $"The reference leads back to where it comes from: {string.Join(" → ", way.Prepend(entry.Key))}. Remove one of these references."));
                }
            }
        }

        return cyclic;
    }

    /// <summary>The keys from one segment to another, both included; null when none leads there.</summary>
    private static List<string>? WayBack(string from, string to, Dictionary<string, IReadOnlyList<(string Pointer, string Key)>> referencesOf)
    {
        var cameFrom = new Dictionary<string, string?>(StringComparer.Ordinal) { [from] = null };
        var open = new Queue<string>([from]);
        while (open.TryDequeue(out var key))
        {
            if (key == to)
            {
                List<string> way = [];
                for (var at = key; at is not null; at = cameFrom[at])
                {
                    way.Insert(0, at);
                }

                return way;
            }

            foreach (var (_, next) in referencesOf.GetValueOrDefault(key) ?? [])
            {
                if (cameFrom.TryAdd(next, key))
                {
                    open.Enqueue(next);
                }
            }
        }

        return null;
    }
}
