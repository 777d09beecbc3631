using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>People with several addresses, and their tokens, as integrators meet them.</summary>
[Collection(ApiCollection.Name)]
public sealed class IdentityWalkTests(RunningApp app)
{
    [Fact]
    public async Task Profile_SeveralAddresses_ShowsAllWithTheirTimes()
    {
        await app.Api.IngestAsync([
            Identify("identity-1", "2026-02-01T00:00:00Z", "b@identity.example"),
            Identify("identity-1", "2026-01-01T00:00:00Z", "a@identity.example"),
            Identify("identity-1", "2026-03-01T00:00:00Z", "B@identity.example", "c@identity.example"),
        ]);

        var profile = (await app.Api.GetAsync("profiles/identity-1")).ShouldBe(200);

        profile.Json["identifiers"]!["email"]!.GetValue<string>().ShouldBe("c@identity.example");
        JsonNode.DeepEquals(
            profile.Json["identifierValues"],
            JsonNode.Parse("""
                {"email":[{"value":"a@identity.example","firstSeenAt":"2026-01-01T00:00:00Z","lastSeenAt":"2026-01-01T00:00:00Z"},
                          {"value":"B@identity.example","firstSeenAt":"2026-02-01T00:00:00Z","lastSeenAt":"2026-03-01T00:00:00Z"},
                          {"value":"c@identity.example","firstSeenAt":"2026-03-01T00:00:00Z","lastSeenAt":"2026-03-01T00:00:00Z"}]}
                """)).ShouldBeTrue(profile.Text);
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        (await viewer.GetAsync("profiles/identity-1")).ShouldBe(200).Json["identifierValues"]!["email"]!.AsArray()
            .Select(seen => seen!["value"]!.GetValue<string>()).ShouldBe(["a…@identity.example", "B…@identity.example", "c…@identity.example"]);
        await app.Api.IngestAsync([new() { ["op"] = "identify", ["id"] = "identity-1", ["identifiers"] = new JsonObject { ["email"] = null } }]);
        (await app.Api.GetAsync("profiles/identity-1")).ShouldBe(200).Json["identifierValues"]!.AsObject().ShouldBeEmpty();
    }

    [Fact]
    public async Task Resolve_TokenOfAProfile_AnswersWhoItIsToOperators()
    {
        var created = (await app.Api.PostAsync("profiles", """{"id":"token/1"}""")).ShouldBe(201).Json;
        var token = created["urlToken"]!.GetValue<string>();
        using var operatorClient = await Keys.CreateAsync(app.Api, "operator");
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        using var ingest = await Keys.CreateAsync(app.Api, "ingest");

        var found = (await operatorClient.GetAsync($"profiles/resolve?token={token}")).ShouldBe(200);

        JsonNode.DeepEquals(found.Json, new JsonObject { ["id"] = "token/1", ["trackingId"] = created["trackingId"]!.GetValue<string>() }).ShouldBeTrue(found.Text);
        (await viewer.GetAsync($"profiles/resolve?token={token}")).ShouldBeProblem(403, "role_too_low");
        (await ingest.GetAsync($"profiles/resolve?token={token}")).ShouldBeProblem(403, "role_too_low");
        (await operatorClient.GetAsync($"profiles/resolve?token={token[..^2]}AA")).ShouldBeProblem(404, "unknown_token");
        (await operatorClient.GetAsync("profiles/resolve?token=short")).ShouldBeProblem(400, "invalid_parameter");
        (await operatorClient.GetAsync("profiles/resolve")).ShouldBeProblem(400, "invalid_parameter");
        (await operatorClient.GetAsync($"profiles/resolve?tokn={token}")).ShouldBeProblem(400, "unknown_parameter");
        (await app.Api.SendAsync(HttpMethod.Delete, "profiles/token%2F1", null, null)).ShouldBe(202);
        (await operatorClient.GetAsync($"profiles/resolve?token={token}")).ShouldBeProblem(404, "unknown_token");
    }

    [Fact]
    public async Task LookUp_AddressOfBefore_FindsTheProfileMaskedForOperators()
    {
        await app.Api.IngestAsync([Identify("lookup-1", "2026-01-01T00:00:00Z", "old@lookup.example"), Identify("lookup-1", "2026-02-01T00:00:00Z", "new@lookup.example")]);
        using var operatorClient = await Keys.CreateAsync(app.Api, "operator");
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        const string Body = """{"identifiers":{"email":"OLD@lookup.example"}}""";

        var whole = (await app.Api.PostAsync("profiles/lookup", Body)).ShouldBe(200);
        var masked = (await operatorClient.PostAsync("profiles/lookup", Body)).ShouldBe(200);

        (await app.Api.GetAsync("profiles/lookup-1")).Json.ToJsonString().ShouldBe(whole.Json["value"]!.AsArray().ShouldHaveSingleItem()!.ToJsonString());
        (await operatorClient.GetAsync("profiles/lookup-1")).Json.ToJsonString().ShouldBe(masked.Json["value"]!.AsArray().ShouldHaveSingleItem()!.ToJsonString());
        masked.Text.ShouldNotContain("old@lookup.example");
        (await app.Api.PostAsync("profiles/lookup", """{"email":"nobody@lookup.example"}""")).ShouldBe(200).Json.ToJsonString().ShouldBe("""{"value":[],"isTruncated":false}""");
        (await app.Api.PostAsync("profiles/lookup", "{}")).ShouldBeProblem(422, "validation_failed");
        (await viewer.PostAsync("profiles/lookup", Body)).ShouldBeProblem(403, "role_too_low");
    }

    [Fact]
    public async Task Destination_AllAddresses_SendsARowEachAndTakesOffTheOneThatIsGone()
    {
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync([
            Identify("all-1", "2026-01-01T00:00:00Z", "a1@all.example", "b1@all.example"), Identify("all-2", "2026-01-01T00:00:00Z", "a2@all.example"), Group("all-3"),
        ]);
        await app.Api.IngestAsync([Group("all-1"), Group("all-2")]);
        var segment = await app.Api.CreateSegmentAsync("All addresses", """{"attr":"group","op":"eq","value":"all addresses"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = (await app.Api.PostAsync("destinations", $$"""
            {"name":"All addresses","source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","autoSync":false,"guards":{"maxInvalidPercent":null},
             "mapping":[{"from":"email","to":"user_id","identifier":true,"strategy":"all"},{"from":"id","to":"customer"},{"from":"trackingId","to":"tracking_id"}]}
            """)).ShouldBe(201).Id;

        var preview = (await app.Api.PostAsync($"destinations/{destination}/preview", """{"profileId":"all-1"}""")).ShouldBe(200);
        preview.Json["rows"]!.AsArray().Select(row => row!["user_id"]!.GetValue<string>()).ShouldBe(["a1@all.example", "b1@all.example"]);
        preview.Json["payloads"]!.ToJsonString().ShouldContain("b1@all.example");
        var test = (await app.Api.PostAsync($"destinations/{destination}/test-events", """{"event":"entered","mode":"dryRun","profileId":"all-1"}""")).ShouldBe(200);
        test.Json["exchanges"]!.AsArray().Sum(exchange => exchange!["request"]!["body"]!["records"]!.AsArray().Count).ShouldBe(2);

        var run = await app.Api.RunAsync(destination);
        (RunNumbers.Number(run["funnel"]!, "members"), RunNumbers.Number(run["funnel"]!, "missingIdentifier"), RunNumbers.Number(run["funnel"]!, "deliverable")).ShouldBe((3, 1, 2));
        (RunNumbers.Number(run["funnel"]!, "rows"), RunNumbers.Number(run["funnel"]!, "expansion"), RunNumbers.Of(run, "delivered")).ShouldBe((3, 1, "3/0/0"));
        receiver.Members.Keys.ShouldBe(["a1@all.example", "b1@all.example", "a2@all.example"], ignoreOrder: true);
        receiver.Members["b1@all.example"]["customer"]!.GetValue<string>().ShouldBe("all-1");
        var rows = (await app.Api.GetAsync($"runs/{run["id"]}/rows?profileId=all-1")).ShouldBe(200).Json["value"]!.AsArray();
        rows.Select(row => row!["profileId"]!.GetValue<string>()).ShouldBe(["all-1", "all-1"]);

        await app.Api.IngestAsync([
            new() { ["op"] = "identify", ["id"] = "all-1", ["identifiers"] = new JsonObject { ["email"] = null } }, Identify("all-1", null, "b1@all.example"),
        ]);
        (await app.Api.RunAsync(destination)).ShouldSatisfyAllConditions(
            later => RunNumbers.Of(later, "delivered").ShouldBe("0/0/1"),
            later => RunNumbers.Number(later["funnel"]!, "unchanged").ShouldBe(2));
        JsonNode.DeepEquals(receiver.Calls[^1].Records.ShouldHaveSingleItem()["fields"], new JsonObject { ["user_id"] = "a1@all.example" }).ShouldBeTrue();
        receiver.Members.Keys.ShouldBe(["b1@all.example", "a2@all.example"], ignoreOrder: true);
        receiver.Surprises.ShouldBeEmpty();
        var stages = (await app.Api.GetAsync($"delivery-overview?destinationId={destination}")).ShouldBe(200).Json["stages"]!;
        (RunNumbers.Number(stages, "deliverable"), RunNumbers.Number(stages, "rows"), RunNumbers.Number(stages, "expansion"), RunNumbers.Number(stages, "leavers")).ShouldBe((4, 5, 1, 1));
    }

    [Theory]
    [InlineData("""{"from":"orders","to":"x","identifier":true,"strategy":"all"}""", "/mapping/0/strategy", "strategy_conflict")]
    [InlineData("""{"from":"email","to":"x","strategy":"all"}""", "/mapping/0/strategy", "strategy_conflict")]
    [InlineData("""{"template":"{{email}}","to":"x","identifier":true,"strategy":"first"}""", "/mapping/0/strategy", "strategy_conflict")]
    [InlineData("""{"from":"email","to":"x","identifier":true,"strategy":"fist"}""", "/mapping/0/strategy", "unknown_value")]
    public async Task Validate_StrategyThatCannotBe_IsAnError(string entry, string pointer, string code)
    {
        var answer = (await app.Api.PostAsync("destinations/validate", $$"""{"mapping":[{{entry}}]}""")).ShouldBe(200);

        answer.Json["issues"]!.AsArray().ShouldContain(issue => issue!["pointer"]!.GetValue<string>() == pointer && issue["code"]!.GetValue<string>() == code, answer.Text);
    }

    private static JsonObject Identify(string id, string? occurredAt, params IEnumerable<string> emails) => new()
    {
        ["op"] = "identify",
        ["id"] = id,
        ["identifiers"] = new JsonObject { ["email"] = new JsonArray([.. emails.Select(email => (JsonNode)email)]) },
        ["occurredAt"] = occurredAt,
    };

    private static JsonObject Group(string id) => new() { ["op"] = "identify", ["id"] = id, ["attributes"] = new JsonObject { ["group"] = "all addresses" } };
}
