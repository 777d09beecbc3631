using AudienceSync.Fakes;
using Azure;
using Azure.Data.Tables;

namespace AudienceSync.Local;

/// <summary>Transactions, against a real table service.</summary>
public sealed class TablesTransactionTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    [Fact]
    public async Task SubmitTransaction_EveryAction_IsDoneAndAnsweredInOrder()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        foreach (var key in (string[])["merge", "replace", "delete", "upsertMerge", "upsertReplace", "conditional"])
        {
            await table.AddEntityAsync(new TableEntity("p", key) { ["Old"] = 1 });
        }

        var conditional = (await table.GetEntityAsync<TableEntity>("p", "conditional")).Value;

        var answer = await table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Add, New("add")),
            new(TableTransactionActionType.UpdateMerge, New("merge"), ETag.All),
            new(TableTransactionActionType.UpdateReplace, New("replace"), ETag.All),
            new(TableTransactionActionType.Delete, New("delete")),
            new(TableTransactionActionType.UpsertMerge, New("upsertMerge")),
            new(TableTransactionActionType.UpsertReplace, New("upsertReplace")),
            new(TableTransactionActionType.UpdateReplace, New("conditional"), conditional.ETag),
        ]);

        answer.GetRawResponse().Status.ShouldBe(202);
        answer.Value.Select(response => response.Status).ShouldAllBe(status => status == 204);
        answer.Value.Count.ShouldBe(7);
        var rows = await table.QueryAsync<TableEntity>().ToDictionaryAsync(row => row.RowKey);
        rows.ToDictionary(row => row.Key, row => (row.Value.GetInt32("Old"), row.Value.GetInt32("New"))).ShouldBe(new Dictionary<string, (int?, int?)>
        {
            ["add"] = (null, 2),
            ["merge"] = (1, 2),
            ["replace"] = (null, 2),
            ["upsertMerge"] = (1, 2),
            ["upsertReplace"] = (null, 2),
            ["conditional"] = (null, 2),
        }, ignoreOrder: true);
        answer.Value[0].Headers.ETag.ShouldBe(rows["add"].ETag);
        answer.Value[6].Headers.ETag.ShouldBe(rows["conditional"].ETag);
        answer.Value[3].Headers.ETag.ShouldBeNull();
    }

    [Theory]
    [InlineData(TableTransactionActionType.Add, "there", 409, "EntityAlreadyExists")]
    [InlineData(TableTransactionActionType.UpdateMerge, "there", 412, "UpdateConditionNotSatisfied")]
    [InlineData(TableTransactionActionType.Delete, "missing", 404, "ResourceNotFound")]
    public async Task SubmitTransaction_AnActionFails_SaysWhichAndStoresNothing(TableTransactionActionType action, string key, int status, string code)
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var former = (await table.AddEntityAsync(new TableEntity("p", "there"))).Headers.ETag!.Value;
        await table.UpdateEntityAsync(new TableEntity("p", "there"), former);

        var failure = await Should.ThrowAsync<TableTransactionFailedException>(() => table.SubmitTransactionAsync(
        [
            new(TableTransactionActionType.Add, New("new1")),
            new(TableTransactionActionType.UpsertReplace, New("new2")),
            new(action, New(key), action is TableTransactionActionType.UpdateMerge ? former : default),
            new(TableTransactionActionType.Add, New("new3")),
        ]));

        (failure.Status, failure.ErrorCode, failure.FailedTransactionActionIndex).ShouldBe((status, code, 2));
        (await table.QueryAsync<TableEntity>().Select(row => row.RowKey).ToListAsync()).ShouldBe(["there"]);
    }

    [Fact]
    public async Task SubmitTransaction_ARowTwice_Fails()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);

        var failure = await Should.ThrowAsync<TableTransactionFailedException>(() => table.SubmitTransactionAsync(
            [new(TableTransactionActionType.UpsertMerge, New("same")), new(TableTransactionActionType.UpsertMerge, New("same"))]));

        (failure.Status, failure.ErrorCode).ShouldBe((400, "InvalidDuplicateRow"));
    }

    [Fact]
    public async Task SubmitTransaction_HundredRows_IsDone()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var bytes = new byte[20_000];
        new Random(2).NextBytes(bytes);

        var answer = await table.SubmitTransactionAsync(
            Enumerable.Range(0, 100).Select(i => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", $"{i:D3}") { ["Raw"] = bytes })));

        answer.Value.Count.ShouldBe(100);
        var rows = await table.QueryAsync<TableEntity>().ToListAsync();
        rows.Count.ShouldBe(100);
        foreach (var row in rows) row.GetBinary("Raw").ShouldBe(bytes);
    }

    [Fact]
    public async Task SubmitTransaction_AgainstTheLimits_Refuses()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var tooMany = Enumerable.Range(0, 101).Select(i => new TableTransactionAction(TableTransactionActionType.Add, New($"{i}")));
        TableTransactionAction[] twoPartitions = [new(TableTransactionActionType.Add, New("a")), new(TableTransactionActionType.Add, new TableEntity("q", "b"))];
        var tooLarge = Enumerable.Range(0, 60)
            .Select(i => new TableTransactionAction(TableTransactionActionType.Add, new TableEntity("p", $"{i}") { ["Raw"] = new byte[60_000] }));

        (await Should.ThrowAsync<ArgumentException>(() => table.SubmitTransactionAsync(tooMany))).Message.ShouldContain("101");
        (await Should.ThrowAsync<ArgumentException>(() => table.SubmitTransactionAsync(twoPartitions))).Message.ShouldContain("partition");
        (await Should.ThrowAsync<ArgumentException>(() => table.SubmitTransactionAsync(tooLarge))).Message.ShouldContain("4194304");
        await Should.ThrowAsync<InvalidOperationException>(() => table.SubmitTransactionAsync([]));
        (await table.QueryAsync<TableEntity>().AnyAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task SubmitTransaction_NoTable_Fails()
    {
        var table = new TableClient(azurite.ConnectionString, "missing");

        var failure = await Should.ThrowAsync<RequestFailedException>(
            () => table.SubmitTransactionAsync([new(TableTransactionActionType.Add, New("a"))]));

        (failure.Status, failure.ErrorCode).ShouldBe((404, "TableNotFound"));
    }

    private static TableEntity New(string rowKey) => new("p", rowKey) { ["New"] = 2 };
}
