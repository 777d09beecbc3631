using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>The catalogue of attributes as a store keeps it: each name with the types seen.</summary>
public sealed record AttributeDocument(ImmutableDictionary<string, ImmutableArray<CellType>> Attributes)
{
    public static AttributeDocument Empty { get; } =
        new(ImmutableDictionary.Create<string, ImmutableArray<CellType>>(StringComparer.Ordinal));
}
