using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Fakes;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>What whole runs leave behind, through the paths that show it: rows, requests, events, the overview.</summary>
public sealed class RunsApiTests
{
    private readonly EngineHarness _engine = new();
    private readonly RunsApi _runs;
    private readonly EventsApi _events;
    private readonly OverviewApi _overview;

    public RunsApiTests()
    {
        _runs = new(_engine.Runs, _engine.Rows);
        _events = new(_engine.Records, new(_engine.Store, _engine.Records));
        _overview = new(new(_engine.Summaries, _engine.Destinations), _engine.Time);
    }

    private static Reply OneBad { get; } = new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Rejected, "invalid_email", "=Not, an \"address\".") : RowOutcome.Accepted);

    [Fact]
    public async Task Rows_Filters_TakeTheirPart()
    {
        var run = await RunAsync();

        (await RowsAsync(run, "")).Count.ShouldBe(7);
        (await RowsAsync(run, "?outcome=rejected")).ShouldBe(["c-0001 add rejected invalid_email"]);
        (await RowsAsync(run, "?outcome=delivered,rejected&profileId=c-0002")).ShouldBe(["c-0002 add delivered "]);
        (await RowsAsync(run, "?code=invalid_email")).Count.ShouldBe(1);
        (await RowsAsync(run, "?code=none")).ShouldBeEmpty();
        (await RowsAsync(run, "?operation=remove")).ShouldBeEmpty();
        (await RowsAsync(run, "?operation=add&outcome=delivered")).Count.ShouldBe(6);
    }

    [Theory]
    [InlineData("?outcome=rejekted", 400)]
    [InlineData("?operation=delete", 400)]
    [InlineData("?colour=red", 400)]
    public async Task Rows_FaultyFilter_IsRefused(string query, int status)
    {
        var run = await RunAsync();

        (await GetAsync($"/api/v1/runs/{run.Id}/rows{query}", request => _runs.ListRowsAsync(request, run.Id, default))).Status.ShouldBe(status);
        (await GetAsync($"/api/v1/runs/{run.Id}/rows.csv{query}", request => _runs.ExportRowsAsync(request, run.Id, default))).Status.ShouldBe(status);
    }

    [Fact]
    public async Task RowsCsv_IsTheFileOfAllRowsSafeForSpreadsheets()
    {
        _engine.Put("=1+1");
        _engine.Put("+4915112345");
        _engine.Put("a,b");
        var run = await RunAsync();

        var (response, text) = await CsvAsync(Requests.To("GET", $"/api/v1/runs/{run.Id}/rows.csv"), request => _runs.ExportRowsAsync(request, run.Id, default));

        response.StatusCode.ShouldBe(200);
        response.ContentType.ShouldBe("text/csv; charset=utf-8; header=present");
        response.Headers.ContentDisposition.ToString().ShouldBe($"attachment; filename=\"{run.Id}-rows.csv\"");
        var lines = text.Split("\r\n");
        lines[0].ShouldBe("profileId,operation,outcome,code,detail,attempts");
        lines.Length.ShouldBe(12, text);
        lines[^1].ShouldBeEmpty();
        lines.ShouldContain("""c-0001,add,rejected,invalid_email,"'=Not, an ""address"".",1""");
        lines.ShouldContain("'=1+1,add,delivered,,,1");
        lines.ShouldContain("'+4915112345,add,delivered,,,1");
        lines.ShouldContain("\"a,b\",add,delivered,,,1");
    }

    [Fact]
    public async Task Rows_AcceptCsv_IsTheSameFile()
    {
        var run = await RunAsync();
        var (_, file) = await CsvAsync(Requests.To("GET", $"/api/v1/runs/{run.Id}/rows.csv?outcome=rejected"), request => _runs.ExportRowsAsync(request, run.Id, default));

        var (response, text) = await CsvAsync(
            Requests.To("GET", $"/api/v1/runs/{run.Id}/rows?outcome=rejected").With("Accept", "text/csv"), request => _runs.ListRowsAsync(request, run.Id, default));

        response.ContentType.ShouldStartWith("text/csv");
        text.ShouldBe(file);
        (await GetAsync($"/api/v1/runs/{run.Id}/rows", request => _runs.ListRowsAsync(request.With("Accept", "application/json, text/csv"), run.Id, default))).Body["value"].ShouldNotBeNull();
    }

    [Fact]
    public async Task RowsCsv_Head_HasNoBody()
    {
        var run = await RunAsync();

        var (response, text) = await CsvAsync(Requests.To("HEAD", $"/api/v1/runs/{run.Id}/rows.csv"), request => _runs.ExportRowsAsync(request, run.Id, default));

        (response.StatusCode, text).ShouldBe((200, ""));
    }

    [Fact]
    public async Task NoSuchRun_Is404()
    {
        (await GetAsync("/api/v1/runs/run_none/rows.csv", request => _runs.ExportRowsAsync(request, "run_none", default))).Status.ShouldBe(404);
        (await GetAsync("/api/v1/runs/run_none/requests", request => _events.ListRequestsAsync(request, "run_none", default))).Status.ShouldBe(404);
        (await GetAsync("/api/v1/events/evt_none", request => _events.GetAsync(request, "evt_none", default))).Status.ShouldBe(404);
    }

    [Fact]
    public async Task Requests_OfARun_ShowExchangesTimesAndRetries()
    {
        _engine.PutMany(2);
        _engine.Platform.Then(Reply.Http500);
        var run = await _engine.RunAsync();

        var (status, body) = await GetAsync($"/api/v1/runs/{run.Id}/requests", request => _events.ListRequestsAsync(request, run.Id, default));

        status.ShouldBe(200);
        body["value"]!.AsArray().Select(item => (Text(item!, "outcome"), item!["attempt"]!.GetValue<int>(), item["batch"]!.GetValue<int>())).ShouldBe([("delivered", 2, 0), ("failed", 1, 0)]);
        var request = body["value"]![0]!;
        (Text(request["request"]!, "method"), Text(request["request"]!, "url"), request["response"]!["status"]!.GetValue<int>(), request["ms"]!.GetValue<long>())
            .ShouldBe(("POST", "https://receiver.example/", 200, 1));
        (await GetAsync($"/api/v1/runs/{run.Id}/requests?outcome=failed", request => _events.ListRequestsAsync(request, run.Id, default))).Body["value"]!.AsArray().Count.ShouldBe(1);
        (await GetAsync($"/api/v1/runs/{run.Id}/requests?outcome=fialed", request => _events.ListRequestsAsync(request, run.Id, default))).Status.ShouldBe(400);
    }

    /// <summary>Calls of several requests are cut where a page ends, and none is lost or shown twice.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(200)]
    public async Task Requests_Pages_GiveEachRequestOnce(int limit)
    {
        _engine.PutMany(2);
        var run = await _engine.RunAsync();
        var call = _engine.Records.All.ShouldHaveSingleItem();
        for (var number = 0; number < 4; number++)
        {
            var at = call.At.AddSeconds(number + 1);
            await _engine.Records.TryWriteAsync(
                call with
                {
                    Id = DeliveryRecord.CreateId(call.DestinationId, at),
                    At = at,
                    Exchanges = [.. Enumerable.Range(0, number).Select(index => call.Exchanges[0] with { Url = $"https://receiver.example/{number}/{index}" })],
                },
                default);
        }

        List<string> urls = [];
        var path = $"/api/v1/runs/{run.Id}/requests?limit={limit}";
        for (var page = 0; path is not null; page++)
        {
            page.ShouldBeLessThan(20);
            var (_, body) = await GetAsync(path, request => _events.ListRequestsAsync(request, run.Id, default));
            var items = body["value"]!.AsArray();
            items.Count.ShouldBeLessThanOrEqualTo(limit);
            urls.AddRange(items.Select(item => Text(item!["request"]!, "url")));
            path = body["nextLink"]?.GetValue<string>()["https://api.example".Length..];
        }

        urls.ShouldBe(
        [
            "https://receiver.example/3/0", "https://receiver.example/3/1", "https://receiver.example/3/2", "https://receiver.example/2/0", "https://receiver.example/2/1",
            "https://receiver.example/1/0", "https://receiver.example/",
        ]);
    }

    [Fact]
    public async Task Events_ListAndDetail_ShowTheStagesOfACall()
    {
        var run = await RunAsync();

        var (_, list) = await GetAsync($"/api/v1/events?runId={run.Id}&outcome=partial", request => _events.ListAsync(request, default));
        var listed = list["value"]!.AsArray().ShouldHaveSingleItem()!;
        var (status, detail) = await GetAsync($"/api/v1/events/{listed["id"]}", request => _events.GetAsync(request, Text(listed, "id"), default));

        (Text(listed, "destinationId"), Text(listed, "code"), Text(listed, "connector")).ShouldBe((EngineHarness.DestinationId, "invalid_email", "receiver"));
        listed["exchanges"].ShouldBeNull();
        (listed["rows"]!["accepted"]!.GetValue<int>(), listed["rows"]!["rejected"]!.GetValue<int>()).ShouldBe((2, 1));
        status.ShouldBe(200);
        (detail["received"]!["rows"]!.GetValue<int>(), detail["received"]!["operations"]!["add"]!.GetValue<int>()).ShouldBe((3, 3));
        detail["mapped"]!["fields"]!.AsArray().Select(name => name!.GetValue<string>()).ShouldBe(["user_id", "email", "orders"]);
        detail["exchanges"]!.AsArray().ShouldHaveSingleItem()!["request"]!["url"]!.GetValue<string>().ShouldBe("https://receiver.example/");
        Text(detail["result"]!["reasons"]![0]!, "code").ShouldBe("invalid_email");
        detail.ToJsonString().ShouldNotContain("@example.com");
    }

    [Theory]
    [InlineData("?outcome=fine")]
    [InlineData("?from=yesterday")]
    [InlineData("?destination=dst_1")]
    public async Task Events_FaultyFilter_IsRefused(string query) =>
        (await GetAsync($"/api/v1/events{query}", request => _events.ListAsync(request, default))).Status.ShouldBe(400);

    [Fact]
    public async Task Overview_Runs_AddUpExactly()
    {
        var from = _engine.Time.GetUtcNow();
        _engine.PutMany(2, from: 100);
        _engine.Put("c-0200", email: "");
        await RunAsync();
        _engine.Put("c-0002", vip: false);
        _engine.Put("c-0003", orders: 9);
        _engine.Platform.Script = _ => Reply.Http500;
        await _engine.RunAsync();
        await _engine.RunAsync(dryRun: true);
        _engine.Time.Advance(TimeSpan.FromHours(3));
        var to = _engine.Time.GetUtcNow();

        var (status, body) = await OverviewAsync($"?from={Timestamps.Format(from)}&to={Timestamps.Format(to)}&granularity=hour&groupBy=destination");

        status.ShouldBe(200);
        body["runs"]!.GetValue<int>().ShouldBe(2, "dry runs do not count");
        var stages = body["stages"]!;
        ShouldAddUp(stages);
        Count(stages, "planned").ShouldBeGreaterThan(9);
        Count(stages, "rejected").ShouldBe(1);
        Count(stages, "leavers").ShouldBe(1);
        body["reasons"]!.AsArray().Sum(reason => Count(reason!, "count")).ShouldBe(Count(stages, "rejected") + Count(stages, "carriedOver"));
        body["reasons"]!.AsArray().ShouldContain(reason => Text(reason!, "code") == "invalid_email" && Count(reason!, "count") == 1);
        Count(body["latency"]!, "batches").ShouldBeGreaterThan(2);
        body["latency"]!["p95Ms"]!.GetValue<long>().ShouldBeGreaterThanOrEqualTo(body["latency"]!["p50Ms"]!.GetValue<long>());

        // The series and the groups are the same people, counted apart.
        var series = body["series"]!.AsArray();
        series.Count.ShouldBe((int)(to.UtcDateTime.AddHours(1).Hour - from.UtcDateTime.Hour));
        foreach (var name in stages.AsObject().Select(stage => stage.Key))
        {
            series.Sum(point => Count(point!["stages"]!, name)).ShouldBe(Count(stages, name), name);
            body["groups"]!.AsArray().Sum(group => Count(group!["stages"]!, name)).ShouldBe(Count(stages, name), name);
        }

        Text(body["groups"]!.AsArray().ShouldHaveSingleItem()!, "name").ShouldBe("VIPs");
        body["previous"]!["runs"]!.GetValue<int>().ShouldBe(0);

        var next = (await OverviewAsync($"?from={Timestamps.Format(to)}&to={Timestamps.Format(to + (to - from))}")).Body;
        next["runs"]!.GetValue<int>().ShouldBe(0);
        next["latency"]!["p95Ms"].ShouldBeNull();
        JsonNode.DeepEquals(next["previous"]!["stages"], stages).ShouldBeTrue();
        (await OverviewAsync($"?from={Timestamps.Format(from)}&to={Timestamps.Format(to)}&destinationId=dst_other")).Body["runs"]!.GetValue<int>().ShouldBe(0);
    }

    [Fact]
    public async Task Overview_ByCode_CountsReasons()
    {
        await RunAsync();
        _engine.Time.Advance(TimeSpan.FromMinutes(1));

        var body = (await OverviewAsync("?groupBy=code")).Body;

        body["groups"]!.AsArray().Select(group => (Text(group!, "key"), Count(group!, "count"))).ShouldBe([("invalid_email", 1)]);
        Text(body, "granularity").ShouldBe("day");
    }

    /// <summary>Random runs, finished or not: the three sums hold for each, and so for all.</summary>
    [Fact]
    public void Summary_RandomRuns_AddsUp()
    {
        var random = new Random(23);
        for (var round = 0; round < 2_000; round++)
        {
            var (delivered, rejected, carried) = (Counts(), Counts(), Counts());
            var run = RunStoreSamples.Run($"run_{round}") with
            {
                Status = (RunStatus)random.Next((int)RunStatus.Succeeded, (int)RunStatus.Skipped + 1),
                Spec = random.Next(5) == 0 ? null : RunStoreSamples.Spec,
                Funnel = new(random.Next(20, 60), random.Next(5), random.Next(5), random.Next(5), random.Next(5)),
                Unchanged = random.Next(30),
                Delivered = delivered,
                Rejected = rejected,
                CarriedOver = carried,
                Planned = delivered + rejected + carried,
                TopErrors = [.. Enumerable.Range(0, random.Next(4)).Select(code => new RunError($"code_{code}", "detail", random.Next(6), true))],
            };

            var summary = RunSummary.Of(run);

            summary.Funnel.Members.ShouldBe(summary.Funnel.ConsentBlocked + summary.Funnel.Suppressed + summary.Funnel.Holdout + summary.Funnel.MissingIdentifier + summary.Funnel.Deliverable);
            (summary.Funnel.Deliverable + summary.Leavers).ShouldBe(summary.Unchanged + summary.Unplanned + summary.Planned);
            summary.Planned.ShouldBe(summary.Delivered + summary.Rejected + summary.CarriedOver);
            summary.Reasons.Sum(reason => reason.Count).ShouldBe(summary.Rejected + summary.CarriedOver);
            summary.Reasons.ShouldAllBe(reason => reason.Count > 0 && reason.Detail == null);
            (summary.Leavers >= 0 && summary.Unplanned >= 0).ShouldBeTrue();
        }

        OperationCounts Counts() => new(random.Next(6), random.Next(6), random.Next(6));
    }

    [Theory]
    [InlineData("?from=2026-11-22&to=2026-11-21", 422)]
    [InlineData("?from=2026-01-01&to=2026-06-01", 422)]
    [InlineData("?from=2026-01-01&to=2026-03-31&granularity=hour", 422)]
    [InlineData("?granularity=minute", 400)]
    [InlineData("?groupBy=destination,code", 400)]
    [InlineData("?groupBy=planet", 400)]
    [InlineData("?from=soon", 400)]
    [InlineData("?form=2026-01-01", 400)]
    public async Task Overview_FaultyQuestion_IsRefused(string query, int status) => (await OverviewAsync(query)).Status.ShouldBe(status);

    private static void ShouldAddUp(JsonNode stages)
    {
        Count(stages, "members").ShouldBe(
            Count(stages, "consentBlocked") + Count(stages, "suppressed") + Count(stages, "holdout") + Count(stages, "missingIdentifier") + Count(stages, "deliverable"));
        (Count(stages, "deliverable") + Count(stages, "leavers")).ShouldBe(Count(stages, "unchanged") + Count(stages, "unplanned") + Count(stages, "planned"));
        Count(stages, "planned").ShouldBe(Count(stages, "delivered") + Count(stages, "rejected") + Count(stages, "carriedOver"));
    }

    /// <summary>Seven members, one of whom the platform refuses.</summary>
    private async Task<Run> RunAsync()
    {
        _engine.PutMany(7);
        _engine.Platform.Script = _ => OneBad;
        var run = await _engine.RunAsync();
        EngineHarness.ShouldAddUp(run);
        return run;
    }

    private async Task<IReadOnlyList<string>> RowsAsync(Run run, string query)
    {
        var (status, body) = await GetAsync($"/api/v1/runs/{run.Id}/rows{query}", request => _runs.ListRowsAsync(request, run.Id, default));
        status.ShouldBe(200);
        return [.. body["value"]!.AsArray().Select(row => $"{row!["profileId"]} {row["operation"]} {row["outcome"]} {row["code"]}")];
    }

    private Task<(int Status, JsonNode Body)> OverviewAsync(string query) => GetAsync($"/api/v1/delivery-overview{query}", request => _overview.GetAsync(request, default));

    private static async Task<(int Status, JsonNode Body)> GetAsync(string path, Func<HttpRequest, Task<IResult>> act)
    {
        var request = Requests.To("GET", path);
        var body = await (await act(request)).SendAsync(request.HttpContext);
        return (request.HttpContext.Response.StatusCode, body!);
    }

    private static async Task<(HttpResponse Response, string Text)> CsvAsync(HttpRequest request, Func<HttpRequest, Task<IResult>> act)
    {
        await (await act(request)).ExecuteAsync(request.HttpContext);
        var stream = (MemoryStream)request.HttpContext.Response.Body;
        return (request.HttpContext.Response, System.Text.Encoding.UTF8.GetString(stream.ToArray()));
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static long Count(JsonNode node, string name) => node[name]!.GetValue<long>();
}
