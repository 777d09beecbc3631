namespace AudienceSync.Pages;

/// <summary>A range of member keys, both ends included.</summary>
public readonly record struct KeyRange(ulong First, ulong Last)
{
    public static KeyRange All { get; } = new(0, ulong.MaxValue);

    /// <summary>Range of shard <paramref name="shard"/> when keys are cut by their top <paramref name="bits"/> bits (0–16).</summary>
    public static KeyRange OfShard(int shard, int bits) => bits == 0
        ? All
        : new((ulong)shard << (64 - bits), ((ulong)shard << (64 - bits)) | (ulong.MaxValue >> bits));

    public bool Contains(ulong key) => key >= First && key <= Last;

    public bool Overlaps(KeyRange other) => First <= other.Last && other.First <= Last;
}
