using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Delivery;

/// <summary>What a destination writes: the fields of its mapping with their types, as far as profiles, or the columns of its query, tell them.</summary>
public sealed class AudienceShapes(IAttributeCatalog attributes, QueryReader queries)
{
    public async Task<AudienceShape> OfAsync(Destination destination, ConnectorDefinition connector, CancellationToken cancellationToken)
    {
        var types = destination.Source is DestinationSource.OfQuery query
            ? await queries.TypesAsync(query, cancellationToken)
            : await attributes.ReadAsync(cancellationToken);
        var fields = CategoryMapping.Expand([.. destination.Mapping], types, ofProfiles: destination.Source is not DestinationSource.OfQuery, connector.Fields).Entries;
        return new(
            ModeRules.FormOf(destination.Mode, connector.Capabilities),
            [.. fields.Select(entry => new AudienceField(entry.To, TypeOf(entry, types), entry.Identifier))]);
    }

    /// <summary>The type that holds all values there were; text where there were several, or none.</summary>
    private static CellType TypeOf(MappingEntry entry, IReadOnlyDictionary<string, ImmutableArray<CellType>> types) => entry switch
    {
        { Template: not null } => CellType.Text,
        { From: null } => entry.Value.Type is CellType.Absent ? CellType.Text : entry.Value.Type,
        _ when ProfileColumns.Reserved.Contains(entry.From!) => CellType.Text,
        _ when types.TryGetValue(entry.From!, out var known) => known switch
        {
            [var one] => one,
            _ when !known.IsEmpty && known.All(type => type is CellType.Integer or CellType.Decimal) => CellType.Decimal,
            _ => CellType.Text,
        },
        _ => CellType.Text,
    };
}
