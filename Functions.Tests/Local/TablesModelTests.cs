using Azure;
using Azure.Data.Tables;
using Azure.Data.Tables.Models;
using Moq;

namespace AudienceSync.Local;

/// <summary>Rows in memory, filters, limits, connection strings.</summary>
public sealed class TablesModelTests
{
    private static readonly Uri Endpoint = new("http://127.0.0.1:1/acct");

    public static TheoryData<string, TableEntity> TooMuch => new()
    {
        { "U+002F", new("a/b", "r") },
        { "U+005C", new("p", "a\\b") },
        { "U+0023", new("p", "a#b") },
        { "U+003F", new("p", "a?b") },
        { "U+000A", new("p", "a\nb") },
        { "U+0085", new("p", "a\u0085b") },
        { "513", new("p", new string('x', 513)) },
        { "32769", new("p", "r") { ["V"] = new string('x', 32_769) } },
        { "65537", new("p", "r") { ["V"] = new byte[65_537] } },
        { "1601", new("p", "r") { ["V"] = new DateTime(1600, 12, 31, 0, 0, 0, DateTimeKind.Utc) } },
        { "'no-name'", new("p", "r") { ["no-name"] = 1 } },
        { "'1st'", new("p", "r") { ["1st"] = 1 } },
        { "253", new(Enumerable.Range(0, 253).ToDictionary(i => $"P{i}", i => (object)i)) { PartitionKey = "p", RowKey = "r" } },
        { "1048576", new(Enumerable.Range(0, 17).ToDictionary(i => $"P{i}", _ => (object)new byte[65_536])) { PartitionKey = "p", RowKey = "r" } },
    };

    [Theory]
    [MemberData(nameof(TooMuch))]
    public async Task AddEntity_AgainstALimit_RefusesAndNamesIt(string named, TableEntity entity)
    {
        var table = NewTable();

        (await Should.ThrowAsync<ArgumentException>(() => table.AddEntityAsync(entity))).Message.ShouldContain(named);
        (await Should.ThrowAsync<ArgumentException>(() => table.SubmitTransactionAsync([new(TableTransactionActionType.Add, entity)]))).Message.ShouldContain(named);
    }

    [Fact]
    public async Task Entity_NullKeys_AreRefused()
    {
        var table = NewTable();

        await Should.ThrowAsync<ArgumentNullException>(() => table.AddEntityAsync(new TableEntity()));
        await Should.ThrowAsync<ArgumentNullException>(() => table.GetEntityAsync<TableEntity>(null!, "r"));
        await Should.ThrowAsync<ArgumentNullException>(() => table.DeleteEntityAsync("p", null!));
    }

    [Fact]
    public async Task AddEntity_TypesThatTablesLack_AreRefused()
    {
        var table = NewTable();
        object[] values = [1m, TimeSpan.Zero, new[] { 1 }, DayOfWeek.Monday, 1f, new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Local)];

        foreach (var value in values)
        {
            (await Should.ThrowAsync<NotSupportedException>(() => table.AddEntityAsync(new TableEntity("p", "r") { ["Odd"] = value }))).Message.ShouldContain("Odd");
        }
    }

    [Fact]
    public void TableEntity_Getters_CheckTheType()
    {
        var row = new TableEntity("p", "r") { ["I"] = 1, ["L"] = 2L, ["D"] = 3.0 };

        row.GetString("Missing").ShouldBeNull();
        row.GetInt32("Missing").ShouldBeNull();
        row["Missing"].ShouldBeNull();
        Should.Throw<InvalidOperationException>(() => row.GetInt64("I"));
        Should.Throw<InvalidOperationException>(() => row.GetInt32("L"));
        Should.Throw<InvalidOperationException>(() => row.GetString("I"));
        row["L"] = 5;
        row["D"] = 6;
        row["I"] = "text";
        (row["L"], row["D"], row["I"]).ShouldBe((5L, 6.0, "text"));
    }

    [Fact]
    public void TableEntity_IsADictionary_OfItsOwn()
    {
        var values = new Dictionary<string, object> { ["A"] = 1 };
        var row = new TableEntity(values) { PartitionKey = "p" };
        values["A"] = 2;

        row["A"].ShouldBe(1);
        row.Count.ShouldBe(2);
        row.TryGetValue("PartitionKey", out var key).ShouldBeTrue();
        key.ShouldBe("p");
        row.Add("B", true);
        Should.Throw<ArgumentException>(() => row.Add("B", false));
        row.Remove("A").ShouldBeTrue();
        row.Select(property => property.Key).ShouldBe(["PartitionKey", "B"], ignoreOrder: true);
        row.Clear();
        row.Count.ShouldBe(0);
    }

    [Fact]
    public void CreateQueryFilter_EveryType_IsItsLiteral()
    {
        var time = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc).AddTicks(6);

        TableClient.CreateQueryFilter($"A eq {"it's {0}"} and B eq {true} and C eq {5} and D eq {5L} and E eq {0.5}")
            .ShouldBe("A eq 'it''s {0}' and B eq true and C eq 5 and D eq 5L and E eq 0.5");
        TableClient.CreateQueryFilter($"A eq {Guid.Empty} and B gt {time} and C lt {new DateTimeOffset(time).ToOffset(TimeSpan.FromHours(5))} and D eq {new byte[] { 10, 255 }}")
            .ShouldBe(
                "A eq guid'00000000-0000-0000-0000-000000000000' and B gt datetime'2026-01-02T03:04:05.0000006Z' "
                + "and C lt datetime'2026-01-02T03:04:05.0000006Z' and D eq X'0aff'");
        TableServiceClient.CreateQueryFilter($"TableName eq {"x"}").ShouldBe("TableName eq 'x'");
        Should.Throw<ArgumentException>(() => TableClient.CreateQueryFilter($"A eq {null}"));
        Should.Throw<ArgumentException>(() => TableClient.CreateQueryFilter($"A eq {1m}"));
    }

    [Theory]
    [InlineData("UseDevelopmentStorage=true", "http://127.0.0.1:10002/devstoreaccount1", "devstoreaccount1")]
    [InlineData("DefaultEndpointsProtocol=https;AccountName=acct;AccountKey=AAAA;EndpointSuffix=core.windows.net", "https://acct.table.core.windows.net/", "acct")]
    [InlineData("AccountName=acct;AccountKey=AA==;EndpointSuffix=core.usgovcloudapi.net;", "https://acct.table.core.usgovcloudapi.net/", "acct")]
    [InlineData("accountname=acct;accountkey=AAAA;TableEndpoint=http://127.0.0.1:5/acct;", "http://127.0.0.1:5/acct", "acct")]
    public void ConnectionString_KnownForms_AreRead(string connectionString, string endpoint, string account)
    {
        var service = new TableServiceClient(connectionString);

        (service.Uri, service.AccountName).ShouldBe((new(endpoint), account));
        service.GetTableClient("t").Uri.AbsoluteUri.ShouldBe(endpoint.TrimEnd('/') + "/t");
    }

    [Theory]
    [InlineData("AccountName=acct;EndpointSuffix=core.windows.net")]
    [InlineData("AccountName=acct;AccountKey=c2VjcmV0")]
    [InlineData("c2VjcmV0")]
    public void ConnectionString_PartsMissing_AreNamedWithoutSecrets(string connectionString)
    {
        var failure = Should.Throw<ArgumentException>(() => new TableServiceClient(connectionString));

        failure.Message.ShouldNotContain("c2VjcmV0");
    }

    [Fact]
    public void TableErrorCode_Comparisons_DisregardCase()
    {
        (TableErrorCode.TableNotFound == "tablenotfound").ShouldBeTrue();
        ("TableNotFound" == TableErrorCode.TableNotFound).ShouldBeTrue();
        (TableErrorCode.TableNotFound != "EntityNotFound").ShouldBeTrue();
        (TableErrorCode.TableNotFound == (string)null!).ShouldBeFalse();
        TableErrorCode.TableNotFound.ShouldBe(new TableErrorCode("TABLENOTFOUND"));
    }

    [Fact]
    public async Task Clients_AreMockable()
    {
        var table = new Mock<TableClient>();
        table.Setup(t => t.QueryAsync<TableEntity>(It.IsAny<string>(), null, null, default))
            .Returns(AsyncPageable<TableEntity>.FromPages([Page<TableEntity>.FromValues([new("p", "r")], null, Mock.Of<Response>())]));
        var service = new Mock<TableServiceClient>();
        service.Setup(s => s.GetTableClient("t")).Returns(table.Object);

        (await service.Object.GetTableClient("t").QueryAsync<TableEntity>().SingleAsync()).RowKey.ShouldBe("r");
    }

    private static TableClient NewTable() => new(Endpoint, "t", new TableSharedKeyCredential("acct", "AAAA"), new() { Retry = { MaxRetries = 0 } });
}
