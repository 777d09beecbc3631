using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Learns attributes at ingest. What is registered once is remembered in memory, so most requests read nothing.</summary>
/// <remarks>Thread-safe.</remarks>
public sealed class AttributeCatalog(IAttributeCatalogStore store) : IAttributeCatalog
{
    /// <summary>Most names; ours. Every name may become a column of every page, and the catalogue must fit one entity.</summary>
    public const int MaxNames = 2_000;

    /// <summary>Most bytes of the catalogue as JSON, below what an entity holds.</summary>
    private const int MaxBytes = 700_000;

    /// <summary>Most bytes of an entry beside its name: punctuation and all types.</summary>
    private const int EntryBytes = 120;

    private const int MaxConflicts = 20;

    private volatile ImmutableDictionary<string, ImmutableArray<CellType>> _known = AttributeDocument.Empty.Attributes;

    public async Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> ReadAsync(CancellationToken cancellationToken) =>
        _known = (await store.ReadAsync(cancellationToken)).Document.Attributes;

    /// <summary>Registers the attributes that operations set and that were not seen before.</summary>
    /// <returns>The names refused because the catalogue is full.</returns>
    internal Task<FrozenSet<string>> RegisterAsync(IEnumerable<ProfileOperation> operations, CancellationToken cancellationToken) => RegisterAsync(
        operations.SelectMany(operation => operation.Values)
            .Where(pair => !pair.Value.IsAbsent && !ProfileColumns.IsIdentifier(pair.Key))
            .Select(pair => (pair.Key, pair.Value.Type)),
        cancellationToken);

    /// <summary>The fault of an operation that sets a name refused; null when it sets none.</summary>
    /// <param name="pointer">To the operation.</param>
    internal static Fault? CheckFull(ProfileOperation operation, FrozenSet<string> full, string pointer) =>
        full.Count > 0 && operation.Values.FirstOrDefault(pair => full.Contains(pair.Key) && !pair.Value.IsAbsent).Key is { } name
            ? new($"{pointer}/attributes", "too_many_attribute_names", $"'{name}' would be a new attribute, and the catalogue is full (at most {MaxNames} names, fewer where they are long). Use a name there is.")
            : null;

    private async Task<FrozenSet<string>> RegisterAsync(IEnumerable<(string Name, CellType Type)> attributes, CancellationToken cancellationToken)
    {
        var unseen = Unseen(_known, attributes);
        for (var conflicts = 0; unseen.Count > 0; conflicts++)
        {
            var (document, etag) = await store.ReadAsync(cancellationToken);
            var stored = document.Attributes;
            unseen = Unseen(stored, unseen);
            var (next, refused) = Add(stored, unseen);
            if (ReferenceEquals(next, stored) || await store.TryReplaceAsync(new(next), etag, cancellationToken))
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
        var bytes = stored.Keys.Sum(BytesOf);
        var refused = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, type) in unseen)
        {
            if (next.TryGetValue(name, out var types))
            {
                next[name] = [.. types, type];
            }
            else if (next.Count < MaxNames && bytes + BytesOf(name) <= MaxBytes)
            {
                next[name] = [type];
                bytes += BytesOf(name);
            }
            else
            {
                refused.Add(name);
            }
        }

        return (next.ToImmutable(), refused.ToFrozenSet(StringComparer.Ordinal));
    }

    private static int BytesOf(string name) => JsonEncodedText.Encode(name).EncodedUtf8Bytes.Length + EntryBytes;
}
