using AudienceSync.Fakes;
using AudienceSync.Pages;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class TablePageStoreTests(AzuriteFixture azurite) : PageStoreContract, IClassFixture<AzuriteFixture>, IAsyncLifetime
{
    private readonly TableClient _table = new(azurite.ConnectionString, "pages");

    protected override IPageStore Store => new TablePageStore(_table);

    public async Task InitializeAsync() => await _table.CreateIfNotExistsAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task DeleteAsync_TwoAtOnce_BothSucceed()
    {
        await Store.WriteAsync("pg_two", [.. Enumerable.Range(0, 150).Select(SmallPage)], CancellationToken.None);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Store.DeleteAsync("pg_two", CancellationToken.None)));

        await Should.ThrowAsync<DamagedPageException>(() => Store.ReadPageAsync("pg_two", 0, CancellationToken.None));
    }

    [Fact]
    public async Task ReadAsync_BodyLost_IsDamaged()
    {
        await Store.WriteAsync("pg_body", [SmallPage(0)], CancellationToken.None);
        var row = (await _table.GetEntityAsync<TableEntity>("pg_body", "00000000")).Value;
        row.Remove("B00");
        await _table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace);

        var error = await Should.ThrowAsync<DamagedPageException>(() => Store.ReadPageAsync("pg_body", 0, CancellationToken.None));

        error.Message.ShouldContain("pg_body/0");
    }

    [Fact]
    public async Task ReadAsync_HeaderOfManyColumns_IsReadBackFromItsPieces()
    {
        var row = new Values.Row();
        for (var i = 0; i < 1_000; i++)
        {
            row[$"{new string('n', 150)}{i}"] = Values.Cell.Of(i);
        }

        var builder = new PageBuilder();
        builder.TryAppend(1, 1, row).ShouldBeTrue();
        await Store.WriteAsync("pg_wide", [builder.Seal(0).Single()], CancellationToken.None);

        var page = await Store.ReadAsync("pg_wide", KeyRange.All, PageParts.KeysAndHashes, CancellationToken.None).SingleAsync();

        page.Columns.Length.ShouldBe(1_000);
        (await Store.ReadPageAsync("pg_wide", 0, CancellationToken.None)).ReadRow(0).Count.ShouldBe(1_000);
    }

    [Fact]
    public async Task ReadAsync_PageOfManyShortRows_GivesAllKeysWithoutTheBody()
    {
        var builder = new PageBuilder(int.MaxValue);
        var count = 0UL;
        while (builder.TryAppend(count, count, []))
        {
            count++;
        }

        await Store.WriteAsync("pg_long", [builder.Seal(0).Single()], CancellationToken.None);

        var page = await Store.ReadAsync("pg_long", KeyRange.All, PageParts.KeysAndHashes, CancellationToken.None).SingleAsync();

        count.ShouldBeGreaterThan(45_000UL);
        page.Keys.ToArray().ShouldBe(Enumerable.Range(0, (int)count).Select(key => (ulong)key));
        page.RowHashes[^1].ShouldBe(count - 1);
    }

    protected override async Task RemoveAsync(string chain, int number) => await _table.DeleteEntityAsync(chain, PageEntity.RowKeyOf(number));

    protected override async Task DamageAsync(string chain, int number)
    {
        var row = (await _table.GetEntityAsync<TableEntity>(chain, PageEntity.RowKeyOf(number))).Value;
        row.GetBinary("K00")[0] ^= 1;
        await _table.UpdateEntityAsync(row, ETag.All, TableUpdateMode.Replace);
    }

    private static PackedPage SmallPage(int number)
    {
        var builder = new PageBuilder();
        builder.TryAppend((ulong)number, 0, new() { ["id"] = Values.Cell.Of($"{number}") }).ShouldBeTrue();
        return builder.Seal(number).Single();
    }
}
