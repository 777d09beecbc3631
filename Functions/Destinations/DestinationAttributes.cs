using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Tells the catalogue of attributes which destinations send them, whole categories too, or ask for them in a filter. What a query gives is no attribute.</summary>
public sealed class DestinationAttributes(IDestinationStore store, IConnectionStore connections, ConnectorCatalog connectors) : IAttributeUsage
{
    public async Task<ImmutableArray<AttributeUse>> ReadAsync(IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, CancellationToken cancellationToken)
    {
        var uses = ImmutableArray.CreateBuilder<AttributeUse>();
        await foreach (var destination in store.ListAllAsync(cancellationToken).Where(destination => destination.Source is not DestinationSource.OfQuery))
        {
            var user = new AttributeUser(DestinationUsage.Type, destination.Id, destination.Name);
            var mapping = CategoryMapping.HasAny(destination.Mapping)
                ? CategoryMapping.Expand([.. destination.Mapping], attributes, ofProfiles: true, await RulesOfAsync(destination, cancellationToken)).Entries
                : destination.Mapping;
            uses.AddRange(mapping.SelectMany(entry => MappingRules.NamesOf(entry)).Concat(FilterSpecs.ColumnsOf(destination.Filters)).Select(name => new AttributeUse(name, user)));
        }

        return uses.ToImmutable();
    }

    private async Task<FieldRules> RulesOfAsync(Destination destination, CancellationToken cancellationToken) =>
        await connections.GetAsync(destination.ConnectionId, cancellationToken) is { } connection && connectors.Find(connection.Type) is { } connector ? connector.Fields : FieldRules.Free;
}
