using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Campaigns;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Journeys;
using AudienceSync.Segments;

namespace AudienceSync.Config;

/// <summary>Spells what is stored as documents do: as a request would, with keys in place of ids. What a default or an owner decides is left out where nothing would be lost.</summary>
/// <param name="connectionKeys">By id.</param>
/// <param name="segmentKeys">By id.</param>
internal sealed class ConfigForm(IReadOnlyDictionary<string, string> connectionKeys, IReadOnlyDictionary<string, string> segmentKeys)
{
    /// <summary>What an answer shows of a destination that nobody sets; and its source, which has a form of its own.</summary>
    private static readonly string[] NoSettings =
    [
        "id", "source", "etag", "state", "stateDetail", "lastRun", "nextRunAt", "mappingVersion", "deleting", "keptOff", "notBefore", "createdAt", "updatedAt",
    ];

    /// <param name="connector">Null when the installation has it no more.</param>
    public static JsonObject Of(Connection connection, ConnectorDefinition? connector)
    {
        var written = connector is null ? default : ConnectionInput.Write(connection, connector);
        var form = new JsonObject
        {
            ["key"] = connection.Key,
            ["type"] = connection.Type,
            ["name"] = connection.Name,
            ["settings"] = connector is null
                ? new JsonObject(connection.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => KeyValuePair.Create(setting.Key, (JsonNode?)setting.Value)))
                : ConfigNodes.ToNode(written.GetProperty("settings")),
        };
        if (!connection.Secrets.IsEmpty)
        {
            form["secrets"] = new JsonObject(connection.Secrets.Keys.Order(StringComparer.Ordinal).Select(name => KeyValuePair.Create(name, (JsonNode?)SecretMark.Kept())));
        }

        if (connection.Defaults is { } defaults)
        {
            form["defaults"] = WithoutNulls(ConfigNodes.ToNode(defaults));
        }

        return form;
    }

    public JsonObject Of(Segment segment) => new()
    {
        ["key"] = segment.Key,
        ["name"] = segment.Name,
        ["description"] = segment.Description,
        ["visibility"] = segment.Visibility is SegmentVisibility.Shared ? "shared" : "private",
        ["rules"] = Rules(segment.Rules),
    };

    public JsonObject Of(Destination destination)
    {
        var form = Of(destination, hasSchedule: true);
        form.Insert(3, "source", SourceOf(destination.Source));
        return form;
    }

    public JsonObject Of(Campaign campaign, ILookup<DestinationSource, Destination> destinations)
    {
        var schedule = JsonSerializer.SerializeToElement(campaign.Schedule, CampaignsJson.Default.CampaignSchedule);
        return new()
        {
            ["key"] = campaign.Key,
            ["name"] = campaign.Name,
            ["description"] = campaign.Description,
            ["segment"] = KeyOf(segmentKeys, campaign.SegmentId),
            ["exclusions"] = new JsonArray([.. campaign.Exclusions.Select(id => (JsonNode?)KeyOf(segmentKeys, id))]),
            ["assignment"] = campaign.Assignment is CampaignAssignment.FirstMatch ? "firstMatch" : "allMatches",
            ["enabled"] = campaign.Enabled,
            ["schedule"] = WithoutNulls(ConfigNodes.ToNode(schedule)),
            ["salt"] = campaign.Salt,
            ["subAudiences"] = new JsonArray([.. campaign.SubAudiences.Select(sub => Of(campaign, sub, destinations))]),
        };
    }

    public JsonObject Of(Journey journey, ILookup<DestinationSource, Destination> destinations) => new()
    {
        ["key"] = journey.Key,
        ["name"] = journey.Name,
        ["description"] = journey.Description,
        ["enabled"] = journey.Enabled,
        ["steps"] = new JsonArray([.. journey.Steps.Select(step => Of(step, destinations[new DestinationSource.OfStep(journey.Id, step.Key)]))]),
    };

    /// <summary>Until somebody sets a holdout it has no salt of its own.</summary>
    public static JsonObject Of(Holdout holdout)
    {
        var form = new JsonObject { ["percent"] = Percent.Of(holdout.Share) };
        if (holdout.Revision > 0)
        {
            form["salt"] = holdout.Salt;
        }

        return form;
    }

    private JsonObject Of(Campaign campaign, SubAudience sub, ILookup<DestinationSource, Destination> destinations)
    {
        var form = new JsonObject { ["name"] = sub.Name };
        if (sub.Rules is { } rules)
        {
            form["rules"] = Rules(rules);
        }

        form["groups"] = new JsonArray([.. sub.Groups.Select(group => Of(group, destinations[new DestinationSource.OfGroup(campaign.Id, sub.Id, group.Id)]))]);
        return form;
    }

    private JsonObject Of(CampaignGroup group, IEnumerable<Destination> destinations)
    {
        var form = new JsonObject
        {
            ["name"] = group.Name,
            ["role"] = group.Role is GroupRole.Control ? "control" : "treatment",
            ["share"] = Percent.Of(group.Share),
        };
        if (group.Role is GroupRole.Treatment)
        {
            // When it runs is the campaign's to say.
            form["destinations"] = new JsonArray([.. destinations.Select(destination => Of(destination, hasSchedule: false))]);
        }

        return form;
    }

    /// <summary>The key of a step is made anew in each installation: a step is known by its name.</summary>
    private JsonObject Of(JourneyStep step, IEnumerable<Destination> destinations)
    {
        var form = new JsonObject { ["name"] = step.Name };
        if (step.EntrySegmentId is { } segmentId)
        {
            form["entry"] = new JsonObject { ["segment"] = KeyOf(segmentKeys, segmentId) };
        }

        form["destinations"] = new JsonArray([.. destinations.Select(destination => Of(destination, hasSchedule: true))]);
        return form;
    }

    /// <summary>Without its source. An audience found out by a run is left out: in another installation it is another one.</summary>
    private JsonObject Of(Destination destination, bool hasSchedule)
    {
        var view = JsonSerializer.SerializeToElement(DestinationView.Of(destination, null), DestinationJson.Default.DestinationView);
        var form = ConfigNodes.Pick(view, [.. view.EnumerateObject().Select(member => member.Name).Except(NoSettings)]);
        form.SetAt(form.IndexOf("connectionId"), "connection", KeyOf(connectionKeys, destination.ConnectionId));
        ConfigReferences.InFilters(form, "", (holder, _) => holder["segment"] = KeyOf(segmentKeys, ConfigNodes.Text(holder["segment"])!));
        form["audience"] = WithoutNulls(form["audience"]);
        if (destination.Source.IsOwned)
        {
            // Whether it runs is its owner's to say, but where somebody switched it off by itself.
            form.Remove("enabled");
            if (destination.KeptOff)
            {
                form["enabled"] = false;
            }
        }

        if (!hasSchedule)
        {
            form.Remove("schedule");
        }

        return form;
    }

    private JsonObject SourceOf(DestinationSource source) => source switch
    {
        DestinationSource.OfSegment(var id) => new() { ["segment"] = KeyOf(segmentKeys, id) },
        DestinationSource.OfQuery(var connection, var query, var column) => new()
        {
            ["connection"] = KeyOf(connectionKeys, connection),
            ["query"] = query,
            ["keyColumn"] = column,
        },
        _ => throw new InvalidOperationException($"{source} belongs to its owner's entry."),
    };

    private JsonNode Rules(RuleNode rules)
    {
        var form = ConfigNodes.ToNode(RuleWriter.ToJson(rules))!;
        ConfigReferences.InRules(form, "", (holder, _) => holder["segment"] = KeyOf(segmentKeys, ConfigNodes.Text(holder["segment"])!));
        return form;
    }

    /// <summary>An id that stands for nothing any more stays, so that it can be seen.</summary>
    private static string KeyOf(IReadOnlyDictionary<string, string> keys, string id) => keys.GetValueOrDefault(id, id);

    private static JsonNode? WithoutNulls(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject form:
                return new JsonObject(form.Where(member => member.Value is not null).Select(member => KeyValuePair.Create(member.Key, WithoutNulls(member.Value))));
            case JsonArray list:
                return new JsonArray([.. list.Select(WithoutNulls)]);
            default:
                return node?.DeepClone();
        }
    }
}
