using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Consents, the suppression list and erasures as their users meet them.</summary>
[Collection(ApiCollection.Name)]
public sealed class PrivacyWalkTests(RunningApp app)
{
    [Fact]
    public async Task Consent_WithdrawnAfterDelivery_IsARemovalInTheNextRunAndCounted()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "consent", size: 10);
        await SetPurposeAsync(audience, "marketing");
        foreach (var id in audience.MemberIds)
        {
            await ConsentAsync(id, """{"state":"granted","source":"web form","capturedAt":"2026-01-05T00:00:00Z"}""");
        }

        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe("9/0/0");

        var set = await ConsentAsync("consent-3", """{"state":"denied","source":"call centre","capturedAt":"2026-02-01T00:00:00Z"}""");
        set["applied"]!.GetValue<bool>().ShouldBeTrue();
        (set["state"]!.GetValue<string>(), set["source"]!.GetValue<string>(), set["purpose"]!.GetValue<string>()).ShouldBe(("denied", "call centre", "marketing"));
        var older = await ConsentAsync("consent-3", """{"state":"granted","capturedAt":"2026-01-20T00:00:00Z"}""");
        older["applied"]!.GetValue<bool>().ShouldBeFalse();
        older["state"]!.GetValue<string>().ShouldBe("denied", "what counts is answered");
        older["detail"]!.GetValue<string>().ShouldContain("2026-01-20");

        var run = await app.Api.RunAsync(audience.DestinationId);
        RunNumbers.Of(run, "delivered").ShouldBe("0/0/1");
        run["funnel"]!["consentBlocked"]!.GetValue<int>().ShouldBe(1);
        run["removalReasons"]!["consent"]!.GetValue<int>().ShouldBe(1);
        run["removalReasons"]!["leftSegment"]!.GetValue<int>().ShouldBe(0);
        (await app.Api.GetAsync($"delivery-overview?destinationId={audience.DestinationId}")).ShouldBe(200).Json["removalReasons"]!["consent"]!.GetValue<int>().ShouldBe(1);
        audience.ShouldBeOnTheList(without: "consent-3");
        (await app.Api.GetAsync("profiles/consent-3")).ShouldBe(200).Json["consents"]!["marketing"]!["state"]!.GetValue<string>().ShouldBe("denied");
        (await app.Api.GetAsync("profiles/consent-3/consents")).ShouldBe(200).Json["value"]!.AsArray().ShouldHaveSingleItem()!["capturedAt"]!.GetValue<string>().ShouldBe("2026-02-01T00:00:00Z");
        (await app.Api.GetAsync("profiles/consent-3/consents/marketing")).ShouldBe(200).Json["state"]!.GetValue<string>().ShouldBe("denied");
    }

    [Fact]
    public async Task Consent_WhatCannotBeTaken_IsRefused()
    {
        await app.Api.IngestAsync([new() { ["op"] = "identify", ["id"] = "faults" }]);
        (await PutAsync("profiles/nobody-here/consents/marketing", """{"state":"granted"}""")).ShouldBeProblem(404, "not_found");
        (await app.Api.GetAsync("profiles/nobody-here/consents")).ShouldBeProblem(404, "not_found");
        (await app.Api.GetAsync("profiles/faults/consents/marketing")).ShouldBeProblem(404, "not_found");
        (await app.Api.GetAsync("profiles/faults/consents?limt=1")).ShouldBeProblem(400, "unknown_parameter");
        var refused = (await PutAsync("profiles/faults/consents/marketing", """{"state":"grantd","capturedAt":"yesterday","sorce":"x"}""")).ShouldBeProblem(422, "validation_failed");
        refused.Json["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>()).ShouldBe(["/state", "/capturedAt", "/sorce"], ignoreOrder: true);
        (await PutAsync("profiles/faults/consents/marketing", "{}")).ShouldBeProblem(422, "validation_failed").Json["errors"]![0]!["code"]!.GetValue<string>().ShouldBe("required");
        (await PutAsync("profiles/faults/consents/marketing", """{"state":"granted","capturedAt":"2999-01-01T00:00:00Z"}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.SendAsync(HttpMethod.Put, "profiles/faults/consents/marketing", "state=granted", "text/plain")).ShouldBeProblem(415, "unsupported_media_type");
        (await PutAsync("profiles/faults/consents/a%20purpose%2Fof%20ours", """{"state":"unknown"}""")).ShouldBe(200).Json["purpose"]!.GetValue<string>().ShouldBe("a purpose/of ours");
        using var head = await Keys.CreateAsync(app.Api, "viewer");
        (await head.SendAsync(HttpMethod.Head, "profiles/faults/consents", null, null)).ShouldBe(200).Text.ShouldBeEmpty();
    }

    [Fact]
    public async Task Suppression_ByIdByValueAndByDigest_TakesPeopleOffEveryDestination()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "supp", size: 10);
        await app.Api.RunAsync(audience.DestinationId);

        var byId = (await app.Api.PostAsync("suppressions", """{"profileId":"supp-1","reason":"asked by letter"}""")).ShouldBe(201);
        byId.Headers["Location"].ShouldBe($"/api/v1/suppressions/{byId.Id}");
        (await app.Api.GetAsync(byId.Headers["Location"])).ShouldBe(200).ETag.ShouldBe(byId.ETag);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("supp.3@example.com")));
        var batch = (await app.Api.PostAsync(
            "suppressions",
            new JsonObject
            {
                ["entries"] = new JsonArray(
                    new JsonObject { ["type"] = "email", ["value"] = " SUPP.2@example.com" },
                    new JsonObject { ["type"] = "email", ["sha256"] = digest },
                    new JsonObject { ["profileId"] = "supp-1" },
                    new JsonObject { ["type"] = "email", ["value"] = "nonsense" }),
            }.ToJsonString())).ShouldBe(207).Json;
        batch["results"]!.AsArray().Select(result => result!["status"]!.GetValue<int>()).ShouldBe([201, 201, 200, 422]);
        batch["results"]![3]!["pointer"]!.GetValue<string>().ShouldBe("/entries/3/value");

        var run = await app.Api.RunAsync(audience.DestinationId);
        RunNumbers.Of(run, "delivered").ShouldBe("0/0/3");
        run["funnel"]!["suppressed"]!.GetValue<int>().ShouldBe(3);
        audience.ShouldBeOnTheList(without: ["supp-1", "supp-2", "supp-3"]);
        var tested = (await app.Api.PostAsync($"destinations/{audience.DestinationId}/preview", """{"profileId":"supp-2"}""")).ShouldBe(200);
        tested.Json["steps"]![0]!["ok"]!.GetValue<bool>().ShouldBeFalse();
        tested.Text.ShouldContain("suppression list (email)");

        (await app.Api.PostAsync("suppressions/lookup", """{"type":"email","value":"supp.2@example.com"}""")).ShouldBe(200).Id.ShouldBe(batch["results"]![0]!["id"]!.GetValue<string>());
        (await app.Api.PostAsync("suppressions/lookup", """{"type":"email","value":"supp.9@example.com"}""")).ShouldBeProblem(404, "not_found");
        (await app.Api.SendAsync(HttpMethod.Delete, $"suppressions/{byId.Id}", null, null, ("If-Match", "\"other\""))).ShouldBeProblem(412, "etag_mismatch");
        (await app.Api.DeleteAsync($"suppressions/{byId.Id}", byId.ETag)).ShouldBe(204);
        (await app.Api.GetAsync($"suppressions/{byId.Id}")).ShouldBeProblem(404, "not_found");
        (await app.Api.SendAsync(HttpMethod.Delete, $"suppressions/{byId.Id}", null, null)).ShouldBeProblem(404, "not_found");
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe("1/0/0");
    }

    [Fact]
    public async Task Suppressions_Listed_NameNobodyAndComeInPages()
    {
        for (var number = 0; number < 7; number++)
        {
            (await app.Api.PostAsync("suppressions", $$"""{"type":"external_id","value":"listed-{{number}}","reason":"test of lists"}""")).ShouldBe(201);
        }

        List<string> ids = [];
        var path = "suppressions?type=externalId&limit=3";
        while (path is not null)
        {
            var page = (await app.Api.GetAsync(path)).ShouldBe(200);
            page.Text.ShouldNotContain("listed-");
            ids.AddRange(page.Json["value"]!.AsArray().Select(entry => entry!["id"]!.GetValue<string>()));
            path = page.Json["nextLink"]?.GetValue<string>() is { } next ? new Uri(next).PathAndQuery : null;
        }

        ids.Count.ShouldBe(7);
        ids.Distinct().Count().ShouldBe(7);
        (await app.Api.GetAsync("suppressions?type=emial")).ShouldBeProblem(400, "invalid_parameter").Text.ShouldContain("email");
        (await app.Api.GetAsync("suppressions?origin=nowhere")).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.GetAsync("suppressions?typ=email")).ShouldBeProblem(400, "unknown_parameter");
        (await app.Api.PostAsync("suppressions", "[1,{}]")).ShouldBe(207).Json["failed"]!.GetValue<int>().ShouldBe(2);
        (await app.Api.PostAsync("suppressions", """{"entries":3}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PostAsync("suppressions", "7")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PostAsync("suppressions", """{"profileId":"once"}""", ("Idempotency-Key", "sup-1"))).ShouldBe(201);
        (await app.Api.PostAsync("suppressions", """{"profileId":"once"}""", ("Idempotency-Key", "sup-1"))).ShouldBe(201).Headers["Idempotency-Replayed"].ShouldBe("true");
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        (await viewer.SendAsync(HttpMethod.Head, "suppressions", null, null)).ShouldBe(200);
    }

    [Fact]
    public async Task Erasure_ThatAPlatformDoesNotAccept_WaitsWithItsTombstone()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "wait", size: 4);
        await app.Api.RunAsync(audience.DestinationId);
        receiver.Rule = _ => new Reaction.Refused(401);

        var id = (await app.Api.SendAsync(HttpMethod.Delete, "profiles/wait-1", null, null)).ShouldBe(202).Id;
        JsonNode receipt = new JsonObject();
        await Eventually.HoldsAsync(
            async () => (receipt = await ReceiptAsync(id, audience.DestinationId) ?? receipt)["code"] is not null, "the receipt says why it is pending");
        receipt["outcome"]!.GetValue<string>().ShouldBe("pending");
        receipt["code"]!.GetValue<string>().ShouldBe("unauthorized");
        receipt["nextTryAt"].ShouldNotBeNull();
        var tombstone = (await app.Api.GetAsync($"suppressions?erasureId={id}")).ShouldBe(200).Json["value"]![0]!["id"]!.GetValue<string>();
        (await app.Api.SendAsync(HttpMethod.Delete, $"suppressions/{tombstone}", null, null)).ShouldBeProblem(409, "erasure_open");

        var destination = (await app.Api.GetAsync($"destinations/{audience.DestinationId}")).ShouldBe(200);
        (await app.Api.DeleteAsync($"destinations/{audience.DestinationId}?remote=leave", destination.ETag)).Status.ShouldBeInRange(200, 204);
        await app.Api.WaitForErasureAsync(id);
        var gone = (await ReceiptAsync(id, audience.DestinationId)).ShouldNotBeNull();
        (gone["outcome"]!.GetValue<string>(), gone["code"]!.GetValue<string>()).ShouldBe(("unsupported", "destination_gone"));
        gone["remaining"]!.GetValue<string>().ShouldContain("by hand");
        (await app.Api.SendAsync(HttpMethod.Delete, $"suppressions/{tombstone}", null, null)).ShouldBe(204);
    }

    private async Task<JsonNode?> ReceiptAsync(string erasureId, string destinationId) =>
        (await app.Api.GetAsync($"erasures/{erasureId}")).ShouldBe(200).Json["receipts"]!.AsArray()
            .SingleOrDefault(each => each!["destination"]!["id"]!.GetValue<string>() == destinationId);

    [Fact]
    public async Task Erasures_OfABatchAndByIdAlone_AreListedAndShown()
    {
        await app.Api.IngestAsync([new() { ["op"] = "identify", ["id"] = "gone-1" }, new() { ["op"] = "identify", ["id"] = "gone-2" }]);
        var batch = (await app.Api.PostAsync("profiles/batch", """{"operations":[{"op":"erase","id":"gone-1"},{"op":"erase","id":"gone-2"},{"op":"erase","id":"gone-3"}]}""")).ShouldBe(207).Json;
        batch["results"]!.AsArray().Select(result => result!["status"]!.GetValue<int>()).ShouldBe([200, 200, 404]);
        var first = batch["results"]![0]!["erasureId"]!.GetValue<string>();
        first.ShouldStartWith("ers_");
        var byId = (await app.Api.PostAsync("erasures", """{"profileId":"known-to-a-warehouse-only"}""")).ShouldBe(202);
        byId.Headers["Location"].ShouldBe($"/api/v1/erasures/{byId.Id}");
        byId.Headers.Keys.ShouldContain("Retry-After");

        foreach (var id in (string[])[first, batch["results"]![1]!["erasureId"]!.GetValue<string>(), byId.Id])
        {
            var done = await app.Api.WaitForErasureAsync(id);
            done["finishedAt"]!.GetValue<string>().ShouldNotBeEmpty();
            done["receipts"]!.AsArray().ShouldAllBe(receipt => receipt!["outcome"]!.GetValue<string>() == "never_there");
            done.ToJsonString().ShouldNotContain("gone-");
        }

        var listed = (await app.Api.GetAsync("erasures?status=completed&limit=200")).ShouldBe(200).Json["value"]!.AsArray().Select(erasure => erasure!["id"]!.GetValue<string>()).ToList();
        listed.ShouldContain(first);
        listed.ShouldContain(byId.Id);
        (await app.Api.GetAsync("erasures?status=complete")).ShouldBeProblem(400, "invalid_parameter").Text.ShouldContain("'completed'");
        (await app.Api.GetAsync("erasures/ers_none")).ShouldBeProblem(404, "not_found");
        (await app.Api.PostAsync("erasures", """{"profileid":"x"}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.PostAsync("erasures", """{"profileId":""}""")).ShouldBeProblem(422, "validation_failed");
        (await app.Api.GetAsync($"erasures/{first}", ("If-None-Match", (await app.Api.GetAsync($"erasures/{first}")).ETag))).ShouldBe(304);
    }

    private async Task<JsonNode> ConsentAsync(string profileId, string body) => (await PutAsync($"profiles/{profileId}/consents/marketing", body)).ShouldBe(200).Json;

    private Task<Answer> PutAsync(string path, string body) => app.Api.SendAsync(HttpMethod.Put, path, body, "application/json");

    private async Task SetPurposeAsync(TestAudience audience, string purpose)
    {
        var destination = await app.Api.GetAsync($"destinations/{audience.DestinationId}");
        (await app.Api.PatchAsync($"destinations/{audience.DestinationId}", $$"""{"consentPurpose":"{{purpose}}"}""", destination.ETag)).ShouldBe(200);
    }
}
