using System.Text.Json.Nodes;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>Turns an entry, or a part of one, into the request that a single endpoint takes: ids in place of keys. Faults of that request are led back to the document.</summary>
/// <param name="pointer">Of the entry in the document.</param>
internal sealed class ConfigRequest(ConfigIds ids, ConfigDocument document, string pointer)
{
    private static readonly string[] ConnectionNames = ["connection", "connectionKey", "connectionId"];
    private static readonly string[] SegmentNames = ["segment", "segmentKey", "segmentId"];

    /// <summary>What stands in for a reference that leads nowhere, while everything else is checked.</summary>
    private const string Nobody = "none";

    private readonly Dictionary<string, string> _written = new(StringComparer.Ordinal);
    private readonly HashSet<string> _unresolved = new(StringComparer.Ordinal);
    private readonly List<Fault> _faults = [];

    /// <summary>A reference is to what the document names, and that is not there yet.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>References to what is neither there nor in the document.</summary>
    public IReadOnlyList<Fault> Faults => _faults;

    /// <summary>Puts ids in the place of keys.</summary>
    public void Translate(ConfigKind kind, JsonObject fields)
    {
        switch (kind)
        {
            case ConfigKind.Segment:
                Rules(fields["rules"], "/rules");
                break;
            case ConfigKind.Destination:
                Destination(fields, "");
                break;
            case ConfigKind.Campaign:
                Campaign(fields);
                break;
            case ConfigKind.Journey:
                Steps(fields["steps"], "/steps");
                break;
        }
    }

    public void SubAudience(JsonNode? sub, string at)
    {
        if (sub is JsonObject fields)
        {
            Rules(fields["rules"], $"{at}/rules");
            foreach (var (index, group) in (fields["groups"] as JsonArray ?? []).Index())
            {
                Destinations((group as JsonObject)?["destinations"], $"{at}/groups/{index}/destinations");
            }
        }
    }

    /// <summary>What a service refused, with pointers into the document. What follows from a reference that leads nowhere is not told again.</summary>
    /// <param name="place">Where the request's body stands in the entry, where it is not the entry itself.</param>
    public IEnumerable<Fault> Locate(Refusal refusal, string place = "") => refusal.Faults.IsDefaultOrEmpty
        ? [new(pointer + place, refusal.Code, refusal.Detail ?? refusal.Title)]
        : refusal.Faults.Where(fault => !IsUnresolved(place + fault.Pointer)).Select(fault => fault with { Pointer = pointer + Spelled(place + fault.Pointer) });

    private void Campaign(JsonObject fields)
    {
        Reference(fields, "", ConfigKind.Segment, SegmentNames);
        Reference(fields["source"] as JsonObject, "/source", ConfigKind.Segment, SegmentNames);
        if (fields["exclusions"] is JsonArray exclusions)
        {
            foreach (var (index, item) in exclusions.ToList().Index())
            {
                if (item is JsonObject named)
                {
                    Reference(named, $"/exclusions/{index}", ConfigKind.Segment, SegmentNames);
                }
                else if (ConfigNodes.Text(item) is { } key)
                {
                    exclusions[index] = Resolve(ConfigKind.Segment, key, $"/exclusions/{index}", $"/exclusions/{index}");
                }
            }
        }

        foreach (var (index, sub) in (fields["subAudiences"] as JsonArray ?? []).Index())
        {
            SubAudience(sub, $"/subAudiences/{index}");
        }
    }

    private void Steps(JsonNode? steps, string at)
    {
        foreach (var (index, step) in (steps as JsonArray ?? []).Index())
        {
            Reference(step?["entry"] as JsonObject, $"{at}/{index}/entry", ConfigKind.Segment, SegmentNames);
            Destinations((step as JsonObject)?["destinations"], $"{at}/{index}/destinations");
        }
    }

    private void Destinations(JsonNode? destinations, string at)
    {
        foreach (var (index, destination) in (destinations as JsonArray ?? []).Index())
        {
            Destination(destination as JsonObject, $"{at}/{index}");
        }
    }

    private void Destination(JsonObject? fields, string at)
    {
        Reference(fields, at, ConfigKind.Connection, ConnectionNames);
        Reference(fields, at, ConfigKind.Segment, SegmentNames);
        Reference(fields?["source"] as JsonObject, $"{at}/source", ConfigKind.Connection, ConnectionNames);
        Reference(fields?["source"] as JsonObject, $"{at}/source", ConfigKind.Segment, SegmentNames);
        ConfigReferences.InFilters(fields, at, InRule);
    }

    private void Rules(JsonNode? rules, string at) => ConfigReferences.InRules(rules, at, InRule);

    private void InRule(JsonObject holder, string reference) =>
        holder["segment"] = Resolve(ConfigKind.Segment, ConfigNodes.Text(holder["segment"])!, reference, reference);

    /// <param name="names">The spellings that are taken; the last one is the request's.</param>
    private void Reference(JsonObject? holder, string at, ConfigKind kind, string[] names)
    {
        if (holder is null || names.Where(holder.ContainsKey).ToList() is not [var name] || ConfigNodes.Text(holder[name]) is not { } key)
        {
            return; // none, or one of another type: the reader says so
        }

        holder.Remove(name);
        holder[names[^1]] = Resolve(kind, key, $"{at}/{names[^1]}", $"{at}/{name}");
    }

    private string Resolve(ConfigKind kind, string key, string requested, string written)
    {
        _written[requested] = written;
        if (ids.Find(kind, key) is { } id)
        {
            return id;
        }

        _unresolved.Add(requested);
        if (document.Find(kind, key) is not null)
        {
            IsWaiting = true;
        }
        else
        {
            _faults.Add(new(
                pointer + written, kind is ConfigKind.Segment ? "unknown_segment" : "unknown_connection",
                $"There is no {kind.Word} with the key '{key}', neither in the document nor in this installation.{NearestName.Suggestion(key, KeysOf(kind))}"));
        }

        return Nobody;
    }

    private IEnumerable<string> KeysOf(ConfigKind kind) => document.Entries.Where(entry => entry.Kind == kind).Select(entry => entry.Key).Union(ids.KeysOf(kind), StringComparer.Ordinal);

    private bool IsUnresolved(string at) => _unresolved.Any(reference => at == reference || (at == "/source" && reference.StartsWith("/source/", StringComparison.Ordinal)));

    /// <summary>As the document spells it. A reference that is missing is told under the name that documents use.</summary>
    private string Spelled(string at) =>
        _written.TryGetValue(at, out var written) ? written
        : at.EndsWith("/segmentId", StringComparison.Ordinal) || at.EndsWith("/connectionId", StringComparison.Ordinal) ? at[..^"Id".Length]
        : at;
}
