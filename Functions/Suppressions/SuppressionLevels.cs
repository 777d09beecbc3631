using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using AudienceSync.Ids;
using AudienceSync.Pages;

namespace AudienceSync.Suppressions;

/// <summary>Reads several levels as one list, and writes several as one level.</summary>
/// <remarks>A page of each level is in memory at a time.</remarks>
internal sealed class SuppressionLevels(IPageStore pages, TimeProvider time)
{
    /// <summary>A level is merged with the one behind it once it is less than so many times as large: an entry is written again a few times, not each time.</summary>
    private const int Growth = 4;

    /// <summary>Rows in order of (key, id), of each id the one of the latest level, those that take an entry off included.</summary>
    public async IAsyncEnumerable<SuppressionRow> ReadAsync(
        ImmutableArray<SuppressionLevel> levels, KeyRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // The latest first: of equal rows the first one counts.
        List<IAsyncEnumerator<SuppressionRow>> open = [];
        try
        {
            foreach (var level in levels.Reverse())
            {
                var cursor = ReadAsync(level, range, cancellationToken).GetAsyncEnumerator(cancellationToken);
                open.Add(cursor);
                if (!await cursor.MoveNextAsync())
                {
                    open.Remove(cursor);
                    await cursor.DisposeAsync();
                }
            }

            while (open.Count > 0)
            {
                var least = open.MinBy(cursor => cursor.Current, Comparer<SuppressionRow>.Create(SuppressionRow.Compare))!.Current;
                yield return least;
                foreach (var cursor in open.Where(cursor => SuppressionRow.Compare(cursor.Current, least) == 0).ToList())
                {
                    if (!await cursor.MoveNextAsync())
                    {
                        open.Remove(cursor);
                        await cursor.DisposeAsync();
                    }
                }
            }
        }
        finally
        {
            foreach (var cursor in open)
            {
                await cursor.DisposeAsync();
            }
        }
    }

    /// <summary>Writes rows, in order of (key, id), as a level; null when there are none.</summary>
    public async Task<SuppressionLevel?> WriteAsync(IAsyncEnumerable<SuppressionRow> rows, CancellationToken cancellationToken)
    {
        var writer = new ChainWriter(pages, NewId.Create("pg", time));
        var types = new SortedSet<string>(StringComparer.Ordinal);
        var removals = 0L;
        await foreach (var row in rows.WithCancellation(cancellationToken))
        {
            await writer.AppendAsync(row.Key, row.Flags, row.Write(), cancellationToken);
            removals += row.IsRemoved ? 1 : 0;
            if (row.Entry is { } entry)
            {
                types.Add(entry.Type);
            }
        }

        return await writer.CompleteAsync(cancellationToken) is { } chain ? new(chain, writer.RowCount, removals, [.. types]) : null;
    }

    /// <summary>The levels with the small ones at their end made one; the same levels when each is large enough beside what is behind it.</summary>
    public async Task<ImmutableArray<SuppressionLevel>> MergeAsync(ImmutableArray<SuppressionLevel> levels, CancellationToken cancellationToken)
    {
        var first = levels.Length - 1;
        var behind = first < 0 ? 0 : levels[first].Rows;
        while (first > 0 && levels[first - 1].Rows < behind * Growth)
        {
            behind += levels[--first].Rows;
        }

        if (first >= levels.Length - 1)
        {
            return levels;
        }

        // Nothing lies below the lowest level: there is nothing left to take off.
        var rows = ReadAsync(levels[first..], KeyRange.All, cancellationToken).Where(row => first > 0 || !row.IsRemoved);
        return await WriteAsync(rows, cancellationToken) is { } merged ? [.. levels[..first], merged] : levels[..first];
    }

    private async IAsyncEnumerable<SuppressionRow> ReadAsync(SuppressionLevel level, KeyRange range, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in pages.ReadAsync(level.Chain, range, PageParts.Whole, cancellationToken))
        {
            for (var index = 0; index < page.Count; index++)
            {
                if (range.Contains(page.Keys[index]))
                {
                    yield return SuppressionRow.Read(page, index);
                }
            }
        }
    }
}
