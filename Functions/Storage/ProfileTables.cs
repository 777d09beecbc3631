using AudienceSync.Profiles;
using AudienceSync.Profiles.Imports;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The manifest of the profile shards.</summary>
internal sealed class ProfileManifestTable(TableServiceClient tables) : IProfileManifestStore
{
    private readonly FencedDocument<ProfileManifest> _document =
        new(tables.GetTableClient(TableNames.Manifests), "profiles", "manifest", ProfilesJson.Default.ProfileManifest);

    public async Task<(ProfileManifest Manifest, string? ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        var (manifest, etag) = await _document.ReadAsync(cancellationToken);
        return (manifest ?? ProfileManifest.Empty, etag);
    }

    public Task<bool> TryReplaceAsync(ProfileManifest manifest, string? etag, CancellationToken cancellationToken) =>
        _document.TryReplaceAsync(manifest, etag, cancellationToken);
}

/// <summary>The catalogue of profile attributes.</summary>
internal sealed class AttributeCatalogTable(TableServiceClient tables) : IAttributeCatalogStore
{
    private readonly FencedDocument<AttributeDocument> _document =
        new(tables.GetTableClient(TableNames.Manifests), "profiles", "attributes", ProfilesJson.Default.AttributeDocument);

    public async Task<(AttributeDocument Document, string? ETag)> ReadAsync(CancellationToken cancellationToken)
    {
        var (document, etag) = await _document.ReadAsync(cancellationToken);
        return (document ?? AttributeDocument.Empty, etag);
    }

    public Task<bool> TryReplaceAsync(AttributeDocument document, string? etag, CancellationToken cancellationToken) =>
        _document.TryReplaceAsync(document, etag, cancellationToken);
}

/// <summary>What became of imports, a row each.</summary>
internal sealed class ImportTable(TableServiceClient tables) : IImportStore
{
    private const string Partition = "imports";

    private readonly TableClient _table = tables.GetTableClient(TableNames.Imports);

    public async Task SaveAsync(Import import, CancellationToken cancellationToken) => await _table.UpsertEntityAsync(
        DocumentEntity.Write(Partition, TableKeys.Escape(import.Id), import, ProfilesJson.Default.Import), TableUpdateMode.Replace, cancellationToken);

    public async Task<Import?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        // A key takes at most 1 KiB; no id of ours is longer than this.
        if (id.Length > 64)
        {
            return null;
        }

        var answer = await _table.GetEntityIfExistsAsync<TableEntity>(Partition, TableKeys.Escape(id), cancellationToken: cancellationToken);
        return answer.HasValue ? DocumentEntity.Read(answer.Value!, ProfilesJson.Default.Import) : null;
    }

    public IAsyncEnumerable<Import> ListAsync(CancellationToken cancellationToken) =>
        _table.QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Partition}"), cancellationToken: cancellationToken)
            .Select(entity => DocumentEntity.Read(entity, ProfilesJson.Default.Import));
}
