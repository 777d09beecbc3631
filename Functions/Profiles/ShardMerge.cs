using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Merge join of one shard's profiles with the operations that are pending for it. Profiles that have none are copied as they are stored.</summary>
/// <param name="range">The shard's keys: pages may hold others too, which are left out.</param>
/// <param name="changes">In order of (key, id).</param>
internal sealed class ShardMerge(
    ChainWriter writer, MemberHasher hasher, KeyRange range, IEnumerable<(ulong Key, string Id, List<ProfileOperation> Operations)> changes)
{
    private readonly IEnumerator<(ulong Key, string Id, List<ProfileOperation> Operations)> _changes = changes.GetEnumerator();
    private bool _hasChange;

    public long Rows => writer.RowCount;

    /// <summary>Operations left out because a profile would have grown too large.</summary>
    public int Skipped { get; private set; }

    /// <param name="profiles">Pages of the shard as it was.</param>
    /// <returns>The new chain; null when nobody is left.</returns>
    public async Task<string?> RunAsync(IAsyncEnumerable<PageReader> profiles, CancellationToken cancellationToken)
    {
        using (_changes)
        {
            _hasChange = _changes.MoveNext();
            await foreach (var page in profiles)
            {
                await MergeAsync(page, cancellationToken);
            }

            while (_hasChange)
            {
                await ChangeAsync(null, cancellationToken);
            }
        }

        return await writer.CompleteAsync(cancellationToken);
    }

    private async Task MergeAsync(PageReader page, CancellationToken cancellationToken)
    {
        var columns = page.ToCopy();
        int[] rows = [.. Enumerable.Range(0, page.Count)];
        var hashes = page.RowHashes.ToArray();
        var (next, end) = (FirstAtOrAbove(page, range.First), range.Last == ulong.MaxValue ? page.Count : FirstAtOrAbove(page, range.Last + 1));
        while (next < end)
        {
            var stop = _hasChange ? Math.Min(end, FirstNotBefore(page, next, _changes.Current.Key, _changes.Current.Id)) : end;
            if (stop > next)
            {
                await writer.CopyAsync(columns, rows.AsMemory(next..stop), page, hashes.AsMemory(next..stop), cancellationToken);
                next = stop;
            }
            else if (IsOf(_changes.Current.Key, _changes.Current.Id, page, next))
            {
                await ChangeAsync(page.ReadRow(next++), cancellationToken);
            }
            else
            {
                await ChangeAsync(null, cancellationToken);
            }
        }
    }

    /// <summary>Writes a profile with the operations at hand, and goes on to the next ones.</summary>
    /// <param name="profile">Null when there is none yet.</param>
    private async Task ChangeAsync(Row? profile, CancellationToken cancellationToken)
    {
        var (key, _, operations) = _changes.Current;
        if (Merge(profile, operations) is { } row)
        {
            await writer.AppendAsync(key, hasher.Row(row), row, cancellationToken);
        }

        _hasChange = _changes.MoveNext();
    }

    private Row? Merge(Row? profile, List<ProfileOperation> operations)
    {
        // Most profiles come by one operation that says all there is.
        if (profile is null && operations is [var only] && ProfileState.RowOfFirst(only) is { } row)
        {
            return row;
        }

        var merged = ProfileState.Merge(profile is null ? null : ProfileState.FromRow(profile), operations, out var skipped);
        Skipped += skipped;
        return merged?.ToRow();
    }

    private static bool IsOf(ulong key, string id, PageReader page, int row) =>
        page.Keys[row] == key && new RowRef(page, row)[ProfileColumns.Id].AsText() == id;

    /// <summary>The first row from one on that does not stand before a profile, in order of (key, id).</summary>
    private static int FirstNotBefore(PageReader page, int from, ulong key, string id)
    {
        var row = from + FirstAtOrAbove(page.Keys[from..], key);
        while (row < page.Count && page.Keys[row] == key && string.CompareOrdinal(new RowRef(page, row)[ProfileColumns.Id].AsText(), id) < 0)
        {
            row++;
        }

        return row;
    }

    private static int FirstAtOrAbove(PageReader page, ulong key) => FirstAtOrAbove(page.Keys, key);

    private static int FirstAtOrAbove(ReadOnlySpan<ulong> keys, ulong key)
    {
        var (low, high) = (0, keys.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = keys[middle] < key ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
