using System.Collections.Immutable;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles.Attributes;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>Merges pending operations into shards: untouched shards keep their chain, the others get new ones; a shard may be cut on the way.</summary>
/// <remarks>Streams: at most one page of the old and one of the new chain are in memory, beside the pending operations and the statistics of one shard.</remarks>
/// <param name="bits">Shard bits of the result, at least those of the old manifest.</param>
internal sealed class ShardRewrite(
    IPageStore pages, MemberHasher hasher, TimeProvider time, ProfileManifest old, int bits, PendingOperations pending)
{
    private readonly ImmutableArray<ProfileShard>.Builder _shards = ImmutableArray.CreateBuilder<ProfileShard>(1 << bits);
    private readonly List<string> _written = [];
    private ChainWriter? _writer;
    private ShardStatistics? _statistics;

    /// <summary>Chains begun by this rewrite, also when it did not end.</summary>
    public IReadOnlyList<string> Written => _written;

    /// <summary>Operations left out because a profile would have grown too large.</summary>
    public int Skipped { get; private set; }

    public async Task<ImmutableArray<ProfileShard>> RunAsync(CancellationToken cancellationToken)
    {
        for (var shard = 0; shard < old.Shards.Length; shard++)
        {
            var range = KeyRange.OfShard(shard, old.ShardBits);
            if (bits == old.ShardBits && !pending.AnyIn(range))
            {
                _shards.Add(old.Shards[shard]);
            }
            else
            {
                await MergeAsync(old.Shards[shard].Chain, range, cancellationToken);
                await CompleteBeforeAsync((shard + 1) << (bits - old.ShardBits), cancellationToken);
            }
        }

        return _shards.MoveToImmutable();
    }

    /// <summary>Merge join of the old chain with the pending operations of one old shard.</summary>
    private async Task MergeAsync(string? chain, KeyRange range, CancellationToken cancellationToken)
    {
        using var changes = pending.In(range).GetEnumerator();
        var more = changes.MoveNext();
        if (chain is not null)
        {
            await foreach (var page in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken))
            {
                for (var index = 0; index < page.Count; index++)
                {
                    var row = new RowRef(page, index);
                    while (more && Compare(changes.Current.Key, changes.Current.Id, row) < 0)
                    {
                        await WriteAsync(null, changes.Current, cancellationToken);
                        more = changes.MoveNext();
                    }

                    if (more && Compare(changes.Current.Key, changes.Current.Id, row) == 0)
                    {
                        await WriteAsync(page.ReadRow(index), changes.Current, cancellationToken);
                        more = changes.MoveNext();
                    }
                    else
                    {
                        await AppendAsync(row.Key, row.RowHash, page.ReadRow(index), cancellationToken);
                    }
                }
            }
        }

        for (; more; more = changes.MoveNext())
        {
            await WriteAsync(null, changes.Current, cancellationToken);
        }
    }

    private static int Compare(ulong key, string id, RowRef row) => key.CompareTo(row.Key) is not 0 and var order
        ? order
        : string.CompareOrdinal(id, row[ProfileColumns.Id].AsText());

    private async Task WriteAsync(
        Row? row, (ulong Key, string Id, List<ProfileOperation> Operations) change, CancellationToken cancellationToken)
    {
        var merged = ProfileState.Merge(row is null ? null : ProfileState.FromRow(row), change.Operations, out var skipped);
        Skipped += skipped;
        if (merged?.ToRow() is { } next)
        {
            await AppendAsync(change.Key, hasher.Row(next), next, cancellationToken);
        }
    }

    private async Task AppendAsync(ulong key, ulong rowHash, Row row, CancellationToken cancellationToken)
    {
        await CompleteBeforeAsync(ProfileManifest.ShardOf(key, bits), cancellationToken);
        if (_writer is null)
        {
            var statistics = _statistics = new(hasher);
            _writer = Begin(page => statistics.Add(PageReader.Open(page, $"{_writer!.Chain}/{page.Number}")));
        }

        await _writer.AppendAsync(key, rowHash, row, cancellationToken);
    }

    /// <summary>Ends the shard at hand and leaves those up to <paramref name="shard"/> empty.</summary>
    private async Task CompleteBeforeAsync(int shard, CancellationToken cancellationToken)
    {
        while (_shards.Count < shard)
        {
            _shards.Add(_writer is null ? new(null, 0) : await CompleteAsync(_writer, cancellationToken));
            _writer = null;
        }
    }

    private async Task<ProfileShard> CompleteAsync(ChainWriter writer, CancellationToken cancellationToken)
    {
        var chain = await writer.CompleteAsync(cancellationToken);
        return new(chain, writer.RowCount, await _statistics!.WriteAsync(Begin(onSealed: null), cancellationToken));
    }

    private ChainWriter Begin(Action<PackedPage>? onSealed)
    {
        var writer = new ChainWriter(pages, NewId.Create("pg", time)) { OnSealed = onSealed };
        _written.Add(writer.Chain);
        return writer;
    }
}
