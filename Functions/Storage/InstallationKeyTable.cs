using AudienceSync.Access;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>The root secret of the installation, in the table of keys.</summary>
internal sealed class InstallationKeyTable(TableClient table) : IInstallationKeyStore
{
    private const string Partition = "installation";
    private const string Row = "root";
    private const string Secret = "Secret";

    public async Task<byte[]> GetOrAddAsync(byte[] candidate, CancellationToken cancellationToken)
    {
        var present = await table.GetEntityIfExistsAsync<TableEntity>(Partition, Row, cancellationToken: cancellationToken);
        if (present.HasValue)
        {
            return present.Value!.GetBinary(Secret);
        }

        try
        {
            await table.AddEntityAsync(new TableEntity(Partition, Row) { [Secret] = candidate }, cancellationToken);
            return candidate;
        }
        catch (RequestFailedException e) when (e.Status is 409)
        {
            return (await table.GetEntityAsync<TableEntity>(Partition, Row, cancellationToken: cancellationToken)).Value.GetBinary(Secret);
        }
    }
}
