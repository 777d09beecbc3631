using System.Collections.Concurrent;
using AudienceSync.Profiles;
using AudienceSync.Profiles.Imports;

namespace AudienceSync.Fakes;

public sealed class MemoryProfileManifestStore : IProfileManifestStore
{
    private readonly MemoryDocument<ProfileManifest> _document = new(ProfilesJson.Default.ProfileManifest);

    /// <summary>Runs before each replacement: the place for a rival.</summary>
    public Func<Task> BeforeReplaceAsync { get; set; } = () => Task.CompletedTask;

    /// <summary>Answers "conflict" to replacements that were done: what a repeated write whose answer was lost looks like.</summary>
    public bool LosesAnswers { get; set; }

    public Task<(ProfileManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (manifest, etag) = _document.Read();
        return Task.FromResult((manifest ?? ProfileManifest.Empty, etag));
    }

    public async Task<bool> TryReplaceAsync(ProfileManifest manifest, string? etag, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        await BeforeReplaceAsync();
        return _document.TryReplace(manifest, etag) && !LosesAnswers;
    }
}

public sealed class MemoryAttributeCatalogStore : IAttributeCatalogStore
{
    private readonly MemoryDocument<AttributeDocument> _document = new(ProfilesJson.Default.AttributeDocument);

    public int Reads { get; private set; }

    public Task<(AttributeDocument Document, string? ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        Reads++;
        var (document, etag) = _document.Read();
        return Task.FromResult((document ?? AttributeDocument.Empty, etag));
    }

    public Task<bool> TryReplaceAsync(AttributeDocument document, string? etag, CancellationToken cancellationToken) =>
        Task.FromResult(_document.TryReplace(document, etag));
}

public sealed class MemoryImportStore : IImportStore
{
    private readonly ConcurrentDictionary<string, Import> _imports = new(StringComparer.Ordinal);

    public Task SaveAsync(Import import, CancellationToken cancellationToken)
    {
        _imports[import.Id] = import;
        return Task.CompletedTask;
    }

    public Task<Import?> ReadAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_imports.GetValueOrDefault(id));

    public IAsyncEnumerable<Import> ListAsync(CancellationToken cancellationToken) => _imports.Values.ToAsyncEnumerable();
}
