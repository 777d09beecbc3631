using AudienceSync.Fakes;
using AudienceSync.Segments;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class SegmentTableTests : SegmentStoreContract
{
    private protected override async Task<ISegmentStore> OpenAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Segments);
        await table.CreateIfNotExistsAsync();
        return new SegmentTable(table);
    }
}

public sealed class SegmentSizeTableTests : SegmentSizesContract
{
    private protected override async Task<ISegmentSizes> OpenAsync()
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), TableNames.Segments);
        await table.CreateIfNotExistsAsync();
        return new SegmentSizeTable(table);
    }
}
