using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Connections as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class ConnectionsWalkTests(RunningApp app)
{
    private const string Secret = "whsec_dGhpcyBpcyBub3QgdGhlIHJlY2VpdmVyJ3Mgc2VjcmV0";

    [Fact]
    public async Task Connection_WholeLife_NeverShowsItsSecret()
    {
        const string body = $$$"""{"key":"walk","type":"webhook","name":"Walk","settings":{"url":"https://hooks.example.com/in"},"secrets":{"signingSecret":"{{{Secret}}}"}}""";

        var created = (await app.Api.PostAsync("connections", body)).ShouldBe(201);
        created.Headers["Location"].ShouldBe($"/api/v1/connections/{created.Id}");
        var read = (await app.Api.GetAsync($"connections/{created.Id}")).ShouldBe(200);
        var patched = (await app.Api.PatchAsync($"connections/{created.Id}", """{"name":"Walked","settings":{"batchSize":7}}""", read.ETag)).ShouldBe(200);
        var listed = (await app.Api.GetAsync("connections?limit=200")).ShouldBe(200);

        foreach (var answer in (Answer[])[created, read, patched, listed])
        {
            answer.Text.ShouldNotContain(Secret);
            answer.Text.ShouldNotContain(Secret["whsec_".Length..]);
        }

        patched.Json["name"]!.GetValue<string>().ShouldBe("Walked");
        patched.Json["settings"]!["batchSize"]!.GetValue<int>().ShouldBe(7);
        patched.Json["settings"]!["url"]!.GetValue<string>().ShouldBe("https://hooks.example.com/in");
        patched.Json["secrets"]!["signingSecret"]!["set"]!.GetValue<bool>().ShouldBeTrue();
        (await app.Api.PostAsync("connections", body)).ShouldBeProblem(409, "key_taken");
        (await app.Api.DeleteAsync($"connections/{created.Id}", read.ETag)).ShouldBe(412).Code.ShouldNotBeEmpty();
        (await app.Api.DeleteAsync($"connections/{created.Id}", patched.ETag)).ShouldBe(204);
        (await app.Api.GetAsync($"connections/{created.Id}")).ShouldBe(404);
        app.Process.Log.ShouldNotContain(Secret["whsec_".Length..]);
    }

    [Fact]
    public async Task Connection_WithSeveralFaults_TellsAllOfThemAtOnce()
    {
        var answer = await app.Api.PostAsync(
            "connections", """{"type":"webhook","name":"Faulty","settings":{"url":"ftp://x","batchSize":5000,"methd":"POST"},"secrets":{"tokn":"t"}}""");

        answer.ShouldBeProblem(422, "validation_failed");
        var errors = answer.Json["errors"]!.AsArray();
        errors.Select(error => error!["pointer"]!.GetValue<string>()).ShouldBe(
            ["/settings/url", "/settings/batchSize", "/settings/methd", "/secrets/tokn"], ignoreOrder: true);
        errors.Single(error => error!["pointer"]!.GetValue<string>() == "/settings/methd")!["detail"]!.GetValue<string>().ShouldContain("'method'");
    }

    [Fact]
    public async Task Check_RightAndWrongSecret_TellsWhichStepFailed()
    {
        await using var receiver = await Receiver.StartAsync();
        var id = await app.Api.CreateWebhookAsync(receiver);

        var good = (await app.Api.PostAsync($"connections/{id}/checks")).ShouldBe(200).Json;
        good["ok"]!.GetValue<bool>().ShouldBeTrue(good.ToJsonString());
        good["steps"]!.AsArray().Count.ShouldBeGreaterThan(1);
        (await app.Api.GetAsync($"connections/{id}")).Json["status"]!.GetValue<string>().ShouldBe("healthy");

        var unsaved = (await app.Api.PostAsync(
            "connection-checks", $$$"""{"type":"webhook","name":"Unsaved","settings":{"url":"{{{receiver.Url}}}"},"secrets":{"signingSecret":"{{{Secret}}}"}}""")).ShouldBe(200).Json;
        unsaved["ok"]!.GetValue<bool>().ShouldBeFalse();
        var failed = unsaved["steps"]!.AsArray().Where(step => !step!["ok"]!.GetValue<bool>()).ShouldHaveSingleItem()!;
        failed["name"]!.GetValue<string>().ShouldBe("authenticate");
        receiver.Calls.ShouldBeEmpty("a check is about nobody");
    }

    [Fact]
    public async Task Delete_ConnectionOfADestination_IsRefusedNamingIt()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "in-use", size: 1);
        var connection = (await app.Api.GetAsync($"connections/{audience.ConnectionId}")).ShouldBe(200);

        var refused = (await app.Api.DeleteAsync($"connections/{audience.ConnectionId}", connection.ETag)).ShouldBeProblem(409, "in_use");

        refused.Text.ShouldContain(audience.DestinationId);
    }

    [Fact]
    public async Task Catalog_Connectors_ShowWhatTheyAskForAndCanDo()
    {
        var connectors = (await app.Api.GetAsync("catalog/connectors")).ShouldBe(200).Json["value"]!.AsArray();

        connectors.Select(connector => connector!["type"]!.GetValue<string>())
            .ShouldBe(AudienceSync.Connectors.ConnectorList.All.All.Select(connector => connector.Type));
        var webhook = (await app.Api.GetAsync("catalog/connectors/webhook")).ShouldBe(200).Json;
        webhook["capabilities"]!["removes"]!.GetValue<bool>().ShouldBeTrue();
        webhook["settings"]!["properties"]!.AsObject().ContainsKey("url").ShouldBeTrue();
        webhook["settings"]!["required"]!.AsArray().Select(name => name!.GetValue<string>()).ShouldContain("url");
        (await app.Api.GetAsync("catalog/connectors/webhok")).ShouldBe(404);
        JsonNode.DeepEquals(connectors.Single(connector => connector!["type"]!.GetValue<string>() == "webhook"), webhook).ShouldBeTrue();
    }
}
