using AudienceSync.Delivery;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>One row a connection that was told to wait, in the table of leases.</summary>
internal sealed class ConnectionPaceTable(TableClient table) : IConnectionPaces
{
    private const string Partition = "pace";
    private const string NotBefore = "NotBefore";

    public async Task<DateTimeOffset?> NotBeforeAsync(string connectionId, CancellationToken cancellationToken) =>
        await table.GetEntityIfExistsAsync<TableEntity>(Partition, connectionId, cancellationToken: cancellationToken) is { HasValue: true, Value: var row }
            ? row!.GetDateTimeOffset(NotBefore)
            : null;

    public async Task WaitUntilAsync(string connectionId, DateTimeOffset notBefore, CancellationToken cancellationToken)
    {
        while (true)
        {
            var present = await table.GetEntityIfExistsAsync<TableEntity>(Partition, connectionId, cancellationToken: cancellationToken);
            if (present.HasValue && present.Value!.GetDateTimeOffset(NotBefore) >= notBefore)
            {
                return;
            }

            try
            {
                var row = new TableEntity(Partition, connectionId) { [NotBefore] = notBefore };
                await (present.HasValue
                    ? table.UpdateEntityAsync(row, present.Value!.ETag, TableUpdateMode.Replace, cancellationToken)
                    : table.AddEntityAsync(row, cancellationToken));
                return;
            }
            catch (RequestFailedException e) when (e.Status is 409 or 412)
            {
                // Another lane was told to wait too: the later word counts.
            }
        }
    }
}
