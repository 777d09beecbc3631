using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Segments;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Events of a segment, and filters at its destinations, as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class FilterWalkTests(RunningApp app)
{
    private const string Filters = """
        [{"action":"drop","name":"Staff","if":{"attr":"tags","op":"contains","value":"staff"}},
         {"action":"sample","percent":50,"salt":"filter walk","if":{"attr":"number","op":"gte","value":20}},
         {"action":"deny","if":{"not":{"attr":"vip","op":"eq","value":true}},"fields":["number"]}]
        """;

    private int _taken;

    [Fact]
    public async Task Events_WithFilters_TellOfEnteredChangedAndExited()
    {
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync(Enumerable.Range(0, 40).Select(number => Person(number, staff: number < 3)));
        var segment = await app.Api.CreateSegmentAsync("Filter walk", """{"attr":"walk","op":"eq","value":"filter"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = (await app.Api.PostAsync("destinations", Body(segment, connection, Filters))).ShouldBe(201);
        JsonNode.DeepEquals(destination.Json["filters"], JsonNode.Parse(Filters)).ShouldBeTrue(destination.Text);
        var kept = Enumerable.Range(3, 37).Where(number => number < 20 || Buckets.Of("filter walk", Id(number)) < 5_000).ToList();

        var first = await app.Api.RunAsync(destination.Id);

        RunNumbers.ShouldAddUp(first);
        (Int(first["funnel"]!, "members"), Int(first["funnel"]!, "deliverable"), Int(first["funnel"]!, "filteredAtDestination")).ShouldBe((40, 40, 40 - kept.Count));
        var entered = Take(receiver);
        entered.Select(call => Text(call, "event")).Distinct().ShouldBe(["Audience Entered"]);
        entered.Select(call => Text(call, "userId")).ShouldBe(kept.Select(Id), ignoreOrder: true);
        entered.ShouldAllBe(call => (call["properties"]!["number"] != null) == (call["properties"]!["vip"]!.GetValue<bool>()));

        // One changes, one becomes staff, one leaves the segment, one enters, and one who is left out changes.
        var leftOut = Enumerable.Range(20, 20).First(number => !kept.Contains(number));
        await app.Api.IngestAsync([
            Person(4, vip: false), Person(5, staff: true), Person(6, walk: "elsewhere"), Person(1, staff: false), Person(leftOut, vip: false),
        ]);
        var second = await app.Api.RunAsync(destination.Id);
        RunNumbers.Of(second, "delivered").ShouldBe("1/1/2");
        Take(receiver).Select(call => $"{Text(call, "event")} {Text(call, "userId")}")
            .ShouldBe([$"Audience Entered {Id(1)}", $"Audience Changed {Id(4)}", $"Audience Exited {Id(5)}", $"Audience Exited {Id(6)}"], ignoreOrder: true);
        (await app.Api.RunAsync(destination.Id))["requests"]!.GetValue<int>().ShouldBe(0);

        // Both stages of the overview and the profile's own page say who was left out.
        var stages = (await app.Api.GetAsync($"delivery-overview?destinationId={destination.Id}")).ShouldBe(200).Json["stages"]!;
        Int(stages, "filteredAtDestination").ShouldBe((40 - kept.Count) + (2 * (40 - kept.Count - 1 + 1)));
        (Int(stages, "deliverable") - Int(stages, "filteredAtDestination") + Int(stages, "expansion")).ShouldBe(Int(stages, "rows"));
        (Int(stages, "rows") + Int(stages, "leavers")).ShouldBe(Int(stages, "unchanged") + Int(stages, "unplanned") + Int(stages, "planned"));
        var why = (await app.Api.GetAsync($"profiles/{Id(5)}/memberships?destinationId={destination.Id}")).ShouldBe(200).Json["destinations"]![0]!;
        (Text(why, "stoppedAt"), why["inSource"]!.GetValue<bool>(), why["deliverable"]!.GetValue<bool>()).ShouldBe(("filters", true, false));
        var gate = why["gates"]!.AsArray().Single(one => Text(one!, "name") == "filters")!;
        Text(gate, "reason").ShouldContain("'Staff'");
        gate["filters"]![0]!["trace"]!["actual"]!.AsArray().Select(tag => tag!.GetValue<string>()).ShouldContain("staff");

        // The event tester goes by the filters too.
        var test = (await app.Api.PostAsync($"destinations/{destination.Id}/test-events", $$"""{"event":"entered","mode":"dryRun","profileId":"{{Id(5)}}"}""")).ShouldBe(200).Json;
        test["ok"]!.GetValue<bool>().ShouldBeFalse();
        Text(test["steps"]![0]!, "detail").ShouldContain("'Staff'");
        var preview = (await app.Api.PostAsync($"destinations/{destination.Id}/preview", $$"""{"profileId":"{{Id(4)}}"}""")).ShouldBe(200).Text;
        preview.ShouldContain("vip");
        preview.ShouldNotContain("\"number\"");
    }

    [Fact]
    public async Task Filters_SegmentInACondition_IsInUseAndFaultsAreToldAtOnce()
    {
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync([Person(100, walk: "filter use")]);
        var segment = await app.Api.CreateSegmentAsync("Filter use", """{"attr":"walk","op":"eq","value":"filter use"}""");
        var staff = await app.Api.CreateSegmentAsync("Filter staff", """{"attr":"tags","op":"contains","value":"staff"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);

        var refused = (await app.Api.PostAsync("destinations", Body(segment, connection, """
            [{"action":"drop"},{"action":"sample","percent":120},{"action":"deny","fields":["user_id"]},{"action":"deny","fields":["numbr"]},{"action":"drop","if":{"segment":"seg_none"}}]
            """, "mirror"))).ShouldBe(422);
        refused.Json["errors"]!.AsArray().Select(error => $"{Text(error!, "pointer")} {Text(error!, "code")}").ShouldBe(
            ["/filters/0/if required", "/filters/1/percent out_of_range", "/filters/2/fields/0 required_field", "/filters/3/fields/0 unknown_field", "/filters/4/if/segment unknown_segment"],
            ignoreOrder: true);
        refused.Text.ShouldContain("Did you mean 'number'?");

        var destination = (await app.Api.PostAsync(
            "destinations", Body(segment, connection, $$$"""[{"action":"drop","if":{"segment":"{{{staff}}}"}}]""", "mirror"))).ShouldBe(201).Id;
        var used = (await app.Api.GetAsync($"segments/{staff}")).ShouldBe(200);
        Text(used.Json, "status").ShouldBe("inUse");
        Text((await app.Api.GetAsync($"segments/{staff}/references")).ShouldBe(200).Json["value"]![0]!, "id").ShouldBe(destination);
        (await app.Api.DeleteAsync($"segments/{staff}", used.ETag)).Status.ShouldBe(409);
    }

    private static string Body(string segment, string connection, string filters, string mode = "events") => $$"""
        {"name":"Filter walk","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","mode":"{{mode}}","autoSync":false,"filters":{{filters}},
         "guards":{"maxRemovePercent":null,"maxRemoveCount":null,"maxAddPercent":null,"maxInvalidPercent":null},
         "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"number","to":"number"},{"from":"vip","to":"vip"}]}
        """;

    /// <summary>The calls received since the last time, one a person.</summary>
    private List<JsonNode> Take(Receiver receiver)
    {
        var calls = receiver.Calls.SelectMany(call => call.Body["batch"] is JsonArray batch ? batch.Select(one => one!) : [call.Body]).ToList();
        var taken = calls.Skip(_taken).ToList();
        _taken = calls.Count;
        return taken;
    }

    private static int Int(JsonNode node, string name) => node[name]!.GetValue<int>();

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static string Id(int number) => string.Create(CultureInfo.InvariantCulture, $"filter-{number}");

    private static JsonObject Person(int number, bool staff = false, bool? vip = null, string walk = "filter") => new()
    {
        ["op"] = "identify",
        ["id"] = Id(number),
        ["attributes"] = new JsonObject
        {
            ["walk"] = walk, ["number"] = number, ["vip"] = vip ?? number % 2 == 0, ["tags"] = new JsonArray(staff ? "staff" : "news"),
        },
    };
}
