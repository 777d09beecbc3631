using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>One row for each credential that access tokens are fetched with, in the table of leases; the tokens are sealed.</summary>
internal sealed class TokenTable(TableClient table, ISecretSealer sealer) : ITokenStore
{
    private const string Partition = "token";
    private const string Sealed = "Sealed";

    public async Task<StoredToken?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        var found = await table.GetEntityIfExistsAsync<TableEntity>(Partition, key, cancellationToken: cancellationToken);
        if (!found.HasValue)
        {
            return null;
        }

        var etag = found.Value!.ETag.ToString();
        try
        {
            var json = sealer.Open(found.Value.GetString(Sealed), key, Partition);
            return JsonSerializer.Deserialize(json, StorageJson.Default.StoredToken)! with { ETag = etag };
        }
        catch (System.Security.Cryptography.CryptographicException)
        {
            // Sealed with a key that is gone: as good as none. The connection's own credentials say what to do next.
            return new(key) { ETag = etag };
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken) =>
        table.DeleteEntityAsync(Partition, key, ETag.All, cancellationToken);

    public async Task<StoredToken?> TryWriteAsync(StoredToken token, CancellationToken cancellationToken)
    {
        var row = new TableEntity(Partition, token.Key)
        {
            [Sealed] = sealer.Seal(JsonSerializer.Serialize(token, StorageJson.Default.StoredToken), token.Key, Partition),
        };
        try
        {
            var answer = token.ETag is ""
                ? await table.AddEntityAsync(row, cancellationToken)
                : await table.UpdateEntityAsync(row, new ETag(token.ETag), TableUpdateMode.Replace, cancellationToken);
            return token with { ETag = answer.Headers.ETag!.Value.ToString() };
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            return null;
        }
    }
}
