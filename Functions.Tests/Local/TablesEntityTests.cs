using System.Globalization;
using System.Runtime.Serialization;
using AudienceSync.Fakes;
using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;

namespace AudienceSync.Local;

/// <summary>Rows, against a real table service.</summary>
public sealed class TablesEntityTests(AzuriteFixture azurite) : IClassFixture<AzuriteFixture>
{
    public static TheoryData<object> Values => new(
        "text", "", "with 'quotes' \"double\" \\ \n\r\t \u0001 é 漢字 🙂 </script> & + %",
        true, false,
        0, int.MinValue, int.MaxValue,
        0L, long.MinValue, long.MaxValue, 9007199254740993L,
        0.0, 1.0, -1.5, 1e300, double.Epsilon, double.MaxValue, 0.1, 123456789012.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity,
        Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"),
        new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.Zero).AddTicks(1234567),
        new DateTimeOffset(1601, 1, 1, 0, 0, 0, TimeSpan.Zero),
        new DateTimeOffset(2026, 2, 28, 23, 59, 59, TimeSpan.FromHours(-7)),
        Array.Empty<byte>(), new byte[] { 0, 255, 62, 63, 251, 239 });

    public static TheoryData<string, string> Keys => new()
    {
        { "o'brien", "''" },
        { "a b", " " },
        { "100%", "%41" },
        { "1+1", "+" },
        { "été 漢字", "🙂" },
        { "a&b=c;d,e", "(x)" },
        { "", "" },
        { "..", "." },
        { new('k', 255), new('r', 255) },
        { "\"<>|`^{}[]~!@$*:", "-_" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public async Task AddEntity_EveryType_ComesBackEqual(object value)
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r") { ["Value"] = value });

        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        read["Value"].ShouldBe(value);
        read["Value"].ShouldBeOfType(value.GetType());
    }

    [Fact]
    public async Task AddEntity_DateTime_ComesBackInUtc()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var time = new DateTime(2026, 7, 4, 1, 2, 3, DateTimeKind.Utc).AddTicks(7);
        await table.AddEntityAsync(new TableEntity("p", "r") { ["Value"] = time });

        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        read.GetDateTime("Value").ShouldBe(time);
        read.GetDateTime("Value")!.Value.Kind.ShouldBe(DateTimeKind.Utc);
        read.GetDateTimeOffset("Value").ShouldBe(new DateTimeOffset(time));
    }

    [Fact]
    public async Task AddEntity_RowOfManyLargeBinaries_ComesBackEqual()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var random = new Random(1);
        var row = new TableEntity("p", "r");
        for (var i = 0; i < 12; i++)
        {
            var bytes = new byte[60 * 1024];
            random.NextBytes(bytes);
            row[$"Column{i}"] = bytes;
        }

        await table.AddEntityAsync(row);
        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        foreach (var (name, value) in row.Where(property => property.Value is byte[])) read.GetBinary(name).ShouldBe((byte[])value, name);
        read.GetBinaryData("Column3").ToArray().ShouldBe(row.GetBinary("Column3"));
    }

    [Theory]
    [MemberData(nameof(Keys))]
    public async Task Entity_AwkwardKeys_AreFoundUpdatedQueriedAndDeleted(string partitionKey, string rowKey)
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity(partitionKey, rowKey) { ["Value"] = 1 });
        await table.UpdateEntityAsync(new TableEntity(partitionKey, rowKey) { ["Value"] = 2 }, ETag.All);
        await table.SubmitTransactionAsync(
            [new(TableTransactionActionType.UpdateMerge, new TableEntity(partitionKey, rowKey) { ["Other"] = 3 }, ETag.All)]);

        var read = (await table.GetEntityAsync<TableEntity>(partitionKey, rowKey)).Value;
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {partitionKey} and RowKey eq {rowKey}");
        var queried = await table.QueryAsync<TableEntity>(filter).SingleAsync();
        var deleted = await table.DeleteEntityAsync(partitionKey, rowKey);

        (read.PartitionKey, read.RowKey, read.GetInt32("Value"), read.GetInt32("Other")).ShouldBe((partitionKey, rowKey, 2, 3));
        (queried.PartitionKey, queried.RowKey).ShouldBe((partitionKey, rowKey));
        deleted.Status.ShouldBe(204);
        (await table.GetEntityIfExistsAsync<TableEntity>(partitionKey, rowKey)).HasValue.ShouldBeFalse();
    }

    [Fact]
    public async Task AddEntity_RowExists_Throws409()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r"));

        var failure = await Should.ThrowAsync<RequestFailedException>(() => table.AddEntityAsync(new TableEntity("p", "r")));

        failure.Status.ShouldBe(409);
        failure.ErrorCode.ShouldBe("EntityAlreadyExists");
        (failure.ErrorCode == TableErrorCode.EntityAlreadyExists).ShouldBeTrue();
    }

    [Fact]
    public async Task GetEntity_Missing_Throws404AndIfExistsHasNoValue()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var noTable = new TableClient(azurite.ConnectionString, "missing");

        var noRow = await Should.ThrowAsync<RequestFailedException>(() => table.GetEntityAsync<TableEntity>("p", "r"));
        var neither = await Should.ThrowAsync<RequestFailedException>(() => noTable.GetEntityAsync<TableEntity>("p", "r"));

        (noRow.Status, noRow.ErrorCode).ShouldBe((404, "ResourceNotFound"));
        (neither.Status, neither.ErrorCode).ShouldBe((404, "TableNotFound"));
        var none = await table.GetEntityIfExistsAsync<TableEntity>("p", "r");
        none.HasValue.ShouldBeFalse();
        none.GetRawResponse().Status.ShouldBe(404);
        Should.Throw<InvalidOperationException>(() => none.Value);
        (await noTable.GetEntityIfExistsAsync<TableEntity>("p", "r")).HasValue.ShouldBeFalse();
    }

    [Fact]
    public async Task AddEntity_NoTable_Throws404()
    {
        var failure = await Should.ThrowAsync<RequestFailedException>(
            () => new TableClient(azurite.ConnectionString, "missing").AddEntityAsync(new TableEntity("p", "r")));

        (failure.Status, failure.ErrorCode).ShouldBe((404, "TableNotFound"));
    }

    [Fact]
    public async Task UpdateEntity_ETagOfAFormerVersion_Throws412AndChangesNothing()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var added = await table.AddEntityAsync(new TableEntity("p", "r") { ["Value"] = 1 });
        var updated = await table.UpdateEntityAsync(new TableEntity("p", "r") { ["Value"] = 2 }, added.Headers.ETag!.Value);

        var failure = await Should.ThrowAsync<RequestFailedException>(
            () => table.UpdateEntityAsync(new TableEntity("p", "r") { ["Value"] = 3 }, added.Headers.ETag!.Value));
        var deletion = await Should.ThrowAsync<RequestFailedException>(() => table.DeleteEntityAsync("p", "r", added.Headers.ETag!.Value));

        (failure.Status, failure.ErrorCode).ShouldBe((412, "UpdateConditionNotSatisfied"));
        (deletion.Status, deletion.ErrorCode).ShouldBe((412, "UpdateConditionNotSatisfied"));
        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;
        read.GetInt32("Value").ShouldBe(2);
        read.ETag.ShouldBe(updated.Headers.ETag!.Value);
        read.ETag.ShouldNotBe(added.Headers.ETag!.Value);
    }

    [Fact]
    public async Task UpdateEntity_ETagThatWasRead_Succeeds()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r") { ["Value"] = 1 });
        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;
        read["Value"] = 2;

        var updated = await table.UpdateEntityAsync(read, read.ETag, TableUpdateMode.Replace);

        updated.Status.ShouldBe(204);
        read.ETag.ShouldNotBe(updated.Headers.ETag!.Value); // the entity is left as it is
        (await table.DeleteEntityAsync(read, updated.Headers.ETag!.Value)).Status.ShouldBe(204);
    }

    [Fact]
    public async Task UpdateEntity_NoRow_Throws404()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);

        var failure = await Should.ThrowAsync<RequestFailedException>(() => table.UpdateEntityAsync(new TableEntity("p", "r"), ETag.All));

        (failure.Status, failure.ErrorCode).ShouldBe((404, "ResourceNotFound"));
    }

    [Fact]
    public async Task UpdateEntity_NoETag_Refuses()
    {
        var table = new TableClient(azurite.ConnectionString, "any");

        await Should.ThrowAsync<ArgumentException>(() => table.UpdateEntityAsync(new TableEntity("p", "r"), default));
        Should.Throw<ArgumentException>(() => table.UpdateEntity(new TableEntity("p", "r"), default));
    }

    [Fact]
    public async Task UpsertEntity_MergeAndReplace_KeepAndDropWhatIsNotSent()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.UpsertEntityAsync(new TableEntity("p", "r") { ["A"] = 1, ["B"] = 2 });

        await table.UpsertEntityAsync(new TableEntity("p", "r") { ["B"] = null, ["C"] = 3 });
        var merged = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;
        await table.UpsertEntityAsync(new TableEntity("p", "r") { ["C"] = 4 }, TableUpdateMode.Replace);
        var replaced = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        (merged.GetInt32("A"), merged.GetInt32("B"), merged.GetInt32("C")).ShouldBe((1, 2, 3));
        (replaced.GetInt32("A"), replaced.GetInt32("B"), replaced.GetInt32("C")).ShouldBe((null, null, 4));
    }

    [Fact]
    public async Task DeleteEntity_Missing_Returns404()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);

        (await table.DeleteEntityAsync("p", "r")).Status.ShouldBe(404);
    }

    [Fact]
    public async Task GetEntity_Select_ReadsOnlyThose()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r") { ["A"] = 1L, ["B"] = 2L });

        var read = (await table.GetEntityAsync<TableEntity>("p", "r", ["RowKey", "A"])).Value;

        read.GetInt64("A").ShouldBe(1);
        read.ContainsKey("B").ShouldBeFalse();
        read.RowKey.ShouldBe("r");
        read.PartitionKey.ShouldBeNull();
        read.ETag.ShouldNotBe(default);
    }

    [Fact]
    public async Task GetEntity_ServerFields_AreSet()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r") { Timestamp = DateTimeOffset.UnixEpoch, ETag = new("W/\"mine\"") });

        var read = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        read.Timestamp!.Value.Year.ShouldBeGreaterThan(2000);
        read.Timestamp!.Value.Offset.ShouldBe(TimeSpan.Zero);
        read.ETag.ToString().ShouldContain("datetime");
        read.Keys.ShouldBe(["odata.etag", "PartitionKey", "RowKey", "Timestamp"], ignoreOrder: true);
    }

    [Fact]
    public async Task Entity_ClassOfItsOwn_ComesBackEqual()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var sent = new Order
        {
            PartitionKey = "p",
            RowKey = "r",
            Number = 7,
            Large = 1L << 40,
            Total = 3,
            Paid = true,
            Id = Guid.NewGuid(),
            At = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            Until = null,
            Day = DayOfWeek.Friday,
            Raw = [1, 2, 3],
            Data = new([4, 5]),
            Renamed = "other name",
            Unsaved = "lost",
        };
        await table.AddEntityAsync(sent);

        var read = (await table.GetEntityAsync<Order>("p", "r")).Value;
        var raw = (await table.GetEntityAsync<TableEntity>("p", "r")).Value;

        (read.Number, read.Large, read.Total, read.Paid, read.Id, read.At, read.Until, read.Day, read.Renamed, read.Unsaved)
            .ShouldBe((sent.Number, sent.Large, sent.Total, sent.Paid, sent.Id, sent.At, null, sent.Day, sent.Renamed, null));
        read.Raw.ShouldBe(sent.Raw);
        read.Data!.ToArray().ShouldBe(sent.Data.ToArray());
        read.ETag.ShouldBe(raw.ETag);
        read.Timestamp.ShouldBe(raw.Timestamp);
        (raw.GetString("Day"), raw.GetString("Nom"), raw.ContainsKey("Renamed"), raw.ContainsKey("Unsaved")).ShouldBe(("Friday", "other name", false, false));
    }

    [Fact]
    public async Task GetEntity_PropertyOfAnotherType_Throws()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        await table.AddEntityAsync(new TableEntity("p", "r") { [nameof(Order.Number)] = 7L });

        var failure = await Should.ThrowAsync<InvalidOperationException>(() => table.GetEntityAsync<Order>("p", "r"));

        failure.Message.ShouldContain(nameof(Order.Number));
    }

    [Fact]
    public void Entity_SynchronousForms_DoTheSame()
    {
        var table = new TableClient(azurite.ConnectionString, $"t{Guid.NewGuid():N}");
        table.Create().Value.Name.ShouldBe(table.Name);
        table.CreateIfNotExists().GetRawResponse().Status.ShouldBe(409);
        table.AddEntity(new TableEntity("p", "r") { ["Value"] = 1 });
        var read = table.GetEntity<TableEntity>("p", "r").Value;
        table.UpdateEntity(new TableEntity("p", "r") { ["Value"] = 2 }, read.ETag);
        table.UpsertEntity(new TableEntity("p", "s") { ["Value"] = 3 });
        table.SubmitTransaction([new(TableTransactionActionType.Add, new TableEntity("p", "t") { ["Value"] = 4 })]);

        table.Query<TableEntity>().Select(row => row.GetInt32("Value")).ShouldBe([2, 3, 4]);
        table.DeleteEntity("p", "r").Status.ShouldBe(204);
        table.GetEntityIfExists<TableEntity>("p", "r").HasValue.ShouldBeFalse();
        table.Delete().Status.ShouldBe(204);
        table.Delete().Status.ShouldBe(404);
    }

    [Fact]
    public async Task AddEntity_CultureWithCommas_WritesTheSame()
    {
        var table = await TestTable.CreateAsync(azurite.ConnectionString);
        var former = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new("de-DE");
            table.AddEntity(new TableEntity("p", "r") { ["D"] = 1.5, ["L"] = -5L });
            var read = table.GetEntity<TableEntity>("p", "r").Value;

            (read.GetDouble("D"), read.GetInt64("L")).ShouldBe((1.5, -5L));
            TableClient.CreateQueryFilter($"D eq {1.5}").ShouldBe("D eq 1.5");
        }
        finally
        {
            CultureInfo.CurrentCulture = former;
        }
    }

    private sealed class Order : ITableEntity
    {
        public string PartitionKey { get; set; } = "";

        public string RowKey { get; set; } = "";

        public DateTimeOffset? Timestamp { get; set; }

        public ETag ETag { get; set; }

        public int Number { get; set; }

        public long? Large { get; set; }

        public double Total { get; set; }

        public bool? Paid { get; set; }

        public Guid Id { get; set; }

        public DateTime At { get; set; }

        public DateTimeOffset? Until { get; set; }

        public DayOfWeek Day { get; set; }

        public byte[]? Raw { get; set; }

        public BinaryData? Data { get; set; }

        [DataMember(Name = "Nom")]
        public string? Renamed { get; set; }

        [IgnoreDataMember]
        public string? Unsaved { get; set; }
    }
}
