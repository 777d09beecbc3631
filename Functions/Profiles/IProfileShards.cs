using System.Collections.Immutable;

namespace AudienceSync.Profiles;

/// <summary>The profiles as others read them: frozen sets of shards.</summary>
public interface IProfileShards
{
    /// <summary>Folds the inbox into the shards and returns the current set. Everything that was in the inbox when the call began is in it.</summary>
    Task<ProfileSet> FoldAsync(CancellationToken cancellationToken);
}

/// <summary>One published state of all profiles. Its chains stay readable until retention drops them.</summary>
/// <param name="Version">Grows with each publication.</param>
/// <param name="ShardBits">Shards are cut by the top bits of the member key: there are 2^bits of them, in order of key.</param>
public sealed record ProfileSet(long Version, int ShardBits, ImmutableArray<ProfileShard> Shards);

/// <param name="Chain">Page chain sorted by (member key, id); null when the shard has no rows.</param>
/// <param name="Statistics">Chain of the shard's <see cref="Attributes.ShardStatistics"/>; null when it has no rows, or was written before they were kept.</param>
public sealed record ProfileShard(string? Chain, long Rows, string? Statistics = null);
