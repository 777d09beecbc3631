using AudienceSync.Erasures;
using AudienceSync.Fakes;
using AudienceSync.Http;
using AudienceSync.Pages;
using AudienceSync.Suppressions;
using AudienceSync.Values;
using Azure.Data.Tables;

namespace AudienceSync.Storage;

public sealed class ErasureTableTests : ErasureStoreContract
{
    private protected override async Task<IErasureStore> OpenAsync() => new ErasureTable(await TestTables.OpenAsync(TableNames.Erasures));
}

public sealed class SuppressionTableTests : SuppressionStoreContract
{
    private protected override async Task<ISuppressionStore> OpenAsync()
    {
        var tables = new TableServiceClient(await AzuriteFixture.NewAccountAsync());
        await tables.CreateTableIfNotExistsAsync(TableNames.Manifests);
        return new SuppressionTable(tables);
    }
}

public sealed class IdempotencyTableTests : IdempotencyStoreContract
{
    private protected override async Task<IIdempotencyStore> OpenAsync() => new IdempotencyTable(await TestTables.OpenAsync(TableNames.Idempotency));
}

/// <summary>Edits of pages in the table that the page store writes.</summary>
public sealed class TablePageEditorTests
{
    [Fact]
    public async Task Replace_StoredPage_IsReadAsTheNewOne_AndWhatIsGoneStaysGone()
    {
        var table = await TestTables.OpenAsync(TableNames.Pages);
        var (store, editor) = (new TablePageStore(table), new TablePageEditor(table));
        await store.WriteAsync("pg_1", [Page(0, "a"), Page(1, "b")], default);

        (await editor.TryReplaceAsync("pg_1", Page(1, "c"), default)).ShouldBeTrue();
        (await editor.TryReplaceAsync("pg_1", Page(2, "c"), default)).ShouldBeFalse();
        (await editor.TryReplaceAsync("pg_2", Page(0, "c"), default)).ShouldBeFalse();

        (await store.ReadAsync("pg_1", KeyRange.All, PageParts.Whole, default).Select(page => page.ReadRow(0)["id"].AsText()).ToListAsync()).ShouldBe(["a", "c"]);
        (await editor.ExistsAsync("pg_1", default)).ShouldBeTrue();
        (await editor.ExistsAsync("pg_2", default)).ShouldBeFalse();
    }

    [Fact]
    public async Task List_AfterAChainAndBeforeAMoment_GivesThoseBetween()
    {
        var table = await TestTables.OpenAsync(TableNames.Pages);
        var (store, editor) = (new TablePageStore(table), new TablePageEditor(table));
        var time = new ManualTimeProvider(new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
        List<string> chains = [];
        for (var number = 0; number < 5; number++)
        {
            chains.Add(Ids.NewId.Create("pg", time));
            await store.WriteAsync(chains[^1], [Page(0, "a"), Page(1, "b")], default);
            time.Advance(TimeSpan.FromMinutes(1));
        }

        (await editor.ListAsync(null, time.GetUtcNow(), default).ToListAsync()).ShouldBe(chains);
        (await editor.ListAsync(chains[1], time.GetUtcNow() - TimeSpan.FromMinutes(1), default).ToListAsync()).ShouldBe(chains[2..4]);
    }

    private static PackedPage Page(int number, string id)
    {
        var builder = new PageBuilder();
        builder.TryAppend((ulong)number, 1, new() { ["id"] = Cell.Of(id) }).ShouldBeTrue();
        return builder.Seal(number).ShouldHaveSingleItem();
    }
}

file static class TestTables
{
    /// <summary>A new table in an account that nothing else uses.</summary>
    public static async Task<TableClient> OpenAsync(string name)
    {
        var table = new TableClient(await AzuriteFixture.NewAccountAsync(), name);
        await table.CreateIfNotExistsAsync();
        return table;
    }
}
