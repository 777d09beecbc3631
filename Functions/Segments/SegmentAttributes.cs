using System.Collections.Immutable;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Tells the catalogue of attributes which segments compare them.</summary>
public sealed class SegmentAttributes(ISegmentStore store) : IAttributeUsage
{
    public async Task<ImmutableArray<AttributeUse>> ReadAsync(IReadOnlyDictionary<string, ImmutableArray<CellType>> attributes, CancellationToken cancellationToken) =>
        [.. (await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken))
            .SelectMany(segment => RuleReferences.AttributesOf(segment.Rules).Select(name => new AttributeUse(name, new(SegmentUsers.SegmentType, segment.Id, segment.Name))))];
}
