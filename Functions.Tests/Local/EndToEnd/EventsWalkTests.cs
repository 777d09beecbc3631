using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>What was delivered, and how it can be looked into afterwards.</summary>
[Collection(ApiCollection.Name)]
public sealed class EventsWalkTests(RunningApp app)
{
    [Fact]
    public async Task Run_WithAFailure_CanBeLookedInto()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(
            app.Api, receiver, "looked", size: 40, "\"batchSize\":12,\"concurrency\":1,\"auth\":\"bearer\"", $$"""{"signingSecret":"{{receiver.SigningSecret}}","token":"s3cret-token"}""");
        receiver.Next(new Reaction.Refused(503));

        var run = await app.Api.RunAsync(audience.DestinationId);
        var runId = run["id"]!.GetValue<string>();

        var requests = (await app.Api.GetAsync($"runs/{runId}/requests")).ShouldBe(200);
        requests.Json["value"]!.AsArray().Select(item => $"{item!["batch"]} {item["attempt"]} {item["outcome"]} {item["response"]!["status"]}").Order(StringComparer.Ordinal)
            .ShouldBe(["0 1 failed 503", "0 2 delivered 200", "1 1 delivered 200", "2 1 delivered 200"]);
        requests.Text.ShouldNotContain("@example.com");
        requests.Text.ShouldNotContain("s3cret");

        var events = (await app.Api.GetAsync($"events?destinationId={audience.DestinationId}&outcome=failed")).ShouldBe(200).Json["value"]!.AsArray();
        var id = events.ShouldHaveSingleItem()!["id"]!.GetValue<string>();
        var detail = (await app.Api.GetAsync($"events/{id}")).ShouldBe(200);
        detail.Json["code"]!.GetValue<string>().ShouldBe("http_503");
        detail.Json["received"]!["rows"]!.GetValue<int>().ShouldBe(12);
        detail.Json["exchanges"]!.AsArray().ShouldHaveSingleItem()!["request"]!["headers"]!["authorization"]!.GetValue<string>().ShouldBe("redacted");
        detail.Text.ShouldNotContain("@example.com");

        var csv = await app.Api.GetAsync($"runs/{runId}/rows.csv?outcome=delivered");
        csv.ShouldBe(200);
        csv.Headers["Content-Type"].ShouldStartWith("text/csv");
        csv.Text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[0]).ShouldBe(audience.MemberIds, ignoreOrder: true);

        var overview = (await app.Api.GetAsync($"delivery-overview?destinationId={audience.DestinationId}&groupBy=destination")).ShouldBe(200).Json;
        overview["stages"]!["delivered"]!.GetValue<int>().ShouldBe(audience.MemberIds.Count);
        overview["latency"]!["batches"]!.GetValue<int>().ShouldBe(4);
        overview["groups"]![0]!["key"]!.GetValue<string>().ShouldBe(audience.DestinationId);
    }

    [Fact]
    public async Task Defaults_OfAConnection_MakeADestinationInOneCallAndPreviewIt()
    {
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync([new JsonObject
        {
            ["op"] = "identify",
            ["id"] = "preset-1",
            ["identifiers"] = new JsonObject { ["email"] = "Preset.One@example.com" },
            ["attributes"] = new JsonObject { ["group"] = "preset", ["firstName"] = "ana" },
        }]);
        var segment = await app.Api.CreateSegmentAsync("Preset", """{"attr":"group","op":"eq","value":"preset"}""");
        var connectionId = await app.Api.CreateWebhookAsync(receiver);
        var connection = (await app.Api.GetAsync($"connections/{connectionId}")).ShouldBe(200);
        (await app.Api.PostAsync("destinations", $$"""{"segmentId":"{{segment}}","connectionId":"{{connectionId}}","fromDefaults":true}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PatchAsync(
            $"connections/{connectionId}",
            """
            {"defaults":{"mode":"upsert","intervalMinutes":60,"audienceName":"{{segment.name | upper}}",
             "mapping":[{"from":"email","to":"user_id","identifier":true},{"template":"{{firstName | capitalize}}","to":"name"},{"from":"city","to":"city","nulls":"send"}]}}
            """,
            connection.ETag)).ShouldBe(200);

        var made = (await app.Api.PostAsync("destinations", $$"""{"segmentId":"{{segment}}","connectionId":"{{connectionId}}","fromDefaults":true}""")).ShouldBe(201);

        made.Json["audience"]!["name"]!.GetValue<string>().ShouldBe("PRESET");
        var preview = (await app.Api.PostAsync($"destinations/{made.Id}/preview", """{"profileId":"preset-1"}""")).ShouldBe(200).Json;
        preview["ok"]!.GetValue<bool>().ShouldBeTrue();
        JsonNode.DeepEquals(preview["fields"], JsonNode.Parse("""{"user_id":"Preset.One@example.com","name":"Ana","city":null}""")).ShouldBeTrue(preview.ToJsonString());
        JsonNode.DeepEquals(preview["payloads"]![0]!["body"]!["records"]![0]!["fields"], preview["fields"]).ShouldBeTrue(preview.ToJsonString());

        var unsaved = (await app.Api.PostAsync(
            $"destinations/{made.Id}/preview", """{"profileId":"preset-1","event":"changed","mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"firstName","to":"first","setOnce":true}]}""")).ShouldBe(200).Json;
        JsonNode.DeepEquals(unsaved["fields"], JsonNode.Parse("""{"user_id":"preset-1"}""")).ShouldBeTrue(unsaved.ToJsonString());
        (await app.Api.PostAsync($"destinations/{made.Id}/preview", """{"mapping":[{"from":"id","to":"x"},{"from":"email","to":"x"}]}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PostAsync($"destinations/{made.Id}/preview", """{"profileId":"nobody"}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PostAsync("destinations/dst_none/preview", "{}")).ShouldBeProblem(404, "not_found");
    }
}
