using AudienceSync.Fakes;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace AudienceSync.Local;

/// <summary>Queries and tables, against a real table service.</summary>
public sealed class TablesQueryTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    private static readonly Guid Id = Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e");
    private static readonly DateTimeOffset Time = new DateTimeOffset(2026, 5, 6, 7, 8, 9, TimeSpan.Zero).AddTicks(1234567);

    public static TheoryData<string, string[]> Filters => new()
    {
        { TableClient.CreateQueryFilter($"S eq {"it's"}"), ["1"] },
        { TableClient.CreateQueryFilter($"S ne {"it's"}"), ["2"] },
        { TableClient.CreateQueryFilter($"I eq {5}"), ["1"] },
        { TableClient.CreateQueryFilter($"I gt {5} and I le {6}"), ["2"] },
        { TableClient.CreateQueryFilter($"L eq {5_000_000_000L}"), ["1"] },
        { TableClient.CreateQueryFilter($"L ge {5_000_000_001L}"), ["2"] },
        { TableClient.CreateQueryFilter($"D eq {1.5}"), ["1"] },
        { TableClient.CreateQueryFilter($"D lt {2.75}"), ["1"] },
        { TableClient.CreateQueryFilter($"B eq {true}"), ["1"] },
        { TableClient.CreateQueryFilter($"not (B eq {true})"), ["2"] },
        { TableClient.CreateQueryFilter($"G eq {Id}"), ["1"] },
        { TableClient.CreateQueryFilter($"T eq {Time}"), ["1"] },
        { TableClient.CreateQueryFilter($"T gt {Time.UtcDateTime}"), ["2"] },
        { TableClient.CreateQueryFilter($"X eq {new byte[] { 1, 0xAB }}"), ["1"] },
        { TableClient.CreateQueryFilter($"PartitionKey eq {"p"} and (RowKey eq {"1"} or RowKey eq {"2"})"), ["1", "2"] },
        { TableClient.CreateQueryFilter($"RowKey ge {"1"} and RowKey lt {"2"}"), ["1"] },
        { TableClient.CreateQueryFilter($"Timestamp ge {Time}"), ["1", "2"] },
        { TableClient.CreateQueryFilter($"S eq {"none"}"), [] },
    };

    [Theory]
    [MemberData(nameof(Filters))]
    public async Task Query_FilterOfEachLiteral_FindsTheRows(string filter, string[] expected)
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "1")
        {
            ["S"] = "it's",
            ["I"] = 5,
            ["L"] = 5_000_000_000L,
            ["D"] = 1.5,
            ["B"] = true,
            ["G"] = Id,
            ["T"] = Time,
            ["X"] = new byte[] { 1, 0xAB },
        });
        await table.AddEntityAsync(new TableEntity("p", "2")
        {
            ["S"] = "50% & more",
            ["I"] = 6,
            ["L"] = 5_000_000_001L,
            ["D"] = 2.75,
            ["B"] = false,
            ["G"] = Guid.Empty,
            ["T"] = Time.AddMilliseconds(1), // Azurite compares times to the millisecond
            ["X"] = new byte[] { 2 },
        });

        (await table.QueryAsync<TableEntity>(filter).Select(row => row.RowKey).ToListAsync()).ShouldBe(expected);
    }

    [Fact]
    public async Task Query_MoreThanAThousandRows_ReadsThemAllInOrder()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        string[] keys = [.. Enumerable.Range(0, 2_345).Select(i => $"{i:D5}")];
        foreach (var some in keys.Chunk(100))
        {
            await table.SubmitTransactionAsync(some.Select(key => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", key))));
        }

        var pages = await table.QueryAsync<TableEntity>().AsPages().ToListAsync();

        pages.SelectMany(page => page.Values).Select(row => row.RowKey).ShouldBe(keys);
        pages.Select(page => page.Values.Count).ShouldBe([1000, 1000, 345]);
        pages[^1].ContinuationToken.ShouldBeNull();
        var resumed = await table.QueryAsync<TableEntity>().AsPages(pages[1].ContinuationToken).SingleAsync();
        resumed.Values.Select(row => row.RowKey).ShouldBe(keys[2000..]);
        table.Query<TableEntity>().Select(row => row.RowKey).ShouldBe(keys);
    }

    [Fact]
    public async Task Query_PageSize_IsThatOfThePageAndNotOfTheWhole()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.SubmitTransactionAsync(
            Enumerable.Range(0, 7).Select(i => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("été p", $"é {i}"))));

        var pages = await table.QueryAsync<TableEntity>(maxPerPage: 3).AsPages().ToListAsync();
        var hinted = await table.QueryAsync<TableEntity>(maxPerPage: 3).AsPages(pageSizeHint: 5).ToListAsync();

        pages.Select(page => page.Values.Count).ShouldBe([3, 3, 1]);
        hinted.Select(page => page.Values.Count).ShouldBe([5, 2]);
    }

    [Fact]
    public async Task Query_Select_ReadsOnlyThose()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r") { ["A"] = 1, ["B"] = 2 });

        var row = await table.QueryAsync<TableEntity>(select: ["RowKey", "B"]).SingleAsync();

        row.Keys.ShouldBe(["odata.etag", "RowKey", "B"], ignoreOrder: true);
    }

    [Fact]
    public async Task Query_Cancelled_Throws()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(async () => await table.QueryAsync<TableEntity>(cancellationToken: cancelled.Token).ToListAsync());
        await Should.ThrowAsync<OperationCanceledException>(async () => await table.QueryAsync<TableEntity>().ToListAsync(cancelled.Token));
    }

    [Fact]
    public async Task CreateIfNotExists_Twice_ReturnsTheTableBothTimes()
    {
        var table = new TableClient(azurite.ConnectionString, $"t{Guid.NewGuid():N}");

        var first = await table.CreateIfNotExistsAsync();
        var second = await table.CreateIfNotExistsAsync();

        (first.GetRawResponse().Status, first.Value.Name).ShouldBe((204, table.Name));
        (second.GetRawResponse().Status, second.Value.Name).ShouldBe((409, table.Name));
    }

    [Fact]
    public async Task Create_Twice_Throws409()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);

        var failure = await Should.ThrowAsync<Azure.RequestFailedException>(() => table.CreateAsync());

        failure.Status.ShouldBe(409);
        (failure.ErrorCode == TableErrorCode.TableAlreadyExists).ShouldBeTrue();
    }

    [Fact]
    public async Task Delete_Table_RemovesItsRows()
    {
        var service = new TableServiceClient(azurite.ConnectionString);
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r"));

        (await service.DeleteTableAsync(table.Name)).Status.ShouldBe(204);
        (await service.DeleteTableAsync(table.Name)).Status.ShouldBe(404);
        await table.CreateAsync();

        (await table.QueryAsync<TableEntity>().AnyAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Service_ItsTables_AreListed()
    {
        var service = new TableServiceClient(await AzuriteFixture.NewAccountAsync());
        foreach (var name in (string[])["alpha", "beta", "gamma"]) await service.CreateTableIfNotExistsAsync(name);
        await service.CreateTableIfNotExistsAsync("beta");

        (await service.QueryAsync().Select(table => table.Name).ToListAsync()).ShouldBe(["alpha", "beta", "gamma"], ignoreOrder: true);
        (await service.QueryAsync((FormattableString)$"TableName eq {"beta"}").Select(table => table.Name).ToListAsync()).ShouldBe(["beta"]);
        (await service.QueryAsync(maxPerPage: 2).AsPages().Select(page => page.Values.Count).ToListAsync()).ShouldBe([2, 1]);
        service.Query().Count().ShouldBe(3);
    }

    [Fact]
    public async Task Service_WrongKey_Throws403WithACode()
    {
        var account = new TableServiceClient(azurite.ConnectionString);
        var stranger = new TableServiceClient(account.Uri, new TableSharedKeyCredential(account.AccountName, Convert.ToBase64String(new byte[32])));

        var failure = await Should.ThrowAsync<Azure.RequestFailedException>(() => stranger.CreateTableAsync("any"));

        failure.Status.ShouldBe(403);
        failure.ErrorCode.ShouldNotBeNullOrEmpty();
    }
}
