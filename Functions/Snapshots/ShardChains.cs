using AudienceSync.Ids;
using AudienceSync.Pages;

namespace AudienceSync.Snapshots;

/// <summary>Packs rows of shards into pages as they come, into a chain for each shard. Rows of one packing are in order, those of the next begin anew: pages of a chain may overlap.</summary>
/// <remarks>Pages of a shard that follow each other are written together, in as few transactions as take them, and behind the packing. Not thread-safe.</remarks>
internal sealed class ShardChains(IPageStore pages, TimeProvider time, int shards)
{
    /// <summary>Most writes under way.</summary>
    private const int MostWrites = 4;

    private readonly PageBuilder _builder = PageBuilder.Rent(maxRows: 10_000);
    private readonly string?[] _chains = new string?[shards];
    private readonly int[] _pageCounts = new int[shards];
    private readonly Queue<Task> _writes = new();
    private readonly PageGroup _group = new(); // of the shard at hand

    /// <summary>The chain of a shard; null where it has no rows.</summary>
    public string? this[int shard] => _chains[shard];

    /// <summary>Appends the rows of a buffer, whose keys do not lie below those appended since the last <see cref="EndAsync"/>.</summary>
    /// <exception cref="RepeatedIdException"/>
    /// <exception cref="ArgumentException">A row is larger than a page.</exception>
    public async ValueTask AppendAsync(int shard, RowBuffer rows, CancellationToken cancellationToken)
    {
        for (var order = rows.Sort(); !order.IsEmpty;)
        {
            order = order[_builder.Append(rows, order.Span)..];
            if (!order.IsEmpty)
            {
                await SealAsync(shard, cancellationToken);
            }
        }
    }

    /// <summary>Ends the page at hand: the next rows may be of another shard, or begin anew.</summary>
    public async ValueTask EndAsync(int shard, CancellationToken cancellationToken)
    {
        if (_builder.RowCount > 0)
        {
            await SealAsync(shard, cancellationToken);
        }

        await SendAsync(shard, cancellationToken);
    }

    /// <summary>Waits until all pages are written; nothing may be appended any more.</summary>
    public async Task CompleteAsync()
    {
        await Task.WhenAll(_writes);
        _builder.Return();
    }

    private async ValueTask SealAsync(int shard, CancellationToken cancellationToken)
    {
        foreach (var page in _builder.Seal(_pageCounts[shard]))
        {
            _pageCounts[shard]++;
            if (!_group.HasRoomFor(page))
            {
                await SendAsync(shard, cancellationToken);
            }

            _group.Add(page);
        }
    }

    private async ValueTask SendAsync(int shard, CancellationToken cancellationToken)
    {
        if (_group.IsEmpty)
        {
            return;
        }

        if (_writes.Count == MostWrites)
        {
            await _writes.Dequeue();
        }

        _writes.Enqueue(_group.WriteAsync(pages, _chains[shard] ??= NewId.Create("pg", time), cancellationToken));
    }
}
