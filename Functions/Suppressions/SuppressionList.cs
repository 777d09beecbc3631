using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Suppressions;

/// <summary>The list of those who are sent to nobody: takes entries on and off, and freezes what it is for runs.</summary>
/// <remarks>A change appends a level and publishes it with one replacement of the manifest; now and then small levels are made one.</remarks>
public sealed class SuppressionList(ISuppressionStore store, IPageStore pages, SuppressionKeys keys, SuppressionSets sets, TimeProvider time)
{
    /// <summary>Most times a change is tried again because another was published first.</summary>
    private const int MaxConflicts = 50;

    private readonly SuppressionLevels _levels = new(pages, time);

    /// <summary>The list as it is now; what is read by it does not change.</summary>
    public async Task<SuppressionManifest> FreezeAsync(CancellationToken cancellationToken) => (await store.ReadAsync(cancellationToken)).Manifest;

    /// <summary>The gate of a frozen list; of the present one when null.</summary>
    public async Task<SuppressionGate> OpenAsync(SuppressionManifest? frozen, CancellationToken cancellationToken) =>
        new(await sets.LoadAsync(frozen ?? await FreezeAsync(cancellationToken), cancellationToken), keys);

    public async Task<SuppressionEntry?> FindAsync(string id, CancellationToken cancellationToken) =>
        keys.Read(id) is { } key ? await FindAsync(await FreezeAsync(cancellationToken), key, id, cancellationToken) : null;

    /// <summary>In the order of their keys; the cursor is the id of the last entry.</summary>
    public async Task<ListPage<SuppressionEntry>> ListAsync(SuppressionFilter filter, PageRequest page, CancellationToken cancellationToken)
    {
        var after = page.After is { } id && keys.Read(id) is { } key ? new SuppressionRow(key.First, id, null) : (SuppressionRow?)null;
        var manifest = await FreezeAsync(cancellationToken);
        var rows = _levels.ReadAsync(manifest.Levels, new(after?.Key ?? 0, ulong.MaxValue), cancellationToken);
        var found = await rows
            .Where(row => row.Entry is { } entry && (after is not { } last || SuppressionRow.Compare(row, last) > 0) && filter.Takes(entry))
            .Select(row => row.Entry!)
            .Take(page.Limit + 1)
            .ToListAsync(cancellationToken);
        return ListPage.Cut(found, page, entry => entry.Id);
    }

    /// <summary>Puts entries on the list. What is on it already stays as it is, but for a tombstone, which takes an entry's place.</summary>
    /// <returns>For each what is on the list now, in the order given.</returns>
    internal async Task<ImmutableArray<AddedSuppression>> AddAsync(IReadOnlyList<NewSuppression> wanted, CancellationToken cancellationToken)
    {
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var (manifest, etag) = await store.ReadAsync(cancellationToken);
            var (added, rows) = await CompareAsync(manifest, wanted, cancellationToken);
            if (rows.Count == 0 || await TryAppendAsync(manifest, etag, rows, cancellationToken))
            {
                return added;
            }
        }

        throw Contended();
    }

    /// <summary>Takes an entry off.</summary>
    /// <param name="ifMatch">The ETag that it must have; null for any.</param>
    /// <param name="mayLift">Whether the caller may take off the tombstone of an erasure.</param>
    /// <returns>Null when it is off.</returns>
    public async Task<Refusal?> RemoveAsync(string id, string? ifMatch, bool mayLift, CancellationToken cancellationToken)
    {
        for (var conflicts = 0; conflicts < MaxConflicts; conflicts++)
        {
            var (manifest, etag) = await store.ReadAsync(cancellationToken);
            if (keys.Read(id) is not { } key || await FindAsync(manifest, key, id, cancellationToken) is not { } entry)
            {
                return Refusal.NotFound("suppression", id);
            }

            if (entry.Origin is SuppressionOrigin.Erasure && !mayLift)
            {
                return new(
                    RefusalKind.Forbidden, "tombstone", "This is the tombstone of an erasure",
                    $"It keeps the person of {entry.ErasureId} from being sent to destinations again. Only the role admin may take it off.");
            }

            if (ifMatch is not null && !ETags.Holds(ifMatch, entry.ETag))
            {
                return Refusal.Stale(entry.ETag);
            }

            if (await TryAppendAsync(manifest, etag, [new(key.First, id, null)], cancellationToken))
            {
                return null;
            }
        }

        throw Contended();
    }

    private async Task<(ImmutableArray<AddedSuppression> Added, SortedDictionary<string, SuppressionRow> Rows)> CompareAsync(
        SuppressionManifest manifest, IReadOnlyList<NewSuppression> wanted, CancellationToken cancellationToken)
    {
        var rows = new SortedDictionary<string, SuppressionRow>(StringComparer.Ordinal);
        var added = ImmutableArray.CreateBuilder<AddedSuppression>(wanted.Count);
        foreach (var item in wanted)
        {
            var id = keys.IdOf(item.Key);
            var known = rows.TryGetValue(id, out var row) ? row.Entry : await FindAsync(manifest, item.Key, id, cancellationToken);
            var entry = known is null
                ? new(id, item.Type, item.Reason, item.ErasureId is null ? SuppressionOrigin.Request : SuppressionOrigin.Erasure, item.ErasureId, time.GetUtcNow())
                : item.ErasureId is { } erasure && known.ErasureId != erasure
                ? known with { Reason = item.Reason, Origin = SuppressionOrigin.Erasure, ErasureId = erasure }
                : known;
            if (!ReferenceEquals(entry, known))
            {
                rows[id] = new(item.Key.First, id, entry);
            }

            added.Add(new(entry, IsNew: known is null));
        }

        return (added.MoveToImmutable(), rows);
    }

    private Task<bool> TryAppendAsync(
        SuppressionManifest manifest, string? etag, SortedDictionary<string, SuppressionRow> rows, CancellationToken cancellationToken) =>
        TryAppendAsync(manifest, etag, [.. rows.Values.Order(Comparer<SuppressionRow>.Create(SuppressionRow.Compare))], cancellationToken);

    /// <returns>False when another change was published first.</returns>
    private async Task<bool> TryAppendAsync(SuppressionManifest manifest, string? etag, SuppressionRow[] rows, CancellationToken cancellationToken)
    {
        var level = (await _levels.WriteAsync(rows.ToAsyncEnumerable(), cancellationToken))!;
        var next = new SuppressionManifest(manifest.Version + 1, [.. manifest.Levels, level]);
        if (!await store.TryReplaceAsync(next, etag, cancellationToken))
        {
            // A client that repeats a conditional write whose answer was lost is told "conflict" by its own success.
            if ((await FreezeAsync(cancellationToken)).Levels.Any(published => published.Chain == level.Chain))
            {
                return true;
            }

            await pages.DeleteAsync(level.Chain, cancellationToken);
            return false;
        }

        await MergeAsync(next, cancellationToken);
        return true;
    }

    /// <summary>Makes small levels one. Should somebody change the list meanwhile, it is left to them: the list is the same either way.</summary>
    /// <remarks>The chains that are merged stay for those who froze them; retention drops them.</remarks>
    private async Task MergeAsync(SuppressionManifest manifest, CancellationToken cancellationToken)
    {
        var levels = await _levels.MergeAsync(manifest.Levels, cancellationToken);
        if (levels == manifest.Levels)
        {
            return;
        }

        var (current, etag) = await store.ReadAsync(cancellationToken);
        if (current.Version != manifest.Version || !await store.TryReplaceAsync(new(manifest.Version + 1, levels), etag, cancellationToken))
        {
            foreach (var level in levels.Where(level => !manifest.Levels.Contains(level)))
            {
                await DropUnlessPublishedAsync(level, cancellationToken);
            }
        }
    }

    private async Task DropUnlessPublishedAsync(SuppressionLevel level, CancellationToken cancellationToken)
    {
        if (!(await FreezeAsync(cancellationToken)).Levels.Any(published => published.Chain == level.Chain))
        {
            await pages.DeleteAsync(level.Chain, cancellationToken);
        }
    }

    private async Task<SuppressionEntry?> FindAsync(SuppressionManifest manifest, SuppressionKey key, string id, CancellationToken cancellationToken) =>
        await sets.MayHoldAsync(manifest, key.First, cancellationToken)
            ? (await _levels.ReadAsync(manifest.Levels, new(key.First, key.First), cancellationToken).FirstOrDefaultAsync(row => row.Id == id, cancellationToken)).Entry
            : null;

    private static InvalidOperationException Contended() => new($"The suppression list was changed by others {MaxConflicts} times in a row. Repeat the request.");
}

/// <summary>What is put on the list.</summary>
/// <param name="ErasureId">Makes it the tombstone of that erasure.</param>
internal sealed record NewSuppression(SuppressionKey Key, string Type, string? Reason, string? ErasureId = null);

/// <param name="IsNew">It was not on the list before.</param>
internal sealed record AddedSuppression(SuppressionEntry Entry, bool IsNew);

/// <summary>Null parts take everything.</summary>
public sealed record SuppressionFilter(string? Type = null, SuppressionOrigin? Origin = null, string? ErasureId = null)
{
    public bool Takes(SuppressionEntry entry) =>
        (Type is null || entry.Type == Type) && (Origin is null || entry.Origin == Origin) && (ErasureId is null || entry.ErasureId == ErasureId);
}
