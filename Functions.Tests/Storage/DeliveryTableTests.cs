using AudienceSync.Delivery;
using AudienceSync.Fakes;
using AudienceSync.Runs;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class DeliveryRecordTableTests : DeliveryRecordsContract
{
    private protected override async Task<IDeliveryRecords> OpenAsync() => new DeliveryRecordTable(await DeliveryTables.OpenAsync());

    [Fact]
    public async Task Write_NoTable_SaysSo() =>
        (await new DeliveryRecordTable(new(await AzuriteFixture.NewAccountAsync(), "missing")).TryWriteAsync(
            new()
            {
                Id = "evt_1",
                At = DateTimeOffset.UnixEpoch,
                DestinationId = "dst_1",
                RunId = "run_1",
                ConnectionId = "con_1",
                Connector = "webhook",
                Call = DeliveryCall.Batch,
                Attempt = 1,
                Outcome = DeliveryVerdict.Delivered,
            },
            default)).ShouldBeFalse();
}

public sealed class RunSummaryTableTests : RunSummariesContract
{
    private protected override async Task<IRunSummaries> OpenAsync() => new RunSummaryTable(await DeliveryTables.OpenAsync());
}

internal static class DeliveryTables
{
    public static async Task<TableClient> OpenAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Deliveries);
        await table.CreateIfNotExistsAsync();
        return table;
    }
}
