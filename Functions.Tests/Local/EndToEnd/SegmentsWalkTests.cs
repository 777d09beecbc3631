using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Segments as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class SegmentsWalkTests(RunningApp app)
{
    [Fact]
    public async Task Estimate_ProfilesOfKnownNumbers_CountsThem()
    {
        await IngestAsync("estimate", 40);
        const string rules = """
            {"all":[{"attr":"walk","op":"eq","value":"estimate"},
                    {"any":[{"attr":"orders","op":"gte","value":30},{"attr":"tags","op":"contains","value":"vip"}]},
                    {"not":{"attr":"lastOrderAt","op":"withinLast","value":{"days":10}}}]}
            """;

        var estimate = (await app.Api.PostAsync("segments/estimate", $$"""{"rules":{{rules}},"asOf":"2026-03-01T00:00:00Z"}""")).ShouldBe(200).Json;

        // Orders are the number, every fifth is a vip, the last order was as many days ago as the number says.
        var members = Enumerable.Range(0, 40).Where(number => (number >= 30 || number % 5 == 0) && number >= 10).ToList();
        estimate["count"]!.GetValue<int>().ShouldBe(members.Count);
        estimate["ofTotal"]!.GetValue<int>().ShouldBeGreaterThanOrEqualTo(40);
        estimate["asOf"]!.GetValue<string>().ShouldBe("2026-03-01T00:00:00Z");
        estimate["perRule"]![0]!["pointer"]!.GetValue<string>().ShouldBe("/all/0");
        estimate["perRule"]![0]!["matches"]!.GetValue<int>().ShouldBe(40);
        estimate["perRule"]!.AsArray().Count.ShouldBe(3);
        estimate["reach"]!["email"]!.GetValue<int>().ShouldBe(members.Count);
        estimate["reach"]!["phone"]!.GetValue<int>().ShouldBe(members.Count(number => number % 2 == 0));
    }

    [Fact]
    public async Task Preview_BelowEditor_MasksIdentifiers()
    {
        await IngestAsync("preview", 30);
        const string body = """{"rules":{"attr":"walk","op":"eq","value":"preview"}}""";
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        using var editor = await Keys.CreateAsync(app.Api, "editor");

        var masked = (await viewer.PostAsync("segments/preview", body)).ShouldBe(200);
        var open = (await editor.PostAsync("segments/preview", body)).ShouldBe(200);

        foreach (var answer in (Answer[])[masked, open])
        {
            answer.Json["count"]!.GetValue<int>().ShouldBe(30);
            answer.Json["sample"]!.AsArray().Count.ShouldBe(25);
        }

        masked.Text.ShouldNotContain("person.");
        masked.Text.ShouldNotContain("+1415555");
        EmailsIn(masked).ShouldAllBe(email => email == "p…@example.com");
        EmailsIn(open).ShouldAllBe(email => email.StartsWith("person.preview-", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Segment_FollowedByADestination_IsLockedUntilItIsNot()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("locked", 3);
        var id = await app.Api.CreateSegmentAsync("Locked", """{"attr":"walk","op":"eq","value":"locked"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = (await app.Api.PostAsync(
            "destinations",
            $$"""{"name":"Follower","source":{"segmentId":"{{id}}"},"connectionId":"{{connection}}","mapping":[{"from":"id","to":"user_id","identifier":true}]}""")).ShouldBe(201);

        var locked = (await app.Api.GetAsync($"segments/{id}")).ShouldBe(200);
        locked.Json["locked"]!.GetValue<bool>().ShouldBeTrue();
        locked.Json["lockedBy"]![0]!["id"]!.GetValue<string>().ShouldBe(destination.Id);
        var refused = (await app.Api.PatchAsync($"segments/{id}", """{"rules":{"attr":"walk","op":"exists"}}""", locked.ETag)).ShouldBeProblem(409, "segment_locked");
        refused.Json["lockedBy"]![0]!["id"]!.GetValue<string>().ShouldBe(destination.Id);
        (await app.Api.PatchAsync($"segments/{id}", """{"description":"words are free"}""", locked.ETag)).ShouldBe(200);
        var references = (await app.Api.GetAsync($"segments/{id}/references")).ShouldBe(200);
        references.Json["value"]!.AsArray().ShouldHaveSingleItem()!["id"]!.GetValue<string>().ShouldBe(destination.Id);
        var present = await app.Api.GetAsync($"segments/{id}");
        (await app.Api.DeleteAsync($"segments/{id}", present.ETag)).ShouldBeProblem(409, "segment_in_use");

        (await app.Api.PatchAsync($"destinations/{destination.Id}", """{"enabled":false}""", destination.ETag)).ShouldBe(200);
        (await app.Api.PatchAsync($"segments/{id}", """{"rules":{"attr":"walk","op":"exists"}}""", present.ETag)).ShouldBe(200);
    }

    [Fact]
    public async Task Segment_RuleWithSeveralFaults_TellsAllOfThemWithPointers()
    {
        await IngestAsync("faults", 2);

        var answer = (await app.Api.PostAsync(
            "segments",
            """{"name":"Faulty","rules":{"all":[{"attr":"orders","op":"gte","value":"many"},{"attr":"orders","op":"gtee","value":1},{"bucket":{"salt":"s","from":9,"to":3}},{"alll":[]}]}}"""))
            .ShouldBe(422);

        var pointers = answer.Json["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>()).ToList();
        foreach (var place in (string[])["/rules/all/0", "/rules/all/1", "/rules/all/2", "/rules/all/3"])
        {
            pointers.ShouldContain(pointer => pointer.StartsWith(place, StringComparison.Ordinal), answer.Text);
        }

        (await app.Api.PostAsync("segments/estimate", """{"rules":{"attr":"orders","op":"gtee","value":1}}""")).ShouldBeProblem(422, "rule_invalid").Text.ShouldContain("gte");
    }

    [Fact]
    public async Task Members_ManyOfThem_ComeInPagesEachOnce()
    {
        await IngestAsync("paged", 25);
        var id = await app.Api.CreateSegmentAsync("Paged", """{"attr":"walk","op":"eq","value":"paged"}""");

        List<string> ids = [];
        for (var path = $"/api/v1/segments/{id}/members?limit=10"; path is not null;)
        {
            var page = (await app.Api.GetAsync(path)).ShouldBe(200).Json;
            ids.AddRange(page["value"]!.AsArray().Select(member => member!["id"]!.GetValue<string>()));
            path = page["nextLink"] is { } next ? new Uri(next.GetValue<string>()).PathAndQuery : null;
        }

        ids.ShouldBe(Enumerable.Range(0, 25).Select(number => $"paged-{number}"), ignoreOrder: true);
        (await app.Api.GetAsync($"segments/{id}/members?limit=10&cursor=forged")).ShouldBeProblem(400, "invalid_cursor");
    }

    private static IEnumerable<string> EmailsIn(Answer answer) =>
        answer.Json["sample"]!.AsArray().Select(member => member!["identifiers"]!["email"]!.GetValue<string>());

    private Task IngestAsync(string walk, int count) => app.Api.IngestAsync(Enumerable.Range(0, count).Select(number => new JsonObject
    {
        ["op"] = "identify",
        ["id"] = $"{walk}-{number}",
        ["identifiers"] = number % 2 == 0
            ? new JsonObject { ["email"] = $"person.{walk}-{number}@example.com", ["phone"] = $"+1415555{number:D4}" }
            : new JsonObject { ["email"] = $"person.{walk}-{number}@example.com" },
        ["attributes"] = new JsonObject
        {
            ["walk"] = walk,
            ["orders"] = number,
            ["tags"] = number % 5 == 0 ? new JsonArray("vip", "news") : new JsonArray("news"),
            ["lastOrderAt"] = $"{new DateTime(2026, 3, 1).AddDays(-number):yyyy-MM-dd}T00:00:00Z",
        },
    }));
}
