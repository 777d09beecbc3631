using AudienceSync.Connectors.Kit;
using AudienceSync.Profiles;

namespace AudienceSync.Destinations;

/// <summary>Puts the attributes there are now in the place of the categories that a destination's mapping selects.</summary>
internal static class MappingCategories
{
    /// <summary>The destination with a mapping of fields alone, where its members are profiles; else as it is.</summary>
    public static async Task<Destination> ExpandAsync(Destination destination, FieldRules rules, IAttributeCatalog attributes, CancellationToken cancellationToken) =>
        destination.Source is not DestinationSource.OfQuery && CategoryMapping.HasAny(destination.Mapping)
            ? destination with { Mapping = CategoryMapping.Expand([.. destination.Mapping], await attributes.ReadAsync(cancellationToken), ofProfiles: true, rules).Entries }
            : destination;

    /// <summary>As the other, of queries too; of one that cannot be asked now the categories are empty.</summary>
    public static async Task<Destination> ExpandAsync(
        Destination destination, FieldRules rules, IAttributeCatalog attributes, QueryReader queries, CancellationToken cancellationToken) =>
        destination.Source is DestinationSource.OfQuery query && CategoryMapping.HasAny(destination.Mapping)
            ? destination with { Mapping = CategoryMapping.Expand([.. destination.Mapping], await queries.TypesAsync(query, cancellationToken), ofProfiles: false, rules).Entries }
            : await ExpandAsync(destination, rules, attributes, cancellationToken);
}
