using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Profiles;

namespace AudienceSync.Delivery;

/// <summary>Shows what one profile becomes at a destination: the fields and the exact requests, with the saved mapping or one that is not saved. Nothing is sent.</summary>
public sealed class DestinationPreview(
    IDestinationStore destinations, IConnectionStore connections, ConnectorCatalog connectors, IAttributeCatalog attributes, QueryReader queries, EventTester tester)
{
    private const int MaxIdLength = 256;

    /// <summary>Reads <c>{"profileId","event","mapping"}</c>, each of which may be left out: a generated profile, "entered", the saved mapping.</summary>
    public async Task<Result<TestEventReport>> PreviewAsync(string destinationId, JsonElement body, CancellationToken cancellationToken)
    {
        if (await destinations.GetAsync(destinationId, cancellationToken) is not { } destination)
        {
            return Refusal.NotFound("destination", destinationId);
        }

        var faults = new List<Fault>();
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return Refusal.Invalid(faults);
        }

        var profileId = fields.Text("profileId", MaxIdLength);
        var kind = fields.Choice<TestEventKind>("event") ?? TestEventKind.Entered;
        var mapping = MappingReader.Read(fields, faults);
        fields.RefuseUnknown("a preview");
        if (mapping is { } given)
        {
            faults.AddRange(await CheckAsync(destination, given, cancellationToken));
        }

        return faults.Count > 0
            ? Refusal.Invalid(faults)
            : await tester.TestAsync(
                destinationId, new(kind, IsDryRun: true, profileId) { Mapping = mapping is { } unsaved ? [.. unsaved.Select(entry => entry!)] : null }, cancellationToken);
    }

    /// <summary>By the rules that hold when it is saved.</summary>
    private async Task<IEnumerable<Fault>> CheckAsync(Destination destination, ImmutableArray<MappingEntry?> mapping, CancellationToken cancellationToken)
    {
        var type = (await connections.GetAsync(destination.ConnectionId, cancellationToken))?.Type;
        var rules = type is null ? FieldRules.Free : connectors.Find(type)?.Fields ?? FieldRules.Free;
        var query = destination.Source as DestinationSource.OfQuery;
        var known = query is null ? await attributes.ReadAsync(cancellationToken) : await queries.TypesAsync(query, cancellationToken);
        return
        [
            .. MappingRules.CheckSources(mapping, "/mapping"),
            .. query is null || known.Count == 0 ? [] : MappingRules.CheckColumns(mapping, known.Keys.ToHashSet(StringComparer.Ordinal), "/mapping"),
            .. MappingRules.CheckTargets(mapping, rules, destination.Mode, "/mapping"),
            .. MappingRules.CheckTypes(mapping, rules, known, "/mapping"),
        ];
    }
}
