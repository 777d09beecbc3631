using System.Text.Json.Nodes;
using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Journeys as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class JourneysWalkTests(RunningApp app)
{
    [Fact]
    public async Task Entries_ReachListsAndEventsWithinMoments_AndNobodyIsRemoved()
    {
        await using var list = await Receiver.StartAsync();
        await using var events = await Receiver.StartAsync();
        await IngestAsync("journey", 30);
        var created = (await app.Api.PostAsync("journeys", $$"""
            {"name":"Welcome","steps":[{"name":"Opened email","destinations":[{{await DestinationAsync(list)}},{{await DestinationAsync(events, ""","mode":"events" """)}}]}]}
            """)).ShouldBe(201);
        created.Headers["Location"].ShouldBe($"/api/v1/journeys/{created.Id}");
        var key = created.Json["steps"]![0]!["key"]!.GetValue<string>();
        key.ShouldMatch("^j_o_opened_email__[a-z0-9]+$");
        created.Json["steps"]![0]!["destinations"]!.AsArray().Select(destination => destination!["mode"]!.GetValue<string>()).ShouldBe(["addOnly", "events"]);

        var entered = (await app.Api.PostAsync($"journeys/{created.Id}/steps/{key}/entries", """{"profileIds":["journey-1","nobody","journey-2"]}""")).ShouldBe(207);
        entered.Json["accepted"]!.GetValue<int>().ShouldBe(2);
        entered.Json["results"]!.AsArray().Select(result => result!["status"]!.GetValue<int>()).ShouldBe([200, 404, 200]);
        await Eventually.HoldsAsync(() => Task.FromResult(list.Members.Count == 2 && events.Calls.Count == 2), "both are sent");

        list.Members.Keys.ShouldBe(["journey-1", "journey-2"], ignoreOrder: true);
        var call = events.Calls[0].Body;
        (Text(call, "type"), Text(call, "event")).ShouldBe(("track", "Audience Entered"));
        call["properties"]![key]!.GetValue<string>().ShouldBe("true");
        var personas = call["context"]!["personas"]!;
        (Text(personas, "computation_class"), Text(personas, "computation_key"), Text(personas, "namespace")).ShouldBe(("journey_step", key, Text(personas, "space_id")));
        call["integrations"]!["All"]!.GetValue<bool>().ShouldBeFalse();
        call["integrations"]!.AsObject().Count.ShouldBe(2);

        // A change and an erasure: nobody who entered is removed from the list, and no further event is sent.
        await app.Api.IngestAsync([new() { ["op"] = "identify", ["id"] = "journey-1", ["attributes"] = new JsonObject { ["level"] = 99 } }]);
        (await app.Api.PostAsync($"journeys/{created.Id}/steps/{key}/entries", """{"profileIds":["journey-1","journey-3"]}""")).ShouldBe(207);
        await Eventually.HoldsAsync(() => Task.FromResult(list.Members.Count == 3 && events.Calls.Count == 3), "the third is sent");
        events.Calls.Select(each => Text(each.Body, "userId")).ShouldBe(["journey-1", "journey-2", "journey-3"], ignoreOrder: true);
        (await app.Api.GetAsync("profiles/journey-1")).Text.ShouldNotContain("$journey");
        list.Surprises.ShouldBeEmpty();

        var destination = created.Json["steps"]![0]!["destinations"]![1]!["id"]!.GetValue<string>();
        var left = (await app.Api.PostAsync($"destinations/{destination}/test-events", """{"event":"exited","mode":"dryRun"}""")).ShouldBe(200);
        left.Json["ok"]!.GetValue<bool>().ShouldBeFalse();
        (await app.Api.DeleteAsync($"journeys/{created.Id}?remote=cleanUp", (await app.Api.GetAsync($"journeys/{created.Id}")).ETag)).ShouldBe(202);
        await Eventually.HoldsAsync(() => Task.FromResult(list.Members.Count == 0), "the list is cleaned up");
        (await app.Api.GetAsync($"journeys/{created.Id}")).ShouldBeProblem(404, "not_found");
        events.Calls.Count.ShouldBe(3);
    }

    /// <summary>A long name with letters of many scripts, an identify stream, and entries by a segment.</summary>
    [Fact]
    public async Task Entries_BySegment_AreIdentified()
    {
        await using var events = await Receiver.StartAsync();
        await IngestAsync("identify", 12);
        var segment = await app.Api.CreateSegmentAsync("Identify walk", """{"all":[{"attr":"journey","op":"eq","value":"identify"},{"attr":"level","op":"gte","value":9}]}""");
        var connection = await app.Api.CreateWebhookAsync(events, "\"eventStyle\":\"identify\"");
        var created = (await app.Api.PostAsync("journeys", $$"""
            {"name":"Identify","steps":[{"name":"Öffnete die Nachricht – 日本語 – und kaufte trotz aller Erinnerungen vierzehn Tage lang nichts mehr",
              "destinations":[{"connectionId":"{{connection}}","mode":"events","mapping":[{"from":"id","to":"userId","identifier":true},{"from":"level","to":"level"}]}]}]}
            """)).ShouldBe(201);
        var key = Text(created.Json["steps"]![0]!, "key");
        key.ShouldMatch("^j_o_offnete_die_nachricht_[a-z_]+__[a-z0-9]{6}$");
        var entries = $"journeys/{created.Id}/steps/{key}/entries";

        var entered = (await app.Api.PostAsync(entries, $$"""{"segmentId":"{{segment}}"}""")).ShouldBe(207);
        (entered.Json["accepted"]!.GetValue<int>(), entered.Json["failed"]!.GetValue<int>()).ShouldBe((3, 0));
        await Eventually.HoldsAsync(() => Task.FromResult(events.Calls.Count == 3), "all three are told");

        foreach (var call in events.Calls)
        {
            var body = call.Body.AsObject();
            body.ContainsKey("event").ShouldBeFalse();
            (Text(body, "type"), body["traits"]![key]!.GetValue<string>()).ShouldBe(("identify", "true"));
            body["context"]!["personas"]!.AsObject().Select(member => member.Key).ShouldBe(["computation_class", "computation_id", "computation_key", "namespace", "space_id"], ignoreOrder: true);
            JsonNode.DeepEquals(body["integrations"], JsonNode.Parse($$"""{"All":false,"Receiver {{events.Url.Port}}":true}""")).ShouldBeTrue(body.ToJsonString());
        }

        (await app.Api.PostAsync(entries, $$"""{"segmentId":"{{segment}}","profileIds":[]}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PostAsync(entries, $$"""{"profileIds":[{{string.Join(',', Enumerable.Range(0, 1_001).Select(number => $"\"identify-{number}\""))}}]}""")).ShouldBeProblem(422, "validation_failed").Text.ShouldContain("1001");
        (await app.Api.PostAsync(entries, $$"""{"profileIds":[{{string.Join(',', Enumerable.Range(0, 1_000).Select(number => $"\"identify-{number % 12}\""))}}]}""")).ShouldBe(207).Json["accepted"]!.GetValue<int>().ShouldBe(1_000);
        await Eventually.HoldsAsync(() => Task.FromResult(events.Calls.Count == 12), "the other nine are told");

        var destination = await app.Api.GetAsync($"destinations/{created.Json["steps"]![0]!["destinations"]![0]!["id"]!.GetValue<string>()}");
        (await app.Api.PatchAsync($"destinations/{destination.Id}", """{"enabled":false}""", destination.ETag)).ShouldBe(200);
        (await app.Api.PostAsync(entries, """{"profileIds":["identify-1"]}""")).ShouldBeProblem(409, "step_disconnected");
        (await app.Api.DeleteAsync($"journeys/{created.Id}", (await app.Api.GetAsync($"journeys/{created.Id}")).ETag)).ShouldBe(204);
        events.Calls.Select(call => Text(call.Body, "userId")).Distinct().Count().ShouldBe(12);
    }

    [Fact]
    public async Task Step_WithAnEntrySegment_TakesItsMembersIn()
    {
        await using var list = await Receiver.StartAsync();
        await IngestAsync("entry", 10);
        var segment = await app.Api.CreateSegmentAsync("Entry walk", """{"all":[{"attr":"journey","op":"eq","value":"entry"},{"attr":"level","op":"gte","value":8}]}""");

        var created = (await app.Api.PostAsync("journeys", $$$"""
            {"name":"By segment","steps":[{"name":"High level","entry":{"segmentId":"{{{segment}}}"},"destinations":[{{{await DestinationAsync(list)}}}]}]}
            """)).ShouldBe(201);

        await Eventually.HoldsAsync(() => Task.FromResult(list.Members.Count == 2), "the segment's members are sent");
        (await app.Api.DeleteAsync($"segments/{segment}", (await app.Api.GetAsync($"segments/{segment}")).ETag)).ShouldBeProblem(409, "segment_in_use").Text.ShouldContain("journey 'By segment'");
        (await app.Api.GetAsync($"segments/{segment}")).Json["locked"]!.GetValue<bool>().ShouldBeTrue();
        var off = (await app.Api.PatchAsync($"journeys/{created.Id}", """{"enabled":false}""", created.ETag)).ShouldBe(200);
        (await app.Api.PostAsync($"journeys/{created.Id}/steps/{created.Json["steps"]![0]!["key"]!.GetValue<string>()}/entries", """{"profileIds":["entry-1"]}""")).ShouldBeProblem(409, "journey_disabled");
        (await app.Api.DeleteAsync($"journeys/{created.Id}", off.ETag)).ShouldBe(204);
    }

    [Fact]
    public async Task Journeys_Lists_Roles_AndFaults()
    {
        await using var list = await Receiver.StartAsync();
        await IngestAsync("manners", 2);
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        using var operatorClient = await Keys.CreateAsync(app.Api, "operator");
        var created = (await app.Api.PostAsync("journeys", $$"""{"name":"Manners","steps":[{"name":"One","destinations":[{{await DestinationAsync(list)}}]}]}""")).ShouldBe(201);
        var key = created.Json["steps"]![0]!["key"]!.GetValue<string>();

        (await viewer.GetAsync("journeys?search=manners&orderBy=name")).ShouldBe(200).Json["value"]!.AsArray().Select(each => each!["id"]!.GetValue<string>()).ShouldBe([created.Id]);
        (await viewer.GetAsync($"journeys/{created.Id}")).ShouldBe(200);
        (await viewer.SendAsync(HttpMethod.Head, $"journeys/{created.Id}", null, null)).ShouldBe(200).Text.ShouldBeEmpty();
        (await viewer.PostAsync($"journeys/{created.Id}/steps/{key}/entries", """{"profileIds":["manners-1"]}""")).ShouldBeProblem(403, "role_too_low");
        (await operatorClient.PostAsync($"journeys/{created.Id}/steps/{key}/entries", """{"profileIds":["manners-1"]}""")).ShouldBe(207);
        (await operatorClient.PatchAsync($"journeys/{created.Id}", """{"name":"Mine"}""", created.ETag)).ShouldBeProblem(403, "forbidden");
        (await app.Api.PatchAsync($"journeys/{created.Id}", """{"name":"Renamed"}""", "\"0\"")).ShouldBeProblem(412, "etag_mismatch");
        (await app.Api.SendAsync(HttpMethod.Delete, $"journeys/{created.Id}", null, null)).ShouldBeProblem(428, "if_match_required");
        var renamed = (await app.Api.PatchAsync($"journeys/{created.Id}", """{"name":"Renamed"}""", created.ETag)).ShouldBe(200);
        renamed.Json["steps"]![0]!["key"]!.GetValue<string>().ShouldBe(key);
        (await app.Api.PostAsync($"journeys/{created.Id}/steps/j_o_none__abc123/entries", """{"profileIds":["manners-1"]}""")).ShouldBeProblem(404, "not_found");
        (await app.Api.PostAsync($"journeys/{created.Id}/steps/{key}/entries", """{"profileIds":7}""")).ShouldBeProblem(422, "validation_failed");
        var refused = (await app.Api.PostAsync("journeys", """{"steps":[{"name":"One","destinations":[]},{"destination":[]}]}""")).ShouldBeProblem(422, "validation_failed");
        refused.Json["errors"]!.AsArray().Select(fault => fault!["pointer"]!.GetValue<string>())
            .ShouldBe(["/name", "/steps/0/destinations", "/steps/1/name", "/steps/1/destination", "/steps/1/destinations"], ignoreOrder: true);
        (await app.Api.DeleteAsync($"journeys/{created.Id}", renamed.ETag)).ShouldBe(204);
    }

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private async Task<string> DestinationAsync(Receiver receiver, string more = "") => $$"""
        {"connectionId":"{{await app.Api.CreateWebhookAsync(receiver)}}","mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"journey","to":"journey"}]{{more}}}
        """;

    private Task IngestAsync(string key, int count) => app.Api.IngestAsync(Enumerable.Range(0, count).Select(number => new JsonObject
    {
        ["op"] = "identify",
        ["id"] = $"{key}-{number}",
        ["attributes"] = new JsonObject { ["journey"] = key, ["level"] = number },
    }));
}
