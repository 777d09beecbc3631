namespace AudienceSync.Profiles;

/// <summary>How much a fold takes at a time. The defaults keep a round under some 100 MB of packed pages, most often half of that.</summary>
public sealed record FoldLimits
{
    /// <summary>Most inbox pages of one round.</summary>
    public int PagesPerRound { get; init; } = 512;

    /// <summary>A round takes no further page once it has this many rows.</summary>
    public int RowsPerRound { get; init; } = 256_000;

    /// <summary>Pages in the inbox from which on it is folded although no run asks for it.</summary>
    public int PagesUnasked { get; init; } = 64;

    /// <summary>Shards are cut in two when they hold more rows than this on average.</summary>
    public int RowsPerShard { get; init; } = 200_000;

    /// <summary>Shards written at the same time. Default: as many as there are processors.</summary>
    public int ShardsAtATime { get; init; } = Environment.ProcessorCount;

    /// <summary>Most bits of cutting: 4,096 shards.</summary>
    public int MaxShardBits { get; init; } = 12;

    /// <summary>How often a fold begins its round anew because another published first.</summary>
    public int MaxConflicts { get; init; } = 20;
}
