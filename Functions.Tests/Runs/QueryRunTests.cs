using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Runs whose members are the rows of a query.</summary>
public sealed class QueryRunTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Run_QueryIsTheSource_FollowsItsRows()
    {
        await UseQueryAsync();
        PutRows(5);

        var first = await _engine.RunAsync();

        (first.Status, first.Planned).ShouldBe((RunStatus.Succeeded, new OperationCounts(5, 0, 0)));
        first.Source.ShouldNotBeNull().Rows.ShouldBe(5);
        _engine.Platform.List["c-0002"].ShouldBe("email=c-0002@example.com orders=2 user_id=c-0002");

        _engine.Queries.Rows.RemoveAt(0);
        _engine.Queries.Rows[0]["orders"] = Cell.Of(70L);
        PutRow(9);
        var second = await _engine.RunAsync();

        (second.Status, second.Planned).ShouldBe((RunStatus.Succeeded, new OperationCounts(1, 1, 1)));
        _engine.ShouldHaveList("c-0001", "c-0002", "c-0003", "c-0004", "c-0009");
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
        EngineHarness.ShouldAddUp(second);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_NothingGoesWrong_WaitsForNobody(bool isQuery)
    {
        if (isQuery)
        {
            await UseQueryAsync();
        }

        PutRows(5);
        _engine.PutMany(5);

        for (var time = 0; time < 3; time++)
        {
            var run = await _engine.RunAsync();

            (run.Status, run.FinishedAt - run.StartedAt).ShouldBe((RunStatus.Succeeded, TimeSpan.Zero), "a step that only the watchdog puts on its way costs a minute");
        }
    }

    [Fact]
    public async Task Run_Query_ReadsTheColumnsOfTheMappingAndTheConsentAlone()
    {
        await UseQueryAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose });
        PutRows(4);
        _engine.Queries.Rows[1][$"consent_{EngineHarness.Purpose}"] = Cell.Of(false);
        _engine.Queries.Rows[2][$"consent_{EngineHarness.Purpose}"] = default;

        var run = await _engine.RunAsync();

        _engine.ShouldHaveList("c-0000", "c-0003");
        (run.Funnel.Members, run.Funnel.ConsentBlocked, run.Funnel.Deliverable).ShouldBe((4, 2, 2));
        var request = _engine.Queries.Requests.ShouldHaveSingleItem();
        request.Columns.Select(column => column.Name).ShouldBe(["email", "orders", $"consent_{EngineHarness.Purpose}"]);
        (request.Key.Name, request.AsOf).ShouldBe(("customer_id", run.AsOf));
    }

    /// <summary>As at the door of profiles: blanks within a phone number go, what is no address is left out and counted, and the member stays as long as there is an identifier.</summary>
    [Fact]
    public async Task Run_InvalidIdentifiers_AreLeftOutAndCounted()
    {
        await UseQueryAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "email", true), ("phone", "phone", true)) });
        _engine.Platform.KeyField = null;
        _engine.Queries.AddColumn("phone", CellType.Text);
        PutRows(4);
        _engine.Queries.Rows[0]["phone"] = Cell.Of("+49 (30) 123-4567");
        _engine.Queries.Rows[1]["email"] = Cell.Of("no address");
        _engine.Queries.Rows[1]["phone"] = Cell.Of("12");
        _engine.Queries.Rows[2]["email"] = Cell.Of("");
        _engine.Queries.Rows[2]["phone"] = Cell.Of("+4930987654");
        _engine.Queries.Rows[3]["email"] = Cell.Of("also none");

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        run.Source!.Invalid.Select(error => (error.Code, error.Count)).ShouldBe([("invalid_email", 2), ("invalid_phone", 1)]);
        (run.Funnel.Members, run.Funnel.MissingIdentifier, run.Funnel.Deliverable).ShouldBe((4, 2, 2));
        _engine.Platform.List.Values.ShouldBe(["email=c-0000@example.com phone=+49301234567", "phone=+4930987654"]);
    }

    public static TheoryData<int, string> Faults => new()
    {
        { 1, "first" },
        { 3, "midway" },
        { 6, "at its end" },
    };

    /// <summary>Whatever was read by then: a query that broke off says nothing about who left.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Run_QueryBreaksOff_SendsNothingAndRemovesNobody(int row, string when)
    {
        await UseQueryAsync();
        PutRows(5);
        await _engine.RunAsync();
        var list = _engine.Platform.List.ToDictionary();
        _engine.Queries.Rows.RemoveRange(0, 2);
        PutRows(3, from: 20);
        _engine.Queries.FaultAt = number => number == row || number == _engine.Queries.Rows.Count + 1
            ? new DeliveryOutcome.Misconfigured("query_timeout", "The query was stopped.")
            : null;

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Failed, when);
        run.TopErrors.ShouldHaveSingleItem().Code.ShouldBe("query_timeout");
        run.TopErrors[0].Detail.ShouldBe("The query could not be read to its end, so nothing is sent: The query was stopped.");
        (run.Planned.Total, run.Funnel.Members, run.Source).ShouldBe((0, 0, null));
        _engine.Platform.List.ShouldBe(list);
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))!.State.ShouldBe(DestinationCondition.Failing);

        _engine.Queries.FaultAt = _ => null;
        (await _engine.RunAsync()).Planned.ShouldBe(new OperationCounts(3, 0, 2));
    }

    [Fact]
    public async Task Run_ConnectionLost_IsTriedAgainAFewTimes()
    {
        await UseQueryAsync();
        PutRows(5);
        var failures = 2;
        _engine.Queries.FaultAt = number => number == 4 && failures-- > 0 ? new DeliveryOutcome.Failed("connection_reset", "The connection was closed.") : null;

        var run = await _engine.RunAsync();

        (run.Status, run.Waits, run.Source!.Rows).ShouldBe((RunStatus.Succeeded, 2, 5));
        _engine.Queries.Requests.Count.ShouldBe(3);
        _engine.ShouldHaveList([.. Enumerable.Range(0, 5).Select(EngineHarness.Id)]);

        _engine.Queries.FaultAt = number => number == 2 ? new DeliveryOutcome.Failed("connection_reset", "The connection was closed.") : null;
        var lost = await _engine.RunAsync();

        (lost.Status, lost.TopErrors[0].Code, lost.Planned.Total).ShouldBe((RunStatus.Failed, "connection_reset", 0));
        _engine.Queries.Requests.Count.ShouldBe(3 + _engine.Delivery.MaxAttempts);
    }

    [Fact]
    public async Task Run_PasswordRefused_MarksTheConnectionAndPauses()
    {
        await UseQueryAsync();
        PutRows(2);
        _engine.Queries.DescribeFault = new DeliveryOutcome.Unauthorized("access_denied", "The server refuses the password.");

        var run = await _engine.RunAsync();

        (run.Status, run.TopErrors[0].Code).ShouldBe((RunStatus.Failed, RunNames.Unauthorized));
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))!.State.ShouldBe(DestinationCondition.Unauthorized);
        (await _engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default))!.Status.ShouldBe(Connections.ConnectionStatus.Unauthorized);
    }

    public static TheoryData<string, string> BadKeys => new()
    {
        { "", "key_missing" },
        { "c-0001", "key_repeated" },
        { "c\u0007", "id_invalid" },
        { new string('x', 257), "id_too_long" },
    };

    [Theory]
    [MemberData(nameof(BadKeys))]
    public async Task Run_KeyIsNone_FailsWithTheRow(string key, string code)
    {
        await UseQueryAsync();
        PutRows(3);
        PutRow(7);
        _engine.Queries.Rows[^1]["customer_id"] = key.Length == 0 ? default : Cell.Of(key);

        var run = await _engine.RunAsync();

        (run.Status, run.TopErrors[0].Code).ShouldBe((RunStatus.Failed, code));
        run.TopErrors[0].Detail!.ShouldContain("Row ");
        run.TopErrors[0].Detail!.ShouldNotContain("c-0001");
        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Run_ColumnIsGone_FailsAndNamesIt()
    {
        await UseQueryAsync();
        PutRows(3);
        _engine.Queries.Columns.RemoveAll(column => column.Name == "orders");

        var run = await _engine.RunAsync();

        (run.Status, run.TopErrors[0].Code).ShouldBe((RunStatus.Failed, "unknown_column"));
        run.TopErrors[0].Detail!.ShouldContain("'orders'");
    }

    [Fact]
    public async Task Run_EmptyQueryAfterMembers_IsHeld()
    {
        await UseQueryAsync();
        PutRows(3);
        await _engine.RunAsync();
        _engine.Queries.Rows.Clear();

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Held);
        _engine.Platform.List.Count.ShouldBe(3);
    }

    [Fact]
    public async Task Run_Cancelled_BeforeTheQueryIsRead_SendsNothing()
    {
        await UseQueryAsync();
        PutRows(3);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) is RunStatus.Snapshotting);

        await _engine.Runs.CancelAsync(run.Id, default);
        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Cancelled);
        _engine.Platform.Calls.ShouldBeEmpty();
    }

    /// <summary>A worker is killed at every single call of a store or of the database, one point a case, and another takes over.</summary>
    [Fact]
    public async Task Kill_AtEveryPoint_EndsWithTheListRight()
    {
        var points = await RunAsync(killAt: null);
        points.ShouldBeGreaterThan(100);
        for (var point = 0; point < points; point++)
        {
            try
            {
                await RunAsync(point);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Killed at point {point} of {points}: {e.Message}", e);
            }
        }
    }

    /// <summary>Many rows, in several shards: pages of an earlier try, left by a kill or a lost connection, are never mixed with those that count.</summary>
    [Fact]
    public async Task Run_RowsFillSeveralParts_AreAllThereOnce()
    {
        var engine = new EngineHarness(card: card => card with { RowsPerBatch = 1_000 });
        await UseQueryAsync(engine, destination => destination with { FirstRun = FirstRun.Baseline });
        engine.Queries.AddColumn("note", CellType.Text);
        await engine.ChangeAsync(destination => destination with { Mapping = [.. destination.Mapping, .. EngineHarness.Mapping(("note", "note", false))] });
        var note = Cell.Of(new string('n', 4_000));
        for (var number = 0; number < 9_000; number++)
        {
            PutRow(engine, number);
            engine.Queries.Rows[^1]["note"] = note;
        }

        var run = await engine.RunAsync();

        (run.Status, run.Source!.Rows, run.Funnel.Deliverable).ShouldBe((RunStatus.Succeeded, 9_000, 9_000));
        (await engine.LedgerAsync()).Shards.Sum(shard => shard.Rows).ShouldBe(9_000);
        engine.Queries.Rows.RemoveRange(0, 10);
        (await engine.RunAsync()).Planned.ShouldBe(new OperationCounts(0, 0, 10));
    }

    private static async Task<int> RunAsync(int? killAt)
    {
        var engine = new EngineHarness();
        await UseQueryAsync(engine, change: null);
        for (var number = 0; number < 4; number++)
        {
            PutRow(engine, number);
        }

        if (killAt is { } point)
        {
            engine.Points.KillAfter(point);
        }

        await engine.RunAsync();
        engine.Queries.Rows.RemoveAt(0);
        PutRow(engine, 9);
        await engine.RunAsync();
        var points = engine.Points.Passed;
        await engine.RunAsync();
        engine.Errors.ShouldBeEmpty();
        engine.ShouldHaveList("c-0001", "c-0002", "c-0003", "c-0009");
        return points;
    }

    private Task UseQueryAsync(Func<Destination, Destination>? change = null) => UseQueryAsync(_engine, change);

    private static async Task UseQueryAsync(EngineHarness engine, Func<Destination, Destination>? change)
    {
        engine.Queries.AddColumn("customer_id", CellType.Text, isKey: true);
        engine.Queries.AddColumn("email", CellType.Text);
        engine.Queries.AddColumn("orders", CellType.Integer);
        engine.Queries.AddColumn("unread", CellType.Absent);
        engine.Queries.AddColumn($"consent_{EngineHarness.Purpose}", CellType.Boolean);
        await engine.ChangeAsync(destination => (change ?? (same => same))(destination with
        {
            Source = new DestinationSource.OfQuery(EngineHarness.ConnectionId, "select * from customers", "customer_id"),
        }));
    }

    private void PutRows(int count, int from = 0)
    {
        for (var number = from; number < from + count; number++)
        {
            PutRow(number);
        }
    }

    private void PutRow(int number) => PutRow(_engine, number);

    private static void PutRow(EngineHarness engine, int number) => engine.Queries.Rows.Add(new()
    {
        ["customer_id"] = Cell.Of(EngineHarness.Id(number)),
        ["email"] = Cell.Of(string.Create(CultureInfo.InvariantCulture, $"c-{number:D4}@example.com")),
        ["orders"] = Cell.Of((long)number),
        [$"consent_{EngineHarness.Purpose}"] = Cell.Of(true),
    });
}
