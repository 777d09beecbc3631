using AudienceSync.Access;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>API keys, in the table of keys.</summary>
internal sealed class ApiKeyTable(TableClient table) : DocumentTable<ApiKey>(table, StorageJson.Default.ApiKey), IApiKeyStore
{
    private const string Partition = "api";
    private const string Prefix = "key";

    protected override ApiKey WithETag(ApiKey value, string etag) => value with { ETag = etag };

    public async Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) =>
        await ListAsync(Partition, Prefix, after: null, cancellationToken).Select(found => found.Value).ToListAsync(cancellationToken);

    public Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) => ReadAsync(Partition, TableKeys.Escape(id), cancellationToken);

    public async Task AddAsync(ApiKey key, CancellationToken cancellationToken)
    {
        if (await InsertAsync(Partition, TableKeys.Escape(key.Id), key, cancellationToken) is null)
        {
            throw new InvalidOperationException($"There is an API key {key.Id} already.");
        }
    }

    public async Task<bool> TryReplaceAsync(ApiKey key, CancellationToken cancellationToken) =>
        await ReplaceAsync(Partition, TableKeys.Escape(key.Id), key, key.ETag, cancellationToken) is not null;

    public async Task NoteUseAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        while (await FindAsync(id, cancellationToken) is { } key && !await TryReplaceAsync(key with { LastUsedAt = at }, cancellationToken))
        {
        }
    }

    public async Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) =>
        await FindAsync(id, cancellationToken) is not null && await RemoveAsync(Partition, TableKeys.Escape(id), "*", cancellationToken);
}
