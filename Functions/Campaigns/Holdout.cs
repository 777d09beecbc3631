using System.Text.Json.Serialization;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>The share of all profiles that no campaign sends to: a pure function of salt and profile id, as the groups are.</summary>
/// <param name="Share">In hundredths of a percent, so in buckets.</param>
/// <param name="Revision">Raised by each change; 0 until there was one.</param>
public sealed record Holdout(int Share, string Salt, int Revision)
{
    public static Holdout None { get; } = new(0, "holdout", 0);

    [JsonIgnore]
    public string ETag => ETags.Quote($"{Revision}");

    /// <summary>Given by the store, empty for one not stored yet; not part of the document.</summary>
    [JsonIgnore]
    public string Version { get; init; } = "";

    /// <summary>Those held out; null where nobody is.</summary>
    [JsonIgnore]
    public RuleNode? Rule => Share == 0 ? null : new RuleNode.Bucket(Salt, 0, Share);
}

/// <summary>Keeps the holdout.</summary>
public interface IHoldoutStore
{
    /// <summary><see cref="Holdout.None"/> until one was written.</summary>
    Task<Holdout> ReadAsync(CancellationToken cancellationToken);

    /// <summary>Writes over the version that <see cref="Holdout.Version"/> names (empty: there is none yet); null when that is not the current one.</summary>
    Task<Holdout?> TryWriteAsync(Holdout holdout, CancellationToken cancellationToken);
}
