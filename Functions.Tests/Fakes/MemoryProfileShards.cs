using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>Profiles in memory, cut into as many shards as a test asks for.</summary>
internal sealed class MemoryProfileShards(IPageStore pages, MemberHasher hasher, TimeProvider time, FaultPoints points) : IProfileShards
{
    public SortedDictionary<string, Row> Profiles { get; } = new(StringComparer.Ordinal);

    public int ShardBits { get; set; }

    /// <summary>The member key of an id; a few bits of it alone make members share keys.</summary>
    public ulong KeyMask { get; set; } = ulong.MaxValue;

    public async Task<ProfileSet> FoldAsync(CancellationToken cancellationToken)
    {
        points.Pass();
        var rows = Profiles.Select(profile => (Key: hasher.Key(profile.Key) & KeyMask, profile.Key, profile.Value))
            .OrderBy(row => row.Key).ThenBy(row => row.Item2, StringComparer.Ordinal).ToList();
        List<ProfileShard> shards = [];
        for (var shard = 0; shard < 1 << ShardBits; shard++)
        {
            var writer = new ChainWriter(pages, NewId.Create("pg", time), maxRows: 7);
            foreach (var (key, _, row) in rows.Where(row => KeyRange.OfShard(shard, ShardBits).Contains(row.Key)))
            {
                await writer.AppendAsync(key, hasher.Row(row), row, cancellationToken);
            }

            shards.Add(new(await writer.CompleteAsync(cancellationToken), writer.RowCount));
        }

        return new(1, ShardBits, [.. shards]);
    }
}
