using System.Collections.Immutable;

namespace AudienceSync.Suppressions;

/// <summary>What the list is now: chains of entries, of which a later one outweighs those before it.</summary>
/// <remarks>Chains are written once, so whoever holds a manifest can read the list as it was: a run freezes one at its beginning.</remarks>
/// <param name="Version">Grows by one with each change of the list.</param>
/// <param name="Levels">The oldest and largest first.</param>
public sealed record SuppressionManifest(long Version, ImmutableArray<SuppressionLevel> Levels)
{
    public static SuppressionManifest Empty { get; } = new(0, []);

    /// <summary>Types that have entries, or had some until they were taken off.</summary>
    internal IEnumerable<string> Types => Levels.SelectMany(level => level.Types).Distinct(StringComparer.Ordinal);
}

/// <param name="Chain">Pages in order of (key, id).</param>
/// <param name="Removals">Rows that take an entry off which an earlier level holds.</param>
public sealed record SuppressionLevel(string Chain, long Rows, long Removals, ImmutableArray<string> Types);

/// <summary>Keeps the manifest: one document behind an ETag.</summary>
public interface ISuppressionStore
{
    /// <returns><see cref="SuppressionManifest.Empty"/> and a null ETag when none was written yet.</returns>
    Task<(SuppressionManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken);

    /// <param name="etag">Of the document that is replaced; null to write the first.</param>
    /// <returns>False when the document is no longer that one.</returns>
    Task<bool> TryReplaceAsync(SuppressionManifest manifest, string? etag, CancellationToken cancellationToken);
}
