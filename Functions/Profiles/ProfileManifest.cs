using System.Collections.Immutable;

namespace AudienceSync.Profiles;

/// <summary>What the profiles are now: the one document that readers and folds agree on.</summary>
/// <param name="Version">Grows by one with each publication.</param>
/// <param name="Publication">Random, of each publication: a fold that lost sight of its own write knows it again.</param>
/// <param name="Folded">Inbox pages that the shards already hold although they may still be listed.</param>
public sealed record ProfileManifest(
    long Version, string Publication, int ShardBits, ImmutableArray<ProfileShard> Shards, ImmutableArray<string> Folded)
{
    /// <summary>Before the first fold: one shard without rows.</summary>
    public static ProfileManifest Empty { get; } = new(0, "", 0, [new(null, 0)], []);

    public ProfileSet ToSet() => new(Version, ShardBits, Shards);

    /// <summary>The shard that a member key falls into when keys are cut by their top <paramref name="bits"/> bits.</summary>
    public static int ShardOf(ulong key, int bits) => bits == 0 ? 0 : (int)(key >> (64 - bits));
}

/// <summary>Keeps the manifest: one document behind an ETag.</summary>
public interface IProfileManifestStore
{
    /// <returns><see cref="ProfileManifest.Empty"/> and a null ETag when none was written yet.</returns>
    Task<(ProfileManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken);

    /// <param name="etag">Of the document that is replaced; null to write the first.</param>
    /// <returns>False when the document is no longer that one.</returns>
    Task<bool> TryReplaceAsync(ProfileManifest manifest, string? etag, CancellationToken cancellationToken);
}
