using AudienceSync.Delivery;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

/// <summary>One row a connection that was told to wait or keeps a pace, in the table of leases.</summary>
internal sealed class ConnectionPaceTable(TableClient table) : IConnectionPaces
{
    private const string Partition = "pace";
    private const string NotBefore = "NotBefore";
    private const string SlowUntil = "SlowUntil";
    private const string WindowStart = "WindowStart";
    private const string Taken = "Taken";
    private const string Day = "Day";
    private const string TakenToday = "TakenToday";

    public async Task<ConnectionPace> ReadAsync(string connectionId, CancellationToken cancellationToken) =>
        await table.GetEntityIfExistsAsync<TableEntity>(Partition, connectionId, cancellationToken: cancellationToken) is { HasValue: true, Value: { } row }
            ? new(connectionId)
            {
                NotBefore = row.GetDateTimeOffset(NotBefore),
                SlowUntil = row.GetDateTimeOffset(SlowUntil) ?? default,
                WindowStart = row.GetDateTimeOffset(WindowStart) ?? default,
                Taken = row.GetInt32(Taken) ?? 0,
                Day = row.GetInt32(Day) ?? 0,
                TakenToday = row.GetInt32(TakenToday) ?? 0,
                ETag = row.ETag.ToString(),
            }
            : new(connectionId);

    public async Task<bool> TryWriteAsync(ConnectionPace pace, CancellationToken cancellationToken)
    {
        // Times before 1601 are none to the service: what is not set is left out.
        var row = new TableEntity(Partition, pace.ConnectionId) { [Taken] = pace.Taken, [Day] = pace.Day, [TakenToday] = pace.TakenToday };
        foreach (var (name, time) in new[] { (NotBefore, pace.NotBefore), (SlowUntil, pace.SlowUntil), (WindowStart, pace.WindowStart) })
        {
            if (time > DateTimeOffset.UnixEpoch)
            {
                row[name] = time;
            }
        }

        try
        {
            await (pace.ETag is ""
                ? table.AddEntityAsync(row, cancellationToken)
                : table.UpdateEntityAsync(row, new ETag(pace.ETag), TableUpdateMode.Replace, cancellationToken));
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 404 or 409 or 412)
        {
            return false;
        }
    }
}
