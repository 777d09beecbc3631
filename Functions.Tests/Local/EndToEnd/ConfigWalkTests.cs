using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The configuration of one installation brought to another, as an integrator does it: two apps, each on a storage account of its own.</summary>
public sealed class ConfigWalkTests : IAsyncLifetime
{
    private readonly RunningApp _app = new();
    private readonly RunningApp _other = new();

    public Task InitializeAsync() => Task.WhenAll(_app.InitializeAsync(), _other.InitializeAsync());

    public Task DisposeAsync() => Task.WhenAll(_app.DisposeAsync(), _other.DisposeAsync());

    [Fact]
    public async Task Config_ExportedFromOneInstallation_SetsUpAnEmptyOne()
    {
        await using var receiver = await Receiver.StartAsync();
        await SetUpAsync(receiver);

        var exported = (await _app.Api.GetAsync("config")).ShouldBe(200);
        exported.Text.ShouldNotContain(receiver.SigningSecret);
        exported.Text.ShouldNotContain("seg_");
        var document = exported.Json.AsObject();
        document["destinations"]!.AsArray().Select(Key).ShouldBe(["members"], "those of groups and steps stand there alone");
        (await _app.Api.GetAsync("config", ("If-None-Match", exported.ETag))).ShouldBe(304);
        (await _app.Api.SendAsync(HttpMethod.Head, "config", null, null)).ShouldBe(200).Text.ShouldBeEmpty();
        NoChanges(await PutAsync(_app, document, "?plan=true"));
        NoChanges(await PutAsync(_app, document, "?prune=true"));

        var missing = (await PutAsync(_other, document)).ShouldBeProblem(422, "validation_failed");
        missing.Json["errors"]!.AsArray().Select(fault => $"{Text(fault!, "pointer")} {Text(fault!, "code")}").ShouldBe(["/connections/0/secrets/signingSecret secret_missing"]);
        (await _other.Api.GetAsync("segments")).Json["value"]!.AsArray().ShouldBeEmpty();

        document["connections"]![0]!["secrets"]!["signingSecret"] = receiver.SigningSecret;
        var plan = (await PutAsync(_other, document, "?plan=true")).ShouldBe(200);
        plan.Json["creates"]!.AsArray().Select(change => $"{Text(change!, "type")} {Key(change)}").ShouldBe(
            ["connection receiver", "segment members", "segment members-de", "destination members", "campaign walk", "journey walk"]);
        plan.Text.ShouldNotContain(receiver.SigningSecret);
        (await _other.Api.GetAsync("segments")).Json["value"]!.AsArray().ShouldBeEmpty();

        var applied = (await PutAsync(_other, document, "", ("If-Match", plan.ETag))).ShouldBe(200);
        applied.Json["applied"]!.GetValue<bool>().ShouldBeTrue();
        (await _other.Api.GetAsync("config")).ETag.ShouldBe(applied.ETag);
        JsonNode.DeepEquals((await _other.Api.GetAsync("config")).Json, exported.Json).ShouldBeTrue();
        NoChanges(await PutAsync(_other, document));
        NoChanges(await PutAsync(_other, exported.Json, "?prune=true&plan=true"));

        // What was brought over works: it sends, signed with the secret.
        await _other.Api.IngestAsync([new() { ["op"] = "identify", ["id"] = "ana", ["attributes"] = new JsonObject { ["member"] = true } }]);
        var destination = (await _other.Api.GetAsync("destinations?search=members")).Json["value"]!.AsArray().Single(item => Key(item) == "members")!;
        (await _other.Api.RunAsync(Text(destination, "id")))["status"]!.GetValue<string>().ShouldBe("succeeded");
        receiver.Members.Keys.ShouldBe(["ana"]);

        // A name, a list that goes, and what goes with it.
        document["segments"]![0]!["name"] = "Everyone who is a member";
        document["destinations"]!.AsArray().Clear();
        var kept = (await PutAsync(_other, document)).ShouldBe(200);
        kept.Json["updates"]!.AsArray().Single()!["fields"]!.ToJsonString().ShouldBe("""[{"pointer":"/name","old":"Members","new":"Everyone who is a member"}]""");
        kept.Json["prunable"]!.AsArray().Select(Key).ShouldBe(["members"]);
        (await PutAsync(_other, document, "?prune=true")).ShouldBe(200).Json["deletes"]!.AsArray().Select(Key).ShouldBe(["members"]);
        (await _other.Api.GetAsync($"destinations/{Text(destination, "id")}")).ShouldBeProblem(404, "not_found");
        receiver.Members.Keys.ShouldBe(["ana"], "whom it added stays");
        (await PutAsync(_other, document, "", ("If-Match", plan.ETag))).ShouldBeProblem(412, "etag_mismatch");
    }

    [Fact]
    public async Task Config_RefusesWhatItCannotRead_AndWhoMayNot()
    {
        using var editor = await Keys.CreateAsync(_app.Api, "editor");
        (await editor.GetAsync("config")).ShouldBeProblem(403, "role_too_low");
        (await editor.SendAsync(HttpMethod.Put, "config?plan=true", "{}", "application/json")).ShouldBeProblem(403, "role_too_low");
        (await _app.Api.GetAsync("config?paln=true")).ShouldBeProblem(400, "unknown_parameter");
        (await PutAsync(_app, new JsonObject(), "?paln=true")).ShouldBeProblem(400, "unknown_parameter").Text.ShouldContain("'plan'");
        (await PutAsync(_app, new JsonObject(), "?prune=yes")).ShouldBeProblem(400, "invalid_parameter");
        (await PutAsync(_app, new JsonObject(), "", ("If-Match", "W/\"x\""))).ShouldBeProblem(400, "invalid_if_match");
        (await _app.Api.SendAsync(HttpMethod.Put, "config", "key: hook", "application/yaml")).ShouldBeProblem(415, "unsupported_media_type");
        (await _app.Api.SendAsync(HttpMethod.Put, "config", "{", "application/json")).ShouldBeProblem(400, "malformed_json");
        NoChanges(await PutAsync(_app, new JsonObject()));

        var events = (await _app.Api.GetAsync("audit-events?limit=50")).ShouldBe(200).Json["value"]!.AsArray();
        events.Count(item => Text(item!, "method") == "PUT" && Text(item!, "path") == "/api/v1/config").ShouldBeGreaterThan(3);
    }

    /// <summary>One of everything, by the endpoints of each.</summary>
    private async Task SetUpAsync(Receiver receiver)
    {
        var connection = (await _app.Api.PostAsync("connections", $$"""
            {"key":"receiver","type":"webhook","name":"Receiver","settings":{"url":"{{receiver.Url}}","requestsPerSecond":0},"secrets":{"signingSecret":"{{receiver.SigningSecret}}"} }
            """)).ShouldBe(201).Id;
        var all = (await _app.Api.PostAsync("segments", """{"key":"members","name":"Members","rules":{"attr":"member","op":"eq","value":true}}""")).ShouldBe(201).Id;
        var german = (await _app.Api.PostAsync("segments", $$"""
            {"key":"members-de","name":"German members","rules":{"all":[{"segment":"{{all}}"},{"attr":"country","op":"eq","value":"DE"}]} }
            """)).ShouldBe(201).Id;
        string Destination(string key, string more = "") => $$"""
            {"key":"{{key}}","connectionId":"{{connection}}","audience":{"name":"{{key}}"},"mapping":[{"from":"id","to":"user_id","identifier":true}]{{more}}}
            """;
        (await _app.Api.PostAsync("destinations", Destination("members", $$""","name":"Members","autoSync":false,"source":{"segmentId":"{{all}}"}"""))).ShouldBe(201);
        (await _app.Api.PostAsync("campaigns", $$"""
            {"key":"walk","name":"Walk","segmentId":"{{all}}","exclusions":["{{german}}"],"schedule":{"intervalMinutes":43200},"subAudiences":[
              {"name":"All","groups":[{"name":"Mail","share":60,"destinations":[{{Destination("walk-mail")}}]},{"name":"Control","role":"control","share":40}]}]}
            """)).ShouldBe(201);
        (await _app.Api.PostAsync("journeys", $$"""
            {"key":"walk","name":"Walk","steps":[{"name":"Opened","entry":{"segmentId":"{{german}}"},"destinations":[{{Destination("walk-opened")}}]}]}
            """)).ShouldBe(201);
    }

    private static Task<Answer> PutAsync(RunningApp app, JsonNode document, string query = "", params (string Name, string Value)[] headers) =>
        app.Api.SendAsync(HttpMethod.Put, $"config{query}", document.ToJsonString(), "application/json", headers);

    private static void NoChanges(Answer answer) => Text(answer.ShouldBe(200).Json, "summary").ShouldBe("no changes", answer.Text);

    private static string Key(JsonNode? node) => Text(node!, "key");

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
