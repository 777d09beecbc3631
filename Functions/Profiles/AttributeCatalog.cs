using System.Collections.Frozen;
using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Learns attributes at ingest. What is registered once is remembered in memory, so most requests read nothing.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class AttributeCatalog(IAttributeCatalogStore store) : IAttributeCatalog
{
    /// <summary>Most names; ours. Every name may become a column of every page, and the catalogue must fit one entity.</summary>
    public const int MaxNames = 2_000;

    private const int MaxConflicts = 20;

    private volatile ImmutableDictionary<string, ImmutableArray<CellType>> _known = ImmutableDictionary.Create<string, ImmutableArray<CellType>>(StringComparer.Ordinal);

    public async Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
        _known = (await store.ReadAsync(cancellationToken)).Attributes;

    /// <summary>Registers attributes not seen before.</summary>
    /// <returns>The names refused because the catalogue is full.</returns>
    internal async Task<FrozenSet<string>> RegisterAsync(IEnumerable<(string Name, CellType Type)> attributes, CancellationToken cancellationToken)
    {
        var unseen = Unseen(_known, attributes);
        for (var conflicts = 0; unseen.Count > 0; conflicts++)
        {
            var (stored, etag) = await store.ReadAsync(cancellationToken);
            unseen = Unseen(stored, unseen);
            var (next, refused) = Add(stored, unseen);
            if (ReferenceEquals(next, stored) || await store.TryReplaceAsync(next, etag, cancellationToken))
            {
                _known = next;
                return refused;
            }

            if (conflicts == MaxConflicts)
            {
                throw new InvalidOperationException($"The catalogue of attributes changed under {MaxConflicts} writes in a row. Repeat the request.");
            }
        }

        return [];
    }

    private static HashSet<(string Name, CellType Type)> Unseen(
        ImmutableDictionary<string, ImmutableArray<CellType>> known, IEnumerable<(string Name, CellType Type)> attributes) =>
        [.. attributes.Where(attribute => !known.TryGetValue(attribute.Name, out var types) || !types.Contains(attribute.Type))];

    private static (ImmutableDictionary<string, ImmutableArray<CellType>> Next, FrozenSet<string> Refused) Add(
        ImmutableDictionary<string, ImmutableArray<CellType>> stored, IEnumerable<(string Name, CellType Type)> unseen)
    {
        var next = stored.ToBuilder();
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, type) in unseen)
        {
            if (next.TryGetValue(name, out var types))
            {
                next[name] = [.. types, type];
            }
            else if (next.Count < MaxNames)
            {
                next[name] = [type];
            }
            else
            {
                refused.Add(name);
            }
        }

        return (next.ToImmutable(), refused.ToFrozenSet(StringComparer.Ordinal));
    }
}
