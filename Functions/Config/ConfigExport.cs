using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Config;

/// <summary>Reads a whole configuration and spells it as a document: sorted by keys, so that two exports can be compared line by line.</summary>
internal static class ConfigExport
{
    public static async Task<ConfigState> ReadAsync(ConfigTarget target, CancellationToken cancellationToken)
    {
        var connections = await target.ConnectionStore.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        var segments = await target.SegmentStore.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        var destinations = (await target.DestinationStore.ListAllAsync(cancellationToken).ToListAsync(cancellationToken)).Where(destination => !destination.Deleting).ToList();
        var campaigns = await target.CampaignStore.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        var journeys = await target.JourneyStore.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        var holdout = await target.HoldoutStore.ReadAsync(cancellationToken);

        var form = new ConfigForm(
            connections.ToDictionary(connection => connection.Id, connection => connection.Key, StringComparer.Ordinal),
            segments.ToDictionary(segment => segment.Id, segment => segment.Key, StringComparer.Ordinal));
        var owned = destinations.ToLookup(destination => destination.Source);
        ConfigResource[] resources =
        [
            .. connections.Select(connection => new ConfigResource(
                ConfigKind.Connection, connection.Key, connection.Id, connection.Name, connection.ETag, ConfigForm.Of(connection, target.Connectors.Find(connection.Type)))),
            .. segments.Select(segment => new ConfigResource(ConfigKind.Segment, segment.Key, segment.Id, segment.Name, ETags.Quote(segment.ETag), form.Of(segment))),
            .. destinations.Where(destination => !destination.Source.IsOwned).Select(destination => new ConfigResource(
                ConfigKind.Destination, destination.Key, destination.Id, destination.Name, destination.ETag, form.Of(destination))),
            .. campaigns.Select(campaign => new ConfigResource(ConfigKind.Campaign, campaign.Key, campaign.Id, campaign.Name, campaign.ETag, form.Of(campaign, owned))),
            .. journeys.Select(journey => new ConfigResource(ConfigKind.Journey, journey.Key, journey.Id, journey.Name, journey.ETag, form.Of(journey, owned))),
            new(ConfigKind.Holdout, ConfigKind.Holdout.Word, "", "", holdout.ETag, ConfigForm.Of(holdout)),
        ];

        var keys = resources.ToDictionary(resource => (resource.Kind, resource.Id), resource => resource.Key);
        return new(resources, [.. destinations.Select(destination => Owned(destination, keys)).OfType<OwnedResource>()], StampOf(connections));
    }

    public static ConfigView View(ConfigState state) => new(
        ConfigDocument.Version,
        Section(state, ConfigKind.Connection),
        Section(state, ConfigKind.Segment),
        Section(state, ConfigKind.Destination),
        Section(state, ConfigKind.Campaign),
        Section(state, ConfigKind.Journey),
        state.Find(ConfigKind.Holdout, ConfigKind.Holdout.Word)!.Document);

    /// <summary>The same for the same configuration, secrets included.</summary>
    public static string ETagOf(ConfigState state)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var resource in state.All)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{resource.Kind} {resource.Key}\n"));
            hash.AppendData(ConfigNodes.ToUtf8(resource.Document));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(state.SecretsStamp));
        return $"\"{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16))}\"";
    }

    private static ImmutableArray<JsonObject> Section(ConfigState state, ConfigKind kind) => [.. state.Of(kind).Select(resource => resource.Document)];

    private static OwnedResource? Owned(Destination destination, Dictionary<(ConfigKind, string), string> keys) => destination.Source switch
    {
        DestinationSource.OfGroup(var campaign, _, _) when keys.TryGetValue((ConfigKind.Campaign, campaign), out var key) =>
            new(destination.Key, destination.Id, destination.Name, ConfigKind.Campaign, key),
        DestinationSource.OfStep(var journey, _) when keys.TryGetValue((ConfigKind.Journey, journey), out var key) =>
            new(destination.Key, destination.Id, destination.Name, ConfigKind.Journey, key),
        _ => null,
    };

    /// <summary>As they are sealed: never shown, but by a digest of everything.</summary>
    private static string StampOf(IEnumerable<Connection> connections) => string.Join('\n', connections.SelectMany(connection => connection.Secrets
        .OrderBy(secret => secret.Key, StringComparer.Ordinal)
        .Select(secret => $"{connection.Key} {secret.Key} {secret.Value.Sealed}")));
}
