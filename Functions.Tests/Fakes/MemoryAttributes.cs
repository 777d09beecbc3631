using System.Collections.Immutable;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>The attributes that a test says there are.</summary>
internal sealed class MemoryAttributes : IAttributeCatalog
{
    public Dictionary<string, ImmutableArray<CellType>> Known { get; } = new(StringComparer.Ordinal);

    public Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(Known.ToImmutableDictionary(StringComparer.Ordinal));
}
