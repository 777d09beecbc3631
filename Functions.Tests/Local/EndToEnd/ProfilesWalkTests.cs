using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Profiles as integrators use them.</summary>
[Collection(ApiCollection.Name)]
public sealed class ProfilesWalkTests(RunningApp app)
{
    [Fact]
    public async Task Batch_GoodAndBadOperations_TakesTheGoodAndTellsOfTheBad()
    {
        var answer = (await app.Api.PostAsync(
            "profiles/batch",
            """
            {"operations":[
             {"op":"identify","id":"batch-1","identifiers":{"email":"ana@example.com","phone":"+14155550100","external_id":"A-17"},
              "attributes":{"orders":3,"revenue":120.50,"lastOrderAt":"2026-10-01T00:00:00Z","country":"DE","tags":["vip","news"],"vip":true,"nickname":null}},
             {"op":"erase","id":"batch-nobody"},
             {"op":"identify","id":"batch-2","identifiers":{"email":"not an address"},"attributes":{"email":"x"}},
             {"op":"identfy","id":"batch-3"}]}
            """)).ShouldBe(207).Json;

        answer["accepted"]!.GetValue<int>().ShouldBe(1);
        answer["failed"]!.GetValue<int>().ShouldBe(3);
        var results = answer["results"]!.AsArray();
        results.Select(result => result!["status"]!.GetValue<int>()).ShouldBe([200, 404, 422, 422]);
        results[1]!["code"]!.GetValue<string>().ShouldBe("unknown_profile");
        results[1]!["pointer"]!.GetValue<string>().ShouldBe("/operations/1/id");
        results[2]!["errors"]!.AsArray().Select(error => error!["pointer"]!.GetValue<string>())
            .ShouldBe(["/operations/2/identifiers/email", "/operations/2/attributes/email"], ignoreOrder: true);
        results[3]!["detail"]!.GetValue<string>().ShouldContain("'identify'");
        (await app.Api.GetAsync("profiles/batch-2")).ShouldBe(404);
    }

    [Fact]
    public async Task Profile_WrittenTwice_ShowsTheLaterValueOfEachAttribute()
    {
        await app.Api.IngestAsync([
            Identify("later", "2026-01-02T00:00:00Z", new() { ["level"] = "second", ["orders"] = 3, ["revenue"] = 12.50m, ["vip"] = true }),
            Identify("later", "2026-01-01T00:00:00Z", new() { ["level"] = "first", ["city"] = "Bonn", ["since"] = "2020-02-29" }),
            Identify("later", "2026-01-03T00:00:00Z", new() { ["vip"] = null }),
        ]);

        var profile = (await app.Api.GetAsync("profiles/later")).ShouldBe(200);

        JsonNode.DeepEquals(
            profile.Json["attributes"],
            JsonNode.Parse("""{"level":"second","orders":3,"revenue":12.50,"city":"Bonn","since":"2020-02-29"}""")).ShouldBeTrue(profile.Text);
        profile.Json["identifiers"]!["email"]!.GetValue<string>().ShouldBe("later@example.com");
        profile.Json["trackingId"]!.GetValue<string>().ShouldNotBeEmpty();
        (await app.Api.GetAsync("profiles/later", ("If-None-Match", profile.ETag))).ShouldBe(304);
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        (await viewer.GetAsync("profiles/later")).ShouldBe(200).Json["identifiers"]!["email"]!.GetValue<string>().ShouldBe("l…@example.com");
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("ä ö+?#%")]
    [InlineData("' or 1 eq 1")]
    public async Task Profile_IdOfAnyText_IsFoundUnderIt(string id)
    {
        var created = (await app.Api.PostAsync("profiles", new JsonObject { ["id"] = id, ["attributes"] = new JsonObject { ["n"] = 1 } }.ToJsonString())).ShouldBe(201);

        (await app.Api.GetAsync(created.Headers["Location"])).ShouldBe(200).Id.ShouldBe(id);
        (await app.Api.PostAsync("profiles", new JsonObject { ["id"] = id }.ToJsonString())).ShouldBe(200);
    }

    [Fact]
    public async Task Profile_Erased_IsGoneAtOnceAndTakenOffTheList()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "erased", size: 12);
        await app.Api.RunAsync(audience.DestinationId);
        var path = $"profiles/{audience.Id(3)}";
        var erasure = (await app.Api.SendAsync(HttpMethod.Delete, path, null, null)).ShouldBe(202);
        erasure.Headers["Location"].ShouldBe($"/api/v1/erasures/{erasure.Id}");
        (await app.Api.GetAsync(path)).ShouldBe(404);
        (await app.Api.SendAsync(HttpMethod.Delete, path, null, null)).ShouldBe(404);

        var done = await app.Api.WaitForErasureAsync(erasure.Id);
        var receipt = done["receipts"]!.AsArray().Single(receipt => receipt!["destination"]!["id"]!.GetValue<string>() == audience.DestinationId)!;
        receipt["outcome"]!.GetValue<string>().ShouldBe("removed");
        receipt["platform"]!["status"]!.GetValue<int>().ShouldBe(200);
        audience.ShouldBeOnTheList(without: audience.Id(3));
        var removal = receiver.Calls[^1].Records.ShouldHaveSingleItem();
        JsonNode.DeepEquals(removal["fields"], new JsonObject { ["user_id"] = audience.Id(3) }).ShouldBeTrue("a removal carries the identifier alone");
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
    }

    [Fact]
    public async Task Import_CsvWithBadLines_TakesTheGoodAndNamesTheBad()
    {
        const string file = "Key,Mail,orders,note\nimp-1,i1@example.com,3,fine\n,i2@example.com,1,no id\nimp-3,nonsense,2,bad mail\nimp-4,i4@example.com,4\n\"imp-5\",i5@example.com,,\"a, b\"\n";
        var columns = Uri.EscapeDataString("""{"Mail":"email"}""");

        var import = (await app.Api.SendAsync(HttpMethod.Post, $"imports?idColumn=Key&columns={columns}", file, "text/csv")).ShouldBe(202);

        import.Headers["Location"].ShouldBe($"/api/v1/imports/{import.Id}");
        var done = (await app.Api.GetAsync(import.Headers["Location"])).ShouldBe(200).Json;
        done["status"]!.GetValue<string>().ShouldBe("succeeded");
        done["read"]!.GetValue<int>().ShouldBe(5);
        done["accepted"]!.GetValue<int>().ShouldBe(2);
        done["rejections"]!.AsArray().Select(line => line!["line"]!.GetValue<int>()).ShouldBe([3, 4, 5]);
        var profile = (await app.Api.GetAsync("profiles/imp-5")).ShouldBe(200).Json;
        JsonNode.DeepEquals(profile["attributes"], new JsonObject { ["note"] = "a, b" }).ShouldBeTrue(profile.ToJsonString());
        (await app.Api.SendAsync(HttpMethod.Post, "imports", """{"format":"csv"}""", "application/json")).ShouldBe(422);
        (await app.Api.SendAsync(HttpMethod.Post, "imports", file, "text/plain")).ShouldBe(415);
        (await app.Api.GetAsync("imports/imp_none")).ShouldBe(404);
    }

    private static JsonObject Identify(string id, string occurredAt, JsonObject attributes) => new()
    {
        ["op"] = "identify",
        ["id"] = id,
        ["identifiers"] = new JsonObject { ["email"] = $"{id}@example.com" },
        ["attributes"] = attributes,
        ["occurredAt"] = occurredAt,
    };
}
