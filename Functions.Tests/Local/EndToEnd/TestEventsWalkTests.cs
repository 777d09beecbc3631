using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The event tester, and event destinations.</summary>
[Collection(ApiCollection.Name)]
public sealed class TestEventsWalkTests(RunningApp app)
{
    [Fact]
    public async Task DryRun_ListDestination_ShowsTheRequestAndSendsNothing()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "tester-dry", size: 3);

        var report = (await TestAsync(audience.DestinationId, """{"event":"entered","mode":"dryRun","profileId":"tester-dry-1"}""")).Json;

        report["ok"]!.GetValue<bool>().ShouldBeTrue(report.ToJsonString());
        report["profile"]!["generated"]!.GetValue<bool>().ShouldBeFalse();
        var request = report["exchanges"]!.AsArray().ShouldHaveSingleItem()!["request"]!;
        request["method"]!.GetValue<string>().ShouldBe("POST");
        request["url"]!.GetValue<string>().ShouldBe(receiver.Url.ToString());
        var record = request["body"]!["records"]!.AsArray().ShouldHaveSingleItem()!;
        record["operation"]!.GetValue<string>().ShouldBe("add");
        record["fields"]!["user_id"]!.GetValue<string>().ShouldBe("tester-dry-1");
        report["outcome"]!["code"]!.GetValue<string>().ShouldBe("dry_run");
        receiver.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task Send_ListDestination_AddsAGeneratedMemberAndTakesItOffAgain()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "tester-send", size: 10);
        await app.Api.RunAsync(audience.DestinationId);

        var answer = await TestAsync(audience.DestinationId, """{"event":"entered","mode":"send","profileId":null}""");

        var report = answer.Json;
        report["ok"]!.GetValue<bool>().ShouldBeTrue(answer.Text);
        report["profile"]!["generated"]!.GetValue<bool>().ShouldBeTrue();
        report["steps"]!.AsArray().Select(step => step!["name"]!.GetValue<string>()).ShouldBe(["gates", "map", "deliver", "cleanUp"]);
        report["exchanges"]!.AsArray().Count.ShouldBe(2);
        report["exchanges"]![0]!["response"]!["status"]!.GetValue<int>().ShouldBe(200);
        answer.Text.ShouldNotContain(receiver.SigningSecret);
        answer.Text.ShouldNotContain("v1,", customMessage: "a signature opens what it was made for");
        audience.ShouldBeOnTheList();
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
    }

    [Fact]
    public async Task Send_ReceiverRefuses_SaysSo()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "tester-refused", size: 1);
        receiver.Next(new Reaction.Refused(400, """{"message":"no such list"}"""));

        var report = (await TestAsync(audience.DestinationId, """{"event":"changed","mode":"send"}""")).Json;

        report["ok"]!.GetValue<bool>().ShouldBeFalse();
        report["outcome"]!["detail"]!.GetValue<string>().ShouldContain("no such list");
        report["exchanges"]![0]!["response"]!["status"]!.GetValue<int>().ShouldBe(400);
    }

    [Theory]
    [InlineData("entered", "Audience Entered")]
    [InlineData("changed", "Audience Changed")]
    [InlineData("exited", "Audience Exited")]
    public async Task Send_EventsDestination_SendsOneCallOfTheTrackingSpec(string kind, string name)
    {
        await using var receiver = await Receiver.StartAsync();
        var (destination, _) = await CreateEventsAsync(receiver, $"tester-{kind}", size: 2);

        var report = (await TestAsync(destination, $$"""{"event":"{{kind}}","mode":"send","profileId":"tester-{{kind}}-1"}""")).Json;

        report["ok"]!.GetValue<bool>().ShouldBeTrue(report.ToJsonString());
        var body = receiver.Calls.ShouldHaveSingleItem().Body;
        body["type"]!.GetValue<string>().ShouldBe("track");
        body["event"]!.GetValue<string>().ShouldBe(name);
        body["userId"]!.GetValue<string>().ShouldBe($"tester-{kind}-1");
        body["context"]!["personas"]!["computation_id"]!.GetValue<string>().ShouldBe(destination);
    }

    [Fact]
    public async Task Run_EventsDestination_TellsWhoEnteredChangedAndLeft()
    {
        await using var receiver = await Receiver.StartAsync();
        var (destination, key) = await CreateEventsAsync(receiver, "stream", size: 6);

        await app.Api.RunAsync(destination);
        EventsOf(receiver, skip: 0).ShouldBe(Enumerable.Range(0, 6).Select(number => ("Audience Entered", $"stream-{number}", true)), ignoreOrder: true);
        var properties = receiver.Calls[0].Body["properties"]!;
        properties["audience_key"]!.GetValue<string>().ShouldBe(key);
        properties[key]!.GetValue<bool>().ShouldBeTrue();

        await app.Api.IngestAsync([Person("stream", 0, level: 0), Person("stream", 1, level: 9), Person("stream", 6, level: 1)]);
        var before = receiver.Calls.Count;
        await app.Api.RunAsync(destination);
        (string, string, bool)[] expected = [("Audience Exited", "stream-0", false), ("Audience Changed", "stream-1", true), ("Audience Entered", "stream-6", true)];
        EventsOf(receiver, before).ShouldBe(expected, ignoreOrder: true);
        RunNumbers.Of(await app.Api.RunAsync(destination), "planned").ShouldBe("0/0/0");

        IEnumerable<(string Event, string User, bool IsMember)> EventsOf(Receiver from, int skip) => from.Calls.Skip(skip).Select(call =>
            (call.Body["event"]!.GetValue<string>(), call.Body["userId"]!.GetValue<string>(), call.Body["properties"]![key]!.GetValue<bool>()));
    }

    [Fact]
    public async Task Test_NonsenseAsked_IsRefused()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "tester-wrong", size: 1);
        var path = $"destinations/{audience.DestinationId}/test-events";

        (await app.Api.PostAsync(path, """{"event":"exploded","mode":"sent"}""")).ShouldBe(422).Json["errors"]!.AsArray().Count.ShouldBe(2);
        (await app.Api.PostAsync(path, """{"event":"entered","mode":"send","profileId":"nobody"}""")).ShouldBe(422).Text.ShouldContain("unknown_profile");
        (await app.Api.PostAsync("destinations/dst_none/test-events", """{"event":"entered","mode":"dryRun"}""")).ShouldBe(404);
        receiver.Calls.ShouldBeEmpty();
    }

    private async Task<Answer> TestAsync(string destinationId, string body) => (await app.Api.PostAsync($"destinations/{destinationId}/test-events", body)).ShouldBe(200);

    private async Task<(string DestinationId, string AudienceKey)> CreateEventsAsync(Receiver receiver, string group, int size)
    {
        await app.Api.IngestAsync(Enumerable.Range(0, size).Select(number => Person(group, number, level: 1)));
        var segment = await app.Api.CreateSegmentAsync(group, $$"""{"all":[{"attr":"group","op":"eq","value":"{{group}}"},{"attr":"level","op":"gte","value":1}]}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var created = (await app.Api.PostAsync(
            "destinations",
            $$"""
            {"name":"{{group}}","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","mode":"events","autoSync":false,
             "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"level","to":"level"}]}
            """)).ShouldBe(201);
        return (created.Id, created.Json["key"]!.GetValue<string>().Replace('-', '_'));
    }

    private static JsonObject Person(string group, int number, int level) => new()
    {
        ["op"] = "identify",
        ["id"] = $"{group}-{number}",
        ["attributes"] = new JsonObject { ["group"] = group, ["level"] = level },
    };
}
