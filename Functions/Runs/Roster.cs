using System.Collections.Immutable;
using System.Text.Json.Serialization;

namespace AudienceSync.Runs;

/// <summary>Who was in a destination's source when its last run looked: what tells who entered and who left since, whatever became of their delivery.</summary>
/// <param name="Source">What they were members of: of another source nobody entered or left.</param>
/// <param name="Chains">Pages of each shard (see <see cref="RosterPages"/>); null where nobody was.</param>
/// <param name="Fence">Of the run that wrote it: an older one does not.</param>
public sealed record RosterManifest(string DestinationId, string Source, int ShardBits, ImmutableArray<string?> Chains, long Fence)
{
    [JsonIgnore]
    public string ETag { get; init; } = "";
}

/// <summary>Keeps the roster of each destination.</summary>
public interface IRosterStore
{
    /// <summary>Null when no run has looked yet.</summary>
    Task<RosterManifest?> ReadAsync(string destinationId, CancellationToken cancellationToken);

    /// <summary>Publishes a new manifest if the ETag still holds (no ETag: if there is none yet); null when somebody else was faster.</summary>
    Task<RosterManifest?> PublishAsync(RosterManifest manifest, CancellationToken cancellationToken);

    /// <summary>Repeatable.</summary>
    Task DeleteAsync(string destinationId, CancellationToken cancellationToken);

    IAsyncEnumerable<RosterManifest> ListAsync(CancellationToken cancellationToken);
}

/// <summary>What one shard of a snapshot adds to the roster.</summary>
/// <param name="Chain">Null when nobody is in it.</param>
public sealed record RosterShard(string? Chain, long Entered, long Left);
