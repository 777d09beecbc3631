using System.Text.Json.Nodes;
using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Destinations as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class DestinationsWalkTests(RunningApp app)
{
    [Fact]
    public async Task Create_FromDefaults_TakesWhatTheConnectionSaysAndRunsAtOnce()
    {
        await using var receiver = await Receiver.StartAsync();
        var ids = await IngestAsync("defaults", 12);
        var segment = await app.Api.CreateSegmentAsync("Defaults walk", """{"attr":"group","op":"eq","value":"defaults"}""");
        var connection = (await app.Api.PostAsync(
            "connections",
            $$$"""
            {"type":"webhook","name":"With defaults","settings":{"url":"{{{receiver.Url}}}"},"secrets":{"signingSecret":"{{{receiver.SigningSecret}}}"},
             "defaults":{"mode":"mirror","intervalMinutes":720,"audienceName":"AS {{segment.name}}",
                         "mapping":[{"from":"id","to":"user_id","identifier":true},{"template":"{{group}}/{{level}}","to":"label"}]}}
            """)).ShouldBe(201);

        var created = (await app.Api.PostAsync(
            "destinations", $$"""{"fromDefaults":true,"source":{"segmentId":"{{segment}}"},"connectionId":"{{connection.Id}}"}""")).ShouldBe(201);

        created.Json["name"]!.GetValue<string>().ShouldBe("Defaults walk");
        created.Json["audience"]!["name"]!.GetValue<string>().ShouldBe("AS Defaults walk");
        created.Json["schedule"]!["intervalMinutes"]!.GetValue<int>().ShouldBe(720);
        created.Json["mode"]!.GetValue<string>().ShouldBe("mirror");
        await Eventually.HoldsAsync(async () => await LastStatusAsync(created.Id) == "succeeded", "the first run succeeds");
        ListComparison.ShouldEqual(
            receiver.Members,
            ids.Index().ToDictionary(pair => pair.Item, pair => new JsonObject { ["user_id"] = pair.Item, ["label"] = $"defaults/{pair.Index}" }));
        var run = (await app.Api.GetAsync($"runs?destinationId={created.Id}")).ShouldBe(200).Json["value"]!.AsArray().ShouldHaveSingleItem()!;
        run["trigger"]!.GetValue<string>().ShouldBe("created");
        receiver.Calls[0].Body["audience"]!["name"]!.GetValue<string>().ShouldBe("AS Defaults walk");
    }

    [Fact]
    public async Task Validate_UnsavedDestination_TellsErrorsAndWarningsWithoutSaving()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("validate", 2);
        var segment = await app.Api.CreateSegmentAsync("Validate walk", """{"attr":"group","op":"eq","value":"validate"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);

        var answer = (await app.Api.PostAsync(
            "destinations/validate",
            $$"""
            {"key":"validate-walk","name":"V","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","schedule":{"intervalMinutes":5},
             "mapping":[{"from":"id","to":"user_id"},{"from":"levl","to":"level"},{"from":"email","to":"level"}]}
            """)).ShouldBe(200);

        var issues = answer.Json["issues"]!.AsArray();
        var errors = issues.Where(issue => issue!["severity"]!.GetValue<string>() == "error").Select(issue => issue!["pointer"]!.GetValue<string>()).ToList();
        errors.ShouldContain("/schedule/intervalMinutes", answer.Text);
        errors.ShouldContain("/mapping/2/to", answer.Text);
        issues.Select(issue => issue!["code"]!.GetValue<string>()).ShouldContain("identifier_missing");
        var warning = issues.Single(issue => issue!["severity"]!.GetValue<string>() == "warning")!;
        warning["pointer"]!.GetValue<string>().ShouldBe("/mapping/1/from");
        warning["detail"]!.GetValue<string>().ShouldContain("'level'");
        (await app.Api.GetAsync("destinations?limit=200")).Text.ShouldNotContain("validate-walk");
        (await app.Api.PostAsync("destinations/validate", """{"naem":"x"}""")).ShouldBeProblem(422, "validation_failed").Text.ShouldContain("'name'");
    }

    [Fact]
    public async Task Patch_Enabled_SwitchesRunsOffAndOn()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "switch", size: 10);
        var path = $"destinations/{audience.DestinationId}";
        using var operatorClient = await Keys.CreateAsync(app.Api, "operator");
        var read = await app.Api.GetAsync(path);

        (await operatorClient.PatchAsync(path, """{"name":"Mine"}""", read.ETag)).ShouldBeProblem(403, "forbidden");
        var off = (await operatorClient.PatchAsync(path, """{"enabled":false}""", read.ETag)).ShouldBe(200);
        off.Json["state"]!.GetValue<string>().ShouldBe("disabled");
        (await operatorClient.PostAsync($"{path}/runs")).ShouldBeProblem(409, "disabled");
        (await operatorClient.PatchAsync(path, """{"enabled":true}""", off.ETag)).ShouldBe(200);
        (await operatorClient.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        audience.ShouldBeOnTheList();
    }

    [Fact]
    public async Task Delete_WithCleanUp_RemovesWhomItAddedAndNobodyElse()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "clean-up", size: 30);
        await app.Api.RunAsync(audience.DestinationId);
        audience.ShouldBeOnTheList();
        var destination = await app.Api.GetAsync($"destinations/{audience.DestinationId}");

        var started = (await app.Api.DeleteAsync($"destinations/{audience.DestinationId}?remote=cleanUp", destination.ETag)).ShouldBe(202);

        started.Headers["Location"].ShouldBe($"/api/v1/operations/{started.Id}");
        await Eventually.HoldsAsync(async () => (await app.Api.GetAsync($"destinations/{audience.DestinationId}")).Status == 404, "the destination is gone");
        audience.ShouldBeOnTheList(without: audience.MemberIds);
        receiver.Surprises.ShouldBeEmpty();
    }

    [Fact]
    public async Task Delete_WithoutCleanUp_LeavesTheListAsItIs()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "leave", size: 10);
        await app.Api.RunAsync(audience.DestinationId);
        var calls = receiver.Calls.Count;
        var destination = await app.Api.GetAsync($"destinations/{audience.DestinationId}");

        (await app.Api.DeleteAsync($"destinations/{audience.DestinationId}?remote=burn", destination.ETag)).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.DeleteAsync($"destinations/{audience.DestinationId}", destination.ETag)).ShouldBe(204);

        (await app.Api.GetAsync($"destinations/{audience.DestinationId}")).ShouldBe(404);
        audience.ShouldBeOnTheList();
        receiver.Calls.Count.ShouldBe(calls);
    }

    [Fact]
    public async Task Mapping_Changed_SendsThoseWhosePayloadDiffers()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "remapped", size: 30);
        await app.Api.RunAsync(audience.DestinationId);
        var destination = await app.Api.GetAsync($"destinations/{audience.DestinationId}");
        var mapping = destination.Json["mapping"]!.DeepClone().AsArray();
        mapping.Remove(mapping.Single(entry => entry!["to"]!.GetValue<string>() == "note"));
        mapping.Add(new JsonObject { ["template"] = "{{level}}!", ["to"] = "loud" });

        var patched = (await app.Api.PatchAsync($"destinations/{audience.DestinationId}", new JsonObject { ["mapping"] = mapping }.ToJsonString(), destination.ETag)).ShouldBe(200);
        var run = await app.Api.RunAsync(audience.DestinationId);

        patched.Json["mappingVersion"]!.GetValue<int>().ShouldBe(2);
        RunNumbers.Of(run, "delivered").ShouldBe($"0/{audience.MemberIds.Count}/0");
        foreach (var id in audience.MemberIds)
        {
            var member = receiver.Members[id];
            member.ContainsKey("note").ShouldBeFalse();
            member["loud"]!.GetValue<string>().ShouldBe($"{member["level"]}!");
        }

        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
    }

    private async Task<string?> LastStatusAsync(string destinationId) =>
        (await app.Api.GetAsync($"destinations/{destinationId}")).ShouldBe(200).Json["lastRun"]?["status"]?.GetValue<string>();

    private async Task<IReadOnlyList<string>> IngestAsync(string group, int count)
    {
        string[] ids = [.. Enumerable.Range(0, count).Select(number => $"{group}-{number}")];
        await app.Api.IngestAsync(ids.Index().Select(pair => new JsonObject
        {
            ["op"] = "identify",
            ["id"] = pair.Item,
            ["attributes"] = new JsonObject { ["group"] = group, ["level"] = pair.Index },
        }));
        return ids;
    }
}
