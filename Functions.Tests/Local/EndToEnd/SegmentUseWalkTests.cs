using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Segments in use: found, compared, followed over time, changed while destinations follow them, and explained.</summary>
[Collection(ApiCollection.Name)]
public sealed class SegmentUseWalkTests(RunningApp app)
{
    private const string NoGuards = """{"maxRemovePercent":null,"maxRemoveCount":null,"maxAddPercent":null,"maxInvalidPercent":null}""";

    [Fact]
    public async Task List_ManySegments_IsSearchedFilteredAndSortedPageByPage()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("listed", 4);
        foreach (var number in Enumerable.Range(0, 12))
        {
            var visibility = number % 3 == 0 ? "private" : "shared";
            (await app.Api.PostAsync(
                "segments", $$"""{"name":"Listed {{(char)('L' - number)}}","description":"walk-{{number}}","visibility":"{{visibility}}","rules":{"attr":"walk","op":"eq","value":"listed"} }""")).ShouldBe(201);
        }

        var all = await WalkAsync("segments?search=LISTED&orderBy=name&limit=5");
        var followed = all[3]["id"]!.GetValue<string>();
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = await app.Api.CreateDestinationAsync("Listed follower", followed, connection);
        await app.Api.RunAsync(destination);

        all.Select(segment => segment["name"]!.GetValue<string>()).ShouldBe(Enumerable.Range(0, 12).Select(number => $"Listed {(char)('A' + number)}"));
        (await WalkAsync("segments?search=listed&orderBy=-name&limit=5")).Select(segment => segment["name"]!.GetValue<string>())
            .ShouldBe(Enumerable.Range(0, 12).Select(number => $"Listed {(char)('L' - number)}"));
        (await WalkAsync("segments?search=walk-7")).ShouldHaveSingleItem()["name"]!.GetValue<string>().ShouldBe("Listed E");
        var used = (await WalkAsync("segments?search=listed&status=inUse")).ShouldHaveSingleItem();
        (used["id"]!.GetValue<string>(), used["status"]!.GetValue<string>(), used["size"]!.GetValue<int>()).ShouldBe((followed, "inUse", 4));
        (await WalkAsync("segments?search=listed&visibility=private&limit=1")).Count.ShouldBe(4);
        (await app.Api.GetAsync("segments?status=used")).ShouldBeProblem(400, "invalid_parameter").Text.ShouldContain("inUse");
        (await app.Api.GetAsync("segments?orderBy=size")).ShouldBeProblem(400, "invalid_parameter");
        var next = (await app.Api.GetAsync("segments?search=listed&orderBy=name&limit=5")).ShouldBe(200).Json["nextLink"]!.GetValue<string>();
        (await app.Api.GetAsync(new Uri(next.Replace("orderBy=name", "orderBy=-name", StringComparison.Ordinal)).PathAndQuery)).ShouldBeProblem(400, "invalid_cursor");

        (await WalkAsync($"destinations?search=listed&segmentId={followed}&orderBy=-createdAt")).ShouldHaveSingleItem()["id"]!.GetValue<string>().ShouldBe(destination);
        (await WalkAsync($"connections?search={receiver.Url.Port}&type=webhook")).ShouldHaveSingleItem()["id"]!.GetValue<string>().ShouldBe(connection);
    }

    [Fact]
    public async Task Overlap_ThreeSegments_CountsEveryRegion()
    {
        await IngestAsync("overlap", 30);
        string[] ids =
        [
            await app.Api.CreateSegmentAsync("Overlap twos", Rule("overlap", """{"attr":"even","op":"eq","value":true}""")),
            await app.Api.CreateSegmentAsync("Overlap high", Rule("overlap", """{"attr":"number","op":"gte","value":20}""")),
            await app.Api.CreateSegmentAsync("Overlap low", Rule("overlap", """{"attr":"number","op":"lt","value":25}""")),
        ];

        var overlap = (await app.Api.PostAsync("segments/overlap", new JsonObject { ["segmentIds"] = new JsonArray([.. ids]) }.ToJsonString())).ShouldBe(200).Json;

        overlap["union"]!.GetValue<int>().ShouldBe(30);
        overlap["segments"]!.AsArray().Select(segment => segment!["count"]!.GetValue<int>()).ShouldBe([15, 10, 25]);
        var regions = overlap["regions"]!.AsArray();
        regions.Count.ShouldBe(7);
        foreach (var region in regions)
        {
            var inside = region!["segmentIds"]!.AsArray().Select(id => Array.IndexOf(ids, id!.GetValue<string>())).ToHashSet();
            region["count"]!.GetValue<int>().ShouldBe(
                Enumerable.Range(0, 30).Count(number => (number % 2 == 0) == inside.Contains(0) && number >= 20 == inside.Contains(1) && number < 25 == inside.Contains(2)));
        }

        var pair = overlap["pairs"]![0]!;
        (pair["count"]!.GetValue<int>(), pair["union"]!.GetValue<int>(), pair["jaccardPercent"]!.GetValue<decimal>()).ShouldBe((5, 20, 25m));
        (await app.Api.PostAsync("segments/overlap", $$"""{"segmentIds":["{{ids[0]}}"]}""")).ShouldBe(422);
        (await app.Api.PostAsync("segments/overlap", $$"""{"segmentIds":["{{ids[0]}}","seg_none"]}""")).ShouldBe(422);
    }

    [Fact]
    public async Task History_AfterThreeRuns_TellsSizesAndWhoEnteredAndLeft()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "history", size: 20);
        var segment = (await app.Api.GetAsync($"destinations/{audience.DestinationId}")).Json["source"]!["segmentId"]!.GetValue<string>();
        var first = (await app.Api.RunAsync(audience.DestinationId))["id"]!.GetValue<string>();
        await audience.SetLevelsAsync(app.Api, [(1, 0), (2, 0), (10, 3)]);
        await app.Api.RunAsync(audience.DestinationId);
        await audience.SetLevelsAsync(app.Api, [(1, 1)]);
        var third = (await app.Api.RunAsync(audience.DestinationId))["id"]!.GetValue<string>();

        var entries = await WalkAsync($"segments/{segment}/history?limit=2");

        entries.Select(entry => (entry["size"]!.GetValue<int>(), entry["entered"]!.GetValue<int>(), entry["left"]!.GetValue<int>())).ShouldBe([(18, 1, 0), (17, 1, 2), (18, 18, 0)]);
        (entries[0]["runId"]!.GetValue<string>(), entries[2]["runId"]!.GetValue<string>()).ShouldBe((third, first));
        entries.ShouldAllBe(entry => entry["destinationId"]!.GetValue<string>() == audience.DestinationId);
        var until = entries[1]["at"]!.GetValue<string>();
        (await WalkAsync($"segments/{segment}/history?to={until}")).Count.ShouldBe(1, "'to' is no part of the span");
        (await WalkAsync($"segments/{segment}/history?from={until}")).Count.ShouldBe(2);
        (await app.Api.GetAsync($"segments/{segment}/history?from=yesterday")).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.GetAsync("segments/seg_none/history")).ShouldBeProblem(404, "not_found");

        var sizes = (await app.Api.GetAsync($"metrics/audience-size?segmentId={segment}&granularity=hour")).ShouldBe(200).Json;
        sizes["series"]!.AsArray().Select(point => point!["size"]).Last(size => size is not null)!.GetValue<int>().ShouldBe(18);
        var runs = (await app.Api.GetAsync($"metrics/runs?destinationId={audience.DestinationId}&granularity=day")).ShouldBe(200).Json;
        runs["series"]!.AsArray().Sum(point => point!["runs"]!.GetValue<int>()).ShouldBe(3);
        runs["series"]!.AsArray().Sum(point => point!["delivered"]!.GetValue<int>()).ShouldBe(18 + 3 + 1);
        (await app.Api.GetAsync("metrics/audience-size")).ShouldBeProblem(400, "invalid_parameter");
    }

    [Fact]
    public async Task Draft_OfASegmentInUse_IsSeenFirstAndPublishedBetweenRuns()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("draft", 40);
        var segment = await app.Api.CreateSegmentAsync("Draft", Rule("draft", """{"attr":"number","op":"lt","value":30}"""));
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = (await app.Api.PostAsync(
            "destinations",
            $$"""
            {"name":"Draft follower","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","autoSync":false,"guards":{"maxRemovePercent":20,"maxRemoveCount":5,"maxAddPercent":null,"maxInvalidPercent":null},
             "mapping":[{"from":"id","to":"user_id","identifier":true}]}
            """)).ShouldBe(201).Id;
        await app.Api.RunAsync(destination);
        var present = (await app.Api.GetAsync($"segments/{segment}")).ShouldBe(200);
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        (await app.Api.GetAsync($"segments/{segment}/draft")).ShouldBeProblem(404, "not_found");
        (await app.Api.PostAsync($"segments/{segment}/draft/impact")).ShouldBeProblem(404, "not_found");
        var body = $$"""{"rules":{{Rule("draft", """{"attr":"number","op":"gte","value":10}""")}}}""";

        (await PutAsync($"segments/{segment}/draft", body)).ShouldBeProblem(428, "if_match_required");
        (await PutAsync($"segments/{segment}/draft", """{"rules":{"attr":"number","op":"gtee","value":10}}""", present.ETag)).ShouldBe(422).Text.ShouldContain("/rules/op");
        var draft = (await PutAsync($"segments/{segment}/draft", body, present.ETag)).ShouldBe(200);
        (await app.Api.GetAsync($"segments/{segment}")).Json["draft"]!["stale"]!.GetValue<bool>().ShouldBeFalse();

        var impact = (await app.Api.PostAsync($"segments/{segment}/draft/impact")).ShouldBe(200).Json;
        (Int(impact, "before"), Int(impact, "after"), Int(impact["entering"]!, "count"), Int(impact["leaving"]!, "count"), Int(impact, "staying")).ShouldBe((30, 30, 10, 10, 20));
        var at = impact["destinations"]!.AsArray().ShouldHaveSingleItem()!;
        at["id"]!.GetValue<string>().ShouldBe(destination);
        (Int(at, "accepted"), Int(at["entering"]!, "count"), Int(at["leaving"]!, "count"), Int(at, "staying")).ShouldBe((30, 10, 10, 20));
        at["heldBecause"]!.GetValue<string>().ShouldContain("10 of 30");
        at["leaving"]!["sample"]!.AsArray().Select(member => member!["identifiers"]!["email"]!.GetValue<string>()).ShouldAllBe(email => email.StartsWith("person.draft-", StringComparison.Ordinal));
        var masked = (await viewer.GetAsync($"segments/{segment}/draft/impact?asOf=2026-01-01T00:00:00Z")).ShouldBe(200);
        masked.Text.ShouldNotContain("person.draft-");
        masked.Json["asOf"]!.GetValue<string>().ShouldBe("2026-01-01T00:00:00Z");
        (await viewer.SendAsync(HttpMethod.Put, $"segments/{segment}/draft", body, "application/json", ("If-Match", draft.ETag))).ShouldBeProblem(403, "role_too_low");

        // A run under way goes by the old rules, all of it.
        await app.Api.IngestAsync([Person("draft", 100, number: 5)]);
        receiver.Next(new Reaction.Hung(Applies: true));
        var under = await app.Api.StartRunAsync(destination);
        await receiver.Hung;
        var refused = (await app.Api.PostAsync($"segments/{segment}/draft/publish")).ShouldBeProblem(409, "run_active");
        refused.Text.ShouldContain(under);
        receiver.Release();
        RunNumbers.Of(await app.Api.WaitForRunAsync(under), "delivered").ShouldBe("1/0/0");

        var published = (await app.Api.PostAsync($"segments/{segment}/draft/publish", null, ("If-Match", draft.ETag))).ShouldBe(200);
        published.Json["previousRules"]!.ToJsonString().ShouldContain("\"lt\"");
        published.Json["rules"]!.ToJsonString().ShouldContain("\"gte\"");
        (await app.Api.GetAsync($"segments/{segment}/draft")).ShouldBeProblem(404, "not_found");
        var held = await app.Api.StartRunAsync(destination);
        await Worker.Eventually.HoldsAsync(
            async () => (await app.Api.ReadRunAsync(held))["status"]!.GetValue<string>() == "held", "the guard holds the run after the publication", TimeSpan.FromSeconds(60));
        (await app.Api.PostAsync($"runs/{held}/approval", """{"action":"approve"}""")).Status.ShouldBeLessThan(300);
        RunNumbers.Of(await app.Api.WaitForRunAsync(held), "delivered").ShouldBe("10/0/11");

        // Somebody else changes the segment's name: what was drafted before is stale.
        var then = await app.Api.GetAsync($"segments/{segment}");
        (await PutAsync($"segments/{segment}/draft", body, then.ETag)).ShouldBe(200);
        (await app.Api.PatchAsync($"segments/{segment}", """{"name":"Draft renamed"}""", then.ETag)).ShouldBe(200);
        (await app.Api.PostAsync($"segments/{segment}/draft/publish")).ShouldBeProblem(409, "draft_stale");
        var stale = (await app.Api.GetAsync($"segments/{segment}/draft")).ShouldBe(200);
        stale.Json["stale"]!.GetValue<bool>().ShouldBeTrue();
        (await app.Api.DeleteAsync($"segments/{segment}/draft", stale.ETag)).ShouldBe(204);
    }

    [Fact]
    public async Task Memberships_OfThreePeople_SayWhyEachIsThereOrNot()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("why", 12);
        await app.Api.IngestAsync([
            new() { ["op"] = "consent", ["id"] = "why-11", ["purpose"] = "why", ["state"] = "denied", ["source"] = "preference centre", ["capturedAt"] = "2026-02-03T04:05:06Z" },
            .. Enumerable.Range(0, 11).Select(number => new JsonObject { ["op"] = "consent", ["id"] = $"why-{number}", ["purpose"] = "why", ["state"] = "granted" }),
        ]);
        var inner = await app.Api.CreateSegmentAsync("Why high", """{"attr":"number","op":"gte","value":6}""");
        (await app.Api.PatchAsync($"segments/{inner}", """{"visibility":"shared"}""", (await app.Api.GetAsync($"segments/{inner}")).ETag)).ShouldBe(200);
        var segment = await app.Api.CreateSegmentAsync("Why", Rule("why", $$"""{"segment":"{{inner}}"}""", """{"bucket":{"salt":"why","from":0,"to":10000}}""", """{"attr":"email","op":"exists"}"""));
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = (await app.Api.PostAsync(
            "destinations",
            $$"""
            {"name":"Why follower","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","autoSync":false,"consentPurpose":"why","guards":{{NoGuards}},
             "mapping":[{"from":"email","to":"user_id","identifier":true}]}
            """)).ShouldBe(201).Id;
        var run = (await app.Api.RunAsync(destination))["id"]!.GetValue<string>();
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");

        // A member who is there.
        var there = (await app.Api.GetAsync($"profiles/why-7/memberships?destinationId={destination}")).ShouldBe(200).Json;
        var trace = there["segments"]!.AsArray().ShouldHaveSingleItem()!;
        (trace["id"]!.GetValue<string>(), trace["member"]!.GetValue<bool>()).ShouldBe((segment, true));
        var rules = trace["trace"]!["rules"]!.AsArray();
        rules.Select(rule => rule!["pointer"]!.GetValue<string>()).ShouldBe(["/rules/all/0", "/rules/all/1", "/rules/all/2", "/rules/all/3"]);
        (rules[1]!["name"]!.GetValue<string>(), Int(rules[1]!["rule"]!, "actual")).ShouldBe(("Why high", 7));
        Int(rules[2]!, "actual").ShouldBeInRange(0, 9_999);
        rules[3]!["actual"]!.GetValue<string>().ShouldBe("person.why-7@example.com");
        var at = there["destinations"]!.AsArray().ShouldHaveSingleItem()!;
        (at["inSource"]!.GetValue<bool>(), at["deliverable"]!.GetValue<bool>(), at["ledger"]!["status"]!.GetValue<string>()).ShouldBe((true, true, "accepted"));
        at["ledger"]!["keys"]!["user_id"]!.GetValue<string>().ShouldBe("person.why-7@example.com");
        at["ledger"]!["payloadCurrent"]!.GetValue<bool>().ShouldBeTrue();
        at["planned"]!["operation"]!.GetValue<string>().ShouldBe("none");
        (at["lastDelivery"]!["runId"]!.GetValue<string>(), at["lastDelivery"]!["operation"]!.GetValue<string>(), at["lastDelivery"]!["outcome"]!.GetValue<string>())
            .ShouldBe((run, "add", "delivered"));

        // A member stopped by consent.
        var stopped = (await app.Api.GetAsync($"profiles/why-11/memberships?segmentId={segment}")).ShouldBe(200).Json["destinations"]!.AsArray().ShouldHaveSingleItem()!;
        (stopped["inSource"]!.GetValue<bool>(), stopped["stoppedAt"]!.GetValue<string>(), stopped["deliverable"]!.GetValue<bool>()).ShouldBe((true, "consent", false));
        stopped["gates"]!.AsArray().Select(gate => gate!["name"]!.GetValue<string>()).Take(4).ShouldBe(["consent", "suppression", "holdout", "identifiers"]);
        var consent = stopped["gates"]![0]!["consent"]!;
        (consent["state"]!.GetValue<string>(), consent["source"]!.GetValue<string>(), consent["capturedAt"]!.GetValue<string>()).ShouldBe(("denied", "preference centre", "2026-02-03T04:05:06Z"));
        stopped["ledger"].ShouldBeNull();

        // Somebody who is no member, by the condition that says so; the answer of a viewer names nobody.
        var outside = (await viewer.GetAsync($"profiles/why-3/memberships?destinationId={destination}")).ShouldBe(200);
        outside.Text.ShouldNotContain("person.why");
        outside.Json["segments"]![0]!["member"]!.GetValue<bool>().ShouldBeFalse();
        outside.Json["segments"]![0]!["trace"]!["rules"]![1]!["result"]!.GetValue<bool>().ShouldBeFalse();
        outside.Json["segments"]![0]!["trace"]!["rules"]![3]!["actual"]!.GetValue<string>().ShouldBe("p…@example.com");
        outside.Json["destinations"]![0]!["planned"]!["operation"]!.GetValue<string>().ShouldBe("none");

        // What has changed since the run is what the next one does.
        await app.Api.IngestAsync([Person("why", 7, number: 2), Person("why", 3, number: 9)]);
        (await PlannedAsync("why-7")).ShouldBe("remove");
        (await PlannedAsync("why-3")).ShouldBe("add");
        RunNumbers.Of(await app.Api.RunAsync(destination), "planned").ShouldBe("1/0/1");
        (await app.Api.GetAsync("profiles/why-none/memberships")).ShouldBeProblem(404, "not_found");
        (await app.Api.GetAsync("profiles/why-3/memberships?segment=x")).ShouldBe(400);

        // All there is, in pages, each once.
        List<string> seen = [];
        for (var path = "/api/v1/profiles/why-3/memberships?limit=2"; path is not null;)
        {
            var page = (await app.Api.GetAsync(path)).ShouldBe(200).Json;
            seen.AddRange(page["segments"]!.AsArray().Concat(page["destinations"]!.AsArray()).Select(entry => entry!["id"]!.GetValue<string>()));
            path = page["nextLink"] is { } next ? new Uri(next.GetValue<string>()).PathAndQuery : null;
        }

        seen.ShouldBeUnique();
        seen.ShouldContain(segment);
        seen.ShouldContain(inner);
        seen.ShouldContain(destination);

        async Task<string> PlannedAsync(string id) =>
            (await app.Api.GetAsync($"profiles/{id}/memberships?destinationId={destination}")).ShouldBe(200).Json["destinations"]![0]!["planned"]!["operation"]!.GetValue<string>();
    }

    private static int Int(JsonNode node, string name) => node[name]!.GetValue<int>();

    private static string Rule(string walk, params IEnumerable<string> conditions) =>
        $$"""{"all":[{{string.Join(',', conditions.Prepend($$"""{"attr":"walk","op":"eq","value":"{{walk}}"}"""))}}]}""";

    private async Task<List<JsonNode>> WalkAsync(string path)
    {
        List<JsonNode> all = [];
        for (var next = (string?)$"/api/v1/{path}"; next is not null;)
        {
            var page = (await app.Api.GetAsync(next)).ShouldBe(200).Json;
            all.AddRange(page["value"]!.AsArray().Select(entry => entry!));
            next = page["nextLink"] is { } link ? new Uri(link.GetValue<string>()).PathAndQuery : null;
        }

        return all;
    }

    private Task<Answer> PutAsync(string path, string body, string? etag = null) =>
        app.Api.SendAsync(HttpMethod.Put, path, body, "application/json", etag is null ? [] : [("If-Match", etag)]);

    private Task IngestAsync(string walk, int count) => app.Api.IngestAsync(Enumerable.Range(0, count).Select(number => Person(walk, number, number)));

    private static JsonObject Person(string walk, int id, int number) => new()
    {
        ["op"] = "identify",
        ["id"] = string.Create(CultureInfo.InvariantCulture, $"{walk}-{id}"),
        ["identifiers"] = new JsonObject { ["email"] = $"person.{walk}-{id}@example.com" },
        ["attributes"] = new JsonObject { ["walk"] = walk, ["number"] = number, ["even"] = number % 2 == 0 },
    };
}
