using System.Text.Json.Nodes;
using AudienceSync.Local.Worker;
using AudienceSync.Segments;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Campaigns and the holdout as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class CampaignsWalkTests(RunningApp app)
{
    /// <summary>From nothing to members on two lists, by every route.</summary>
    [Fact]
    public async Task Campaign_BuiltPieceByPiece_SendsEachGroupToItsOwnList()
    {
        await using var mail = await Receiver.StartAsync();
        await using var ads = await Receiver.StartAsync();
        await IngestAsync("walk", 200);
        var (segment, staff) = await SegmentsAsync("walk");
        var created = (await app.Api.PostAsync(
            "campaigns", $$$"""{"name":"Walk","segmentId":"{{{segment}}}","exclusions":[{"segmentId":"{{{staff}}}"}],"schedule":{"intervalMinutes":43200}}""")).ShouldBe(201);
        created.Headers["Location"].ShouldBe($"/api/v1/campaigns/{created.Id}");
        created.Json["status"]!.GetValue<string>().ShouldBe("draft");
        var salt = created.Json["salt"]!.GetValue<string>();
        var path = $"campaigns/{created.Id}";

        var loyal = (await app.Api.PostAsync($"{path}/sub-audiences", """{"name":"Loyal","rules":{"attr":"level","op":"gte","value":100}}""")).ShouldBe(201);
        loyal.Headers["Location"].ShouldBe($"/api/v1/{path}/sub-audiences/{loyal.Id}");
        var others = (await app.Api.PostAsync($"{path}/sub-audiences", """{"name":"Others"}""", ("If-Match", loyal.ETag))).ShouldBe(201);
        (await app.Api.PostAsync($"{path}/sub-audiences", """{"name":"Late"}""", ("If-Match", loyal.ETag))).ShouldBeProblem(412, "etag_mismatch");
        var first = (await PutGroupsAsync(path, loyal.Id, others.ETag, $$"""
            {"groups":[{"name":"Mail","share":60,"destinations":[{{await DestinationAsync(mail, "Mail")}}]},{"name":"Control","role":"control","share":40}]}
            """)).ShouldBe(200);
        await PutGroupsAsync(path, others.Id, first.ETag, $$"""{"groups":[{"name":"Ads","share":100,"destinations":[{{await DestinationAsync(ads, "Ads")}}]}]}""");
        mail.Calls.ShouldBeEmpty();

        var draft = await app.Api.GetAsync(path);
        var started = (await app.Api.PatchAsync(path, """{"enabled":true}""", draft.ETag)).ShouldBe(200);
        started.Json["status"]!.GetValue<string>().ShouldBe("active");
        var destinations = DestinationsOf(started);
        foreach (var destination in destinations)
        {
            await Eventually.HoldsAsync(async () => (await app.Api.GetAsync($"destinations/{destination}")).Json["lastRun"]?["status"]?.GetValue<string>() == "succeeded", "its first run succeeds");
        }

        Members(mail).ShouldBe(Ids("walk", number => number >= 100 && number % 10 != 0 && Buckets.Of(salt, Id("walk", number)) < 6_000), ignoreOrder: true);
        Members(ads).ShouldBe(Ids("walk", number => number < 100 && number % 10 != 0), ignoreOrder: true);

        var allocation = (await app.Api.GetAsync($"{path}/allocation")).ShouldBe(200).Json;
        (Number(allocation, "audience"), Number(allocation, "excluded"), Number(allocation, "unmatched"), Number(allocation, "movedSinceLast")).ShouldBe((200, 20, 0, 0));
        Number(allocation["subAudiences"]![0]!["groups"]![0]!, "count").ShouldBe(mail.Members.Count);
        (await app.Api.GetAsync($"destinations/{destinations[0]}")).Json["source"]!["campaignId"]!.GetValue<string>().ShouldBe(created.Id);
        (await app.Api.DeleteAsync($"segments/{staff}", (await app.Api.GetAsync($"segments/{staff}")).ETag)).ShouldBeProblem(409, "segment_in_use").Text.ShouldContain("campaign 'Walk'");

        // Without the exclusion the staff joins: those in the control are still held back.
        var opened = (await app.Api.PatchAsync(path, """{"exclusions":[]}""", (await app.Api.GetAsync(path)).ETag)).ShouldBe(200);
        foreach (var destination in destinations)
        {
            await app.Api.RunAsync(destination);
        }

        Members(mail).ShouldBe(Ids("walk", number => number >= 100 && Buckets.Of(salt, Id("walk", number)) < 6_000), ignoreOrder: true);
        Members(ads).ShouldBe(Ids("walk", number => number < 100), ignoreOrder: true);
        var overview = (await app.Api.GetAsync("delivery-overview?groupBy=campaign")).ShouldBe(200).Json["groups"]!.AsArray();
        Number(overview.Single(group => group!["key"]!.GetValue<string>() == created.Id)!["stages"]!, "delivered").ShouldBe(mail.Members.Count + ads.Members.Count);

        // A pause switches the destinations off, and says so.
        var paused = (await app.Api.PatchAsync(path, """{"enabled":false}""", opened.ETag)).ShouldBe(200);
        paused.Json["status"]!.GetValue<string>().ShouldBe("paused");
        (await app.Api.PostAsync($"destinations/{destinations[0]}/runs")).ShouldBe(409);
        (await app.Api.PatchAsync(path, """{"enabled":true}""", paused.ETag)).ShouldBe(200).Json["status"]!.GetValue<string>().ShouldBe("active");

        var present = await app.Api.GetAsync(path);
        var cleaning = (await app.Api.DeleteAsync($"{path}?remote=cleanUp", present.ETag)).ShouldBe(202);
        cleaning.Json["cleanUps"]!.AsArray().Count.ShouldBe(2);
        await Eventually.HoldsAsync(() => Task.FromResult(mail.Members.Count + ads.Members.Count == 0), "everyone is removed");
        (await app.Api.GetAsync(path)).ShouldBeProblem(404, "not_found");
    }

    [Fact]
    public async Task SubAudiences_ListedMovedAndDeleted_UnderTheCampaignsETag()
    {
        await IngestAsync("parts", 10);
        var (segment, _) = await SegmentsAsync("parts");
        var campaign = (await app.Api.PostAsync(
            "campaigns", $$$"""{"name":"Parts","segmentId":"{{{segment}}}","subAudiences":[{"name":"A","rules":{"attr":"level","op":"lt","value":5}},{"name":"B"}]}""")).ShouldBe(201);
        var path = $"campaigns/{campaign.Id}";
        var ids = campaign.Json["subAudiences"]!.AsArray().Select(sub => sub!["id"]!.GetValue<string>()).ToList();

        var moved = (await app.Api.PatchAsync($"{path}/sub-audiences/{ids[1]}", """{"position":0}""", campaign.ETag)).ShouldBe(200);
        (await app.Api.SendAsync(HttpMethod.Patch, $"{path}/sub-audiences/{ids[1]}", """{"position":1}""", "application/merge-patch+json")).ShouldBeProblem(428, "if_match_required");
        (await app.Api.PatchAsync($"{path}/sub-audiences/{ids[1]}", """{"position":1}""", campaign.ETag)).ShouldBeProblem(412, "etag_mismatch");
        var list = (await app.Api.GetAsync($"{path}/sub-audiences")).ShouldBe(200).Json["value"]!.AsArray();
        list.Select(sub => sub!["id"]!.GetValue<string>()).ShouldBe([ids[1], ids[0]]);
        var one = (await app.Api.GetAsync($"{path}/sub-audiences/{ids[1]}")).ShouldBe(200);
        one.ETag.ShouldBe(moved.ETag);
        (await app.Api.GetAsync($"{path}/sub-audiences/{ids[1]}", ("If-None-Match", one.ETag))).ShouldBe(304);
        (await app.Api.SendAsync(HttpMethod.Head, $"{path}/sub-audiences/{ids[1]}", null, null)).ShouldBe(200).Text.ShouldBeEmpty();

        (await PutGroupsAsync(path, ids[0], moved.ETag, """{"groups":[{"name":"x","share":99.5}]}""")).ShouldBeProblem(422, "shares_not_100").Json["errors"]![0]!["pointer"]!.GetValue<string>().ShouldBe("/groups");
        (await PutGroupsAsync(path, "sub_none", moved.ETag, """{"groups":[{"name":"x","share":100}]}""")).ShouldBeProblem(404, "not_found");
        (await app.Api.SendAsync(HttpMethod.Put, $"{path}/sub-audiences/{ids[0]}/groups", "[]", "application/json")).ShouldBeProblem(428, "if_match_required");
        (await app.Api.DeleteAsync($"{path}/sub-audiences/{ids[0]}?remote=burn", moved.ETag)).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.DeleteAsync($"{path}/sub-audiences/{ids[0]}", moved.ETag)).ShouldBe(204);
        (await app.Api.GetAsync($"{path}/sub-audiences/{ids[0]}")).ShouldBeProblem(404, "not_found");
        (await app.Api.GetAsync($"{path}/allocation?asof=now")).ShouldBeProblem(400, "unknown_parameter");
        (await app.Api.GetAsync($"{path}/allocation?asOf=now")).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.DeleteAsync(path, (await app.Api.GetAsync(path)).ETag)).ShouldBe(204);
    }

    [Fact]
    public async Task Campaigns_Lists_Roles_AndFaults()
    {
        await IngestAsync("roles", 3);
        var (segment, _) = await SegmentsAsync("roles");
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        using var operatorClient = await Keys.CreateAsync(app.Api, "operator");
        using var ingest = await Keys.CreateAsync(app.Api, "ingest");
        var campaign = (await app.Api.PostAsync("campaigns", $$"""{"name":"Roles","segmentId":"{{segment}}"}""")).ShouldBe(201);

        (await app.Api.GetAsync("campaigns?limit=200")).ShouldBe(200).Json["value"]!.AsArray().Select(each => each!["id"]!.GetValue<string>()).ShouldContain(campaign.Id);
        (await viewer.GetAsync($"campaigns/{campaign.Id}")).ShouldBe(200);
        (await viewer.GetAsync($"campaigns/{campaign.Id}/allocation")).ShouldBe(200);
        (await viewer.PostAsync("campaigns", "{}")).ShouldBeProblem(403, "role_too_low");
        (await ingest.GetAsync("campaigns")).ShouldBeProblem(403, "role_too_low");
        (await operatorClient.PatchAsync($"campaigns/{campaign.Id}", """{"name":"Mine"}""", campaign.ETag)).ShouldBeProblem(403, "forbidden");
        (await operatorClient.PatchAsync($"campaigns/{campaign.Id}", """{"enabled":true}""", campaign.ETag)).ShouldBe(200);

        var refused = (await app.Api.PostAsync("campaigns", """{"segmentId":"seg_none","asignment":"firstMatch","schedule":{"launchAt":"soon"}}""")).ShouldBeProblem(422, "validation_failed");
        refused.Json["errors"]!.AsArray().Select(fault => fault!["pointer"]!.GetValue<string>()).ShouldBe(["/name", "/segmentId", "/asignment", "/schedule/launchAt"], ignoreOrder: true);
        refused.Text.ShouldContain("Did you mean 'assignment'?");
        (await app.Api.PostAsync("campaigns", """{"name":"x" """)).ShouldBeProblem(400, "malformed_json");
        (await app.Api.GetAsync("campaigns?status=actve")).ShouldBeProblem(400, "invalid_parameter").Text.ShouldContain("'active'");
        (await app.Api.GetAsync("campaigns?search=rOLes&status=active&status=draft&orderBy=-name&limit=200")).ShouldBe(200).Json["value"]!.AsArray().Select(each => each!["id"]!.GetValue<string>()).ShouldBe([campaign.Id]);
        (await app.Api.GetAsync("campaigns?state=active")).ShouldBeProblem(400, "unknown_parameter");
    }

    [Fact]
    public async Task Launch_InTheFuture_RefusesRunsAndShowsWhatItWouldSend()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("launch", 20);
        var (segment, _) = await SegmentsAsync("launch");
        var campaign = (await app.Api.PostAsync("campaigns", $$"""
            {"name":"Launch","segmentId":"{{segment}}","enabled":true,"schedule":{"launchAt":"2099-01-01T00:00:00Z"},
             "subAudiences":[{"name":"All","groups":[{"share":100,"destinations":[{{await DestinationAsync(receiver, "Later")}}]}]}]}
            """)).ShouldBe(201);
        campaign.Json["status"]!.GetValue<string>().ShouldBe("scheduled");
        var destination = DestinationsOf(campaign).Single();

        (await app.Api.PostAsync($"destinations/{destination}/runs")).ShouldBeProblem(409, "not_launched");
        var dry = await app.Api.WaitForRunAsync(await app.Api.StartRunAsync(destination, """{"dryRun":true}"""));

        RunNumbers.Of(dry, "planned").ShouldBe("20/0/0");
        receiver.Calls.ShouldBeEmpty();
        var moved = (await app.Api.PatchAsync($"campaigns/{campaign.Id}", """{"schedule":{"launchAt":"2020-01-01T00:00:00Z"}}""", campaign.ETag)).ShouldBe(200);
        moved.Json["status"]!.GetValue<string>().ShouldBe("active");
        await app.Api.RunAsync(destination);
        receiver.Members.Count.ShouldBe(20);
        (await app.Api.PatchAsync($"campaigns/{campaign.Id}", """{"salt":"other"}""", moved.ETag)).ShouldBeProblem(422, "validation_failed").Text.ShouldContain("launched");
    }

    /// <summary>A few people of each group, as they would be delivered: gates and all, in one batch; nothing is sent.</summary>
    [Fact]
    public async Task Simulation_ShowsWhatEachGroupWouldGet()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("simulate", 100);
        var (segment, staff) = await SegmentsAsync("simulate");
        var destination = (await DestinationAsync(receiver, "Simulated")).Replace("}]}", """}],"attributes":["campaign"]}""", StringComparison.Ordinal);
        var campaign = (await app.Api.PostAsync("campaigns", $$"""
            {"name":"Simulated","segmentId":"{{segment}}","exclusions":["{{staff}}"],"salt":"simulated","subAudiences":[
              {"name":"All","groups":[{"name":"Mail","share":50,"destinations":[{{destination}},{{await DestinationAsync(receiver, "Consent")}}]},{"name":"Control","role":"control","share":50}]},
              {"name":"Nobody","groups":[{"share":100}]}]}
            """)).ShouldBe(201);
        var consent = await app.Api.GetAsync($"destinations/{DestinationsOf(campaign)[1]}");
        (await app.Api.PatchAsync($"destinations/{consent.Id}", """{"consentPurpose":"marketing"}""", consent.ETag)).ShouldBe(200);
        var path = $"campaigns/{campaign.Id}/simulations";
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");

        var started = (await app.Api.PostAsync(path, """{"profiles":3}""")).ShouldBe(202);
        started.Headers["Location"].ShouldBe($"/api/v1/{path}/{started.Id}");
        var made = (await app.Api.GetAsync($"{path}/{started.Id}")).ShouldBe(200).Json;

        var groups = made["subAudiences"]![0]!["groups"]!.AsArray();
        var profiles = groups.Select(group => group!["profiles"]!.AsArray().Select(id => id!.GetValue<string>()).ToList()).ToList();
        profiles.ShouldAllBe(ids => ids.Count == 3);
        profiles[0].ShouldBeSubsetOf(Ids("simulate", number => number % 10 != 0 && Buckets.Of("simulated", Id("simulate", number)) < 5_000));
        profiles[1].ShouldBeSubsetOf(Ids("simulate", number => number % 10 != 0 && Buckets.Of("simulated", Id("simulate", number)) >= 5_000));
        groups[1]!["destinations"]!.AsArray().ShouldBeEmpty("a control is sent nothing");
        var body = groups[0]!["destinations"]![0]!["payloads"]!.AsArray().ShouldHaveSingleItem()!["body"]!;
        body["records"]!.AsArray().Select(record => record!["fields"]!["user_id"]!.GetValue<string>()).ShouldBe(profiles[0]);
        body["records"]!.AsArray().ShouldAllBe(record => record!["operation"]!.GetValue<string>() == "add" && record["fields"]!["campaign"]!.GetValue<string>() == "simulate");
        var gated = groups[0]!["destinations"]![1]!;
        gated["payloads"]!.AsArray().ShouldBeEmpty();
        gated["stopped"]!.AsArray().Select(each => each!["profileId"]!.GetValue<string>()).ShouldBe(profiles[0]);
        gated["stopped"]![0]!["detail"]!.GetValue<string>().ShouldContain("marketing");
        made["subAudiences"]![1]!["groups"]![0]!["profiles"]!.AsArray().ShouldBeEmpty();
        receiver.Calls.ShouldBeEmpty();

        (await app.Api.PostAsync(path)).ShouldBe(202).Json["profiles"]!.GetValue<int>().ShouldBe(10);
        (await app.Api.PostAsync(path, """{"profiles":0,"asof":"now"}""")).ShouldBeProblem(422, "validation_failed").Json["errors"]!.AsArray().Count.ShouldBe(2);
        (await app.Api.GetAsync($"{path}/sim_none")).ShouldBeProblem(404, "not_found");
        (await app.Api.PostAsync("campaigns/cmp_none/simulations", "{}")).ShouldBeProblem(404, "not_found");
        (await viewer.PostAsync(path, "{}")).ShouldBeProblem(403, "role_too_low");
        (await app.Api.DeleteAsync($"campaigns/{campaign.Id}", (await app.Api.GetAsync($"campaigns/{campaign.Id}")).ETag)).ShouldBe(204);
    }

    [Fact]
    public async Task Holdout_IsKeptFromCampaigns_AndCounted()
    {
        await using var receiver = await Receiver.StartAsync();
        await IngestAsync("holdout", 100);
        var (segment, _) = await SegmentsAsync("holdout");
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        var none = (await viewer.GetAsync("holdout")).ShouldBe(200);
        none.Json["percent"]!.GetValue<decimal>().ShouldBe(0);
        (await viewer.SendAsync(HttpMethod.Put, "holdout", """{"percent":20}""", "application/json", ("If-Match", none.ETag))).ShouldBeProblem(403, "role_too_low");
        (await app.Api.SendAsync(HttpMethod.Put, "holdout", """{"percent":20}""", "application/json")).ShouldBeProblem(428, "if_match_required");
        (await app.Api.SendAsync(HttpMethod.Put, "holdout", """{"percent":20.001,"slat":"x"}""", "application/json", ("If-Match", none.ETag))).ShouldBeProblem(422, "validation_failed").Text.ShouldContain("'salt'");

        var set = (await app.Api.SendAsync(HttpMethod.Put, "holdout", """{"percent":20.5,"salt":"out"}""", "application/json", ("If-Match", none.ETag))).ShouldBe(200);
        try
        {
            (await app.Api.SendAsync(HttpMethod.Put, "holdout", """{"percent":1}""", "application/json", ("If-Match", none.ETag))).ShouldBeProblem(412, "etag_mismatch");
            (await app.Api.GetAsync("holdout")).ETag.ShouldBe(set.ETag);
            set.Json["buckets"]!["to"]!.GetValue<int>().ShouldBe(2_050);
            var campaign = (await app.Api.PostAsync("campaigns", $$"""
                {"name":"Held","segmentId":"{{segment}}","subAudiences":[{"name":"All","groups":[{"share":100,"destinations":[{{await DestinationAsync(receiver, "Held")}}]}]}]}
                """)).ShouldBe(201);
            await app.Api.PatchAsync($"campaigns/{campaign.Id}", """{"enabled":true}""", campaign.ETag);
            var destination = DestinationsOf(campaign).Single();
            await Eventually.HoldsAsync(async () => (await app.Api.GetAsync($"destinations/{destination}")).Json["lastRun"]?["status"]?.GetValue<string>() == "succeeded", "its first run succeeds");

            var heldOut = Ids("holdout", number => Buckets.Of("out", Id("holdout", number)) < 2_050).ToList();
            Members(receiver).ShouldBe(Ids("holdout", _ => true).Except(heldOut), ignoreOrder: true);
            var run = (await app.Api.GetAsync($"runs?destinationId={destination}")).Json["value"]![0]!;
            (Number(run["funnel"]!, "members"), Number(run["funnel"]!, "holdout"), Number(run["funnel"]!, "deliverable")).ShouldBe((100, heldOut.Count, 100 - heldOut.Count));
            Number((await app.Api.GetAsync($"campaigns/{campaign.Id}/allocation")).Json, "holdout").ShouldBe(heldOut.Count);
        }
        finally
        {
            // The other walks share this app.
            await app.Api.SendAsync(HttpMethod.Put, "holdout", """{"percent":0}""", "application/json", ("If-Match", set.ETag));
        }
    }

    private static string Id(string key, int number) => $"{key}-{number}";

    private static IEnumerable<string> Ids(string key, Func<int, bool> isIn) => Enumerable.Range(0, 200).Where(number => key == "walk" || number < 100).Where(isIn).Select(number => Id(key, number));

    private static IEnumerable<string> Members(Receiver receiver) => receiver.Members.Keys;

    private static int Number(JsonNode node, string name) => node[name]!.GetValue<int>();

    private static IReadOnlyList<string> DestinationsOf(Answer campaign) =>
    [
        .. campaign.Json["subAudiences"]!.AsArray().SelectMany(sub => sub!["groups"]!.AsArray()).SelectMany(group => group!["destinations"]!.AsArray())
            .Select(destination => destination!["id"]!.GetValue<string>()),
    ];

    private Task<Answer> PutGroupsAsync(string path, string sub, string etag, string body) =>
        app.Api.SendAsync(HttpMethod.Put, $"{path}/sub-audiences/{sub}/groups", body, "application/json", ("If-Match", etag));

    private async Task<string> DestinationAsync(Receiver receiver, string audience) => $$"""
        {"connectionId":"{{await app.Api.CreateWebhookAsync(receiver)}}","audience":{"name":"{{audience}}"},"mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"level","to":"level"}]}
        """;

    private async Task<(string All, string Staff)> SegmentsAsync(string key) => (
        await app.Api.CreateSegmentAsync($"Campaign {key}", $$"""{"attr":"campaign","op":"eq","value":"{{key}}"}"""),
        await app.Api.CreateSegmentAsync($"Staff {key}", """{"attr":"employee","op":"eq","value":true}"""));

    private Task IngestAsync(string key, int count) => app.Api.IngestAsync(Enumerable.Range(0, count).Select(number => new JsonObject
    {
        ["op"] = "identify",
        ["id"] = Id(key, number),
        ["attributes"] = new JsonObject { ["campaign"] = key, ["level"] = number, ["employee"] = number % 10 == 0 },
    }));
}
