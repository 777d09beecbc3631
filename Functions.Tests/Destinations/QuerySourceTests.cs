using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Destinations whose source is a query, as they are validated and saved.</summary>
public sealed class QuerySourceTests
{
    private readonly DestinationWorld _world = new();

    public QuerySourceTests()
    {
        _world.Warehouse.AddColumn("customer_id", CellType.Integer, isKey: true);
        _world.Warehouse.AddColumn("email", CellType.Text, isKey: true);
        _world.Warehouse.AddColumn("orders", CellType.Integer, isKey: true);
        _world.Warehouse.AddColumn("tags", CellType.TextList);
        for (var number = 1; number <= 10; number++)
        {
            _world.Warehouse.Rows.Add(new() { ["customer_id"] = Cell.Of((long)number), ["email"] = number % 2 == 0 ? Cell.Of($"c{number}@example.com") : default });
        }
    }

    [Fact]
    public async Task Create_Query_IsPreparedSavedAndShown()
    {
        var view = await _world.CreateAsync(Body());

        view.Source.ShouldBe(new DestinationSource.OfQuery("con_warehouse", "select * from customers", "customer_id"));
        view.Name.ShouldBe("Query on Warehouse");
        _world.Warehouse.Described.ShouldBe(1);
        _world.Warehouse.Requests.ShouldBeEmpty("nothing is read to save a query");
        JsonSerializer.SerializeToElement(view, DestinationJson.Default.DestinationView).GetProperty("source").GetRawText()
            .ShouldBe("""{"connectionId":"con_warehouse","query":"select * from customers","keyColumn":"customer_id"}""");
    }

    [Theory]
    [InlineData("""{"source":{"connectionId":null}}""", "/source/connectionId", "required")]
    [InlineData("""{"source":{"query":null}}""", "/source/query", "required")]
    [InlineData("""{"source":{"query":" "}}""", "/source/query", "required")]
    [InlineData("""{"source":{"keyColumn":null}}""", "/source/keyColumn", "required")]
    [InlineData("""{"source":{"segmentId":"seg_shared","query":"select 1"}}""", "/source/query", "source_ambiguous")]
    [InlineData("""{"source":{"connectionId":"con_none","query":"select 1","keyColumn":"a"}}""", "/source/connectionId", "unknown_connection")]
    [InlineData("""{"source":{"connectionId":"con_open","query":"select 1","keyColumn":"a"}}""", "/source/connectionId", "not_supported")]
    [InlineData("""{"source":{"connectionId":"con_warehouse","query":"select 1","keyColumn":"custmer_id"}}""", "/source/keyColumn", "unknown_column")]
    [InlineData("""{"mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"ordres","to":"orders"}]}""", "/mapping/1/from", "unknown_column")]
    [InlineData("""{"mapping":[{"from":"id","to":"user_id","identifier":true},{"template":"{{country}}","to":"country"}]}""", "/mapping/1/template", "unknown_column")]
    [InlineData("""{"consentPurpose":"marketing"}""", "/consentPurpose", "unknown_column")]
    [InlineData("""{"connectionId":"con_strict","mode":"addOnly","mapping":[{"from":"tags","to":"email","identifier":true}]}""", "/mapping/0/from", "type_clash")]
    public async Task Create_UnfitQuery_IsRefused(string change, string pointer, string code)
    {
        var refused = (await _world.Service.CreateAsync(JsonElement.Parse(Body(change)), default)).ShouldBeRefused("validation_failed");

        refused.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldContain((pointer, code));
    }

    [Theory]
    [InlineData("query_failed", "/source/query", "query_invalid")]
    [InlineData("permission_denied", "/source/connectionId", "permission_denied")]
    public async Task Create_DatabaseRefuses_SaysWhere(string fault, string pointer, string code)
    {
        _world.Warehouse.DescribeFault = new DeliveryOutcome.Misconfigured(fault, "relation \"customers\" does not exist.");

        var refused = (await _world.Service.CreateAsync(JsonElement.Parse(Body()), default)).ShouldBeRefused("validation_failed");

        refused.Faults.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            found => found.Pointer.ShouldBe(pointer), found => found.Code.ShouldBe(code), found => found.Detail.ShouldBe("relation \"customers\" does not exist."));
    }

    /// <summary>A database that is down keeps nobody from a change that has nothing to do with it.</summary>
    [Fact]
    public async Task Patch_DatabaseIsDown_OnlyChangesOfTheSourceAreRefused()
    {
        var view = await _world.CreateAsync(Body());
        _world.Warehouse.DescribeFault = new DeliveryOutcome.Failed("connect_failed", "The host does not accept the connection.");

        view = await _world.PatchAsync(view, """{"name":"Renamed","schedule":{"intervalMinutes":720}}""");

        view.Name.ShouldBe("Renamed");
        (await _world.TryPatchAsync(view, """{"source":{"query":"select 2"}}""")).ShouldBeRefused("validation_failed").Faults.ShouldHaveSingleItem().Code.ShouldBe("source_unreachable");
        (await _world.TryPatchAsync(view, """{"mapping":[{"from":"id","to":"id","identifier":true}]}""")).ShouldBeRefused("validation_failed");
    }

    [Fact]
    public async Task Patch_QueryToSegmentAndBack_MovesTheDestination()
    {
        var view = await _world.CreateAsync(Body());

        view = await _world.PatchAsync(view, """{"source":{"segmentId":"seg_shared","connectionId":null,"query":null,"keyColumn":null}}""");
        view.Source.ShouldBe(new DestinationSource.OfSegment("seg_shared"));

        view = await _world.PatchAsync(view, """{"source":{"segmentId":null,"connectionId":"con_warehouse","query":"select 3","keyColumn":"customer_id"}}""");
        view.Source.ShouldBe(new DestinationSource.OfQuery("con_warehouse", "select 3", "customer_id"));
    }

    [Fact]
    public async Task Validate_Query_TellsColumnsThatAreSeldomFilled()
    {
        var issues = (await _world.Validator.ValidateAsync(JsonElement.Parse(Body()), mayQuery: true, default)).ShouldBeOk().Issues
            .Where(issue => issue.Severity is not IssueSeverity.Recommendation).ToList();

        var issue = issues.ShouldHaveSingleItem();
        (issue.Pointer, issue.Code).ShouldBe(("/mapping/1/from", "low_fill_rate"));
        issue.Detail.ShouldStartWith("50 % of the query's 10 members have a value for 'email'");
        _world.Warehouse.Requests.ShouldHaveSingleItem().Limit.ShouldBe(1_000);
    }

    [Fact]
    public async Task Validate_RowWithoutKey_IsAnIssue()
    {
        _world.Warehouse.Rows.Add(new() { ["email"] = Cell.Of("x@example.com") });

        var issues = (await _world.Validator.ValidateAsync(JsonElement.Parse(Body()), mayQuery: true, default)).ShouldBeOk().Issues
            .Where(issue => issue.Severity is not IssueSeverity.Recommendation).ToList();

        issues.Select(issue => (issue.Pointer, issue.Code)).ShouldBe([("/source/query", "key_missing")]);
    }

    [Fact]
    public async Task Validate_CallerMayNotEdit_TriesNoQuery()
    {
        (await _world.Validator.ValidateAsync(JsonElement.Parse(Body()), mayQuery: false, default)).ShouldBeRefused("forbidden");

        _world.Warehouse.Described.ShouldBe(0);
    }

    [Fact]
    public async Task ListByConnection_SourceOfADestination_IsAUse()
    {
        var view = await _world.CreateAsync(Body());

        (await _world.Store.ListByConnectionAsync("con_warehouse", default)).ShouldHaveSingleItem().Id.ShouldBe(view.Id);
    }

    private static string Body(string change = "{}") => MergePatch.Apply(
        JsonElement.Parse("""
            {"source":{"connectionId":"con_warehouse","query":"select * from customers","keyColumn":"customer_id"},"connectionId":"con_open",
             "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"}]}
            """),
        JsonElement.Parse(change)).GetRawText();
}
