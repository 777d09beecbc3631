using AudienceSync.Suppressions;

namespace AudienceSync.Fakes;

/// <summary>The manifest of the suppression list in memory.</summary>
internal sealed class MemorySuppressionStore(FaultPoints? points = null) : ISuppressionStore
{
    private readonly FaultPoints _points = points ?? new();
    private readonly MemoryDocument<SuppressionManifest> _document = new(SuppressionsJson.Default.SuppressionManifest);

    /// <summary>Runs before each replacement: the place for a rival.</summary>
    public Func<Task> BeforeReplaceAsync { get; set; } = () => Task.CompletedTask;

    /// <summary>Answers "conflict" to replacements that were done: what a repeated write whose answer was lost looks like.</summary>
    public bool LosesAnswers { get; set; }

    public Task<(SuppressionManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken) => _points.Read(() =>
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (manifest, etag) = _document.Read();
        return (manifest ?? SuppressionManifest.Empty, etag);
    });

    public async Task<bool> TryReplaceAsync(SuppressionManifest manifest, string? etag, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await BeforeReplaceAsync();
        return await _points.Write(() => _document.TryReplace(manifest, etag)) && !LosesAnswers;
    }
}
