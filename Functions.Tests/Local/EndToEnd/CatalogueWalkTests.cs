using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The catalogue of attributes, and destinations that send a category of it, as integrators meet them.</summary>
[Collection(ApiCollection.Name)]
public sealed class CatalogueWalkTests(RunningApp app)
{
    [Fact]
    public async Task Attributes_OfSomeProfiles_AreListedWithTheirStatisticsAndUsers()
    {
        await app.Api.IngestAsync(Enumerable.Range(0, 400).Select(number => Identify($"cata-{number}", new()
        {
            ["cata_orders"] = number % 11,
            ["cata_code"] = $"code {number}",
            ["cata_email"] = number % 2 == 0 ? $"cata{number}@x.example" : null,
            ["cata_tags"] = new JsonArray($"t{number % 3}", "all"),
        })));
        var segment = await app.Api.CreateSegmentAsync("Catalogue", """{"all":[{"not":{"attr":"cata_orders","op":"lt","value":5}},{"attr":"email","op":"notExists"}]}""");
        await using var receiver = await Receiver.StartAsync();
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var destination = (await app.Api.PostAsync("destinations", $$$"""
            {"name":"Catalogue","source":{"segmentId":"{{{segment}}}"},"connectionId":"{{{connection}}}","autoSync":false,"enabled":false,
             "mapping":[{"from":"id","to":"user_id","identifier":true},{"template":"x {{cata_code}}","to":"code"},{"category":"CATA","to":"{{suffix}}"}]}
            """)).ShouldBe(201).Id;

        var orders = await OneAsync("cata_orders");
        (Text(orders, "type"), Text(orders, "category"), Text(orders, "piiClass"), Text(orders, "kind")).ShouldBe(("integer", "cata", "none", "attribute"));
        (Number(orders, "filled"), Number(orders, "distinctEstimate"), orders["distinctIsExact"]!.GetValue<bool>()).ShouldBe((400, 11, true));
        orders["fillRate"]!.GetValue<double>().ShouldBe(Math.Round(400.0 / Number(orders, "profiles"), 4));
        orders["usedBy"]!.AsArray().Select(user => (Text(user!, "type"), Text(user!, "id"))).ShouldBe([("destination", destination), ("segment", segment)]);
        var email = await OneAsync("cata_email");
        (Number(email, "filled"), Number(email, "distinctEstimate"), Text(email, "piiClass")).ShouldBe((200, 200, "direct"));
        var code = await OneAsync("cata_code");
        code["distinctIsExact"]!.GetValue<bool>().ShouldBeFalse();
        Number(code, "distinctEstimate").ShouldBeInRange(368, 432);
        code["usedBy"]!.AsArray().Count.ShouldBe(1);
        (Number(await OneAsync("cata_tags"), "distinctEstimate"), Text(await OneAsync("cata_tags"), "type")).ShouldBe((4, "textList"));

        // Who is erased, and what is cleared, is counted no longer.
        (await app.Api.PostAsync("profiles/batch", """{"operations":[{"op":"erase","id":"cata-0"},{"op":"identify","id":"cata-2","attributes":{"cata_email":null}}]}""")).ShouldBe(207);
        (Number(await OneAsync("cata_email"), "filled"), Number(await OneAsync("cata_orders"), "filled")).ShouldBe((198, 399));
    }

    [Fact]
    public async Task Attributes_SearchedAndPaged_ComeInOrderAndOnce()
    {
        await app.Api.IngestAsync([Identify("page-1", new() { ["pagea_1"] = 1, ["pagea_2"] = "x", ["pagea_3"] = true, ["pageb_1"] = "2026-01-01", ["pageb_2"] = 1.5 })]);

        List<string> names = [];
        for (var link = "catalog/attributes?search=PAGE&limit=2"; link is not null;)
        {
            var page = (await app.Api.GetAsync(link)).ShouldBe(200).Json;
            page["value"]!.AsArray().Count.ShouldBeLessThanOrEqualTo(2);
            names.AddRange(page["value"]!.AsArray().Select(attribute => Text(attribute!, "name")));
            link = page["nextLink"] is { } next ? new Uri(next.GetValue<string>()).PathAndQuery : null;
        }

        names.ShouldBe(["pagea_1", "pagea_2", "pagea_3", "pageb_1", "pageb_2"]);
        (await NamesAsync("search=page&category=pageb")).ShouldBe(["pageb_1", "pageb_2"]);
        (await NamesAsync("search=page&type=boolean,date")).ShouldBe(["pagea_3", "pageb_1"]);
        (await NamesAsync("kind=identifier&piiClass=direct")).ShouldBe(["email", "gaid", "idfa", "phone"]);
        (await NamesAsync("search=page&used=true")).ShouldBeEmpty();
        (await app.Api.GetAsync("catalog/attributes?serach=x")).ShouldBeProblem(400, "unknown_parameter");
        (await app.Api.GetAsync("catalog/attributes?type=number")).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.GetAsync("catalog/attributes?piiClass=red")).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.GetAsync("catalog/attributes?limit=0")).ShouldBeProblem(400, "invalid_parameter");
        (await app.Api.SendAsync(HttpMethod.Head, "catalog/attributes", null, null)).ShouldBe(200);
        using var viewer = await Keys.CreateAsync(app.Api, "viewer");
        using var ingest = await Keys.CreateAsync(app.Api, "ingest");
        (await viewer.GetAsync("catalog/attributes")).ShouldBe(200);
        (await ingest.GetAsync("catalog/attributes")).ShouldBeProblem(403, "role_too_low");
    }

    [Fact]
    public async Task Destination_OfACategory_SendsWhatIsInItWhenARunBegins()
    {
        await using var receiver = await Receiver.StartAsync();
        await app.Api.IngestAsync([Identify("catd-1", new() { ["catd_tier"] = "gold", ["catd_orders"] = 3 }), Identify("catd-2", new() { ["catd_tier"] = "silver" })]);
        var segment = await app.Api.CreateSegmentAsync("Category", """{"attr":"catd_tier","op":"exists"}""");
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var body = $$$"""
            {"name":"Category","source":{"segmentId":"{{{segment}}}"},"connectionId":"{{{connection}}}","autoSync":false,
             "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"trackingId","to":"tracking_id"},{"category":"catd"}]}
            """;
        (await app.Api.PostAsync("destinations/validate", body)).ShouldBe(200).Json["issues"]!.AsArray().ShouldBeEmpty();
        var created = (await app.Api.PostAsync("destinations", body)).ShouldBe(201);
        Text(created.Json["mapping"]![2]!, "to").ShouldBe("{{name}}");

        var preview = (await app.Api.PostAsync($"destinations/{created.Id}/preview", """{"profileId":"catd-1"}""")).ShouldBe(200).Json;
        (Text(preview["fields"]!, "catd_tier"), Number(preview["fields"]!, "catd_orders")).ShouldBe(("gold", 3));
        (await app.Api.PostAsync($"destinations/{created.Id}/test-events", """{"event":"entered","mode":"dryRun"}""")).ShouldBe(200).Text.ShouldContain("catd_orders");
        RunNumbers.Of(await app.Api.RunAsync(created.Id), "delivered").ShouldBe("2/0/0");
        receiver.Members["catd-2"].AsObject().Select(field => field.Key).ShouldBe(["user_id", "tracking_id", "catd_tier"], ignoreOrder: true);

        await app.Api.IngestAsync([Identify("catd-2", new() { ["catd_since"] = "2026-01-01" })]);
        RunNumbers.Of(await app.Api.RunAsync(created.Id), "delivered").ShouldBe("0/1/0");
        Text(receiver.Members["catd-2"], "catd_since").ShouldBe("2026-01-01");
        RunNumbers.Of(await app.Api.RunAsync(created.Id), "planned").ShouldBe("0/0/0");

        var issues = (await app.Api.PostAsync("destinations/validate", body.Replace("\"catd\"", "\"catdd\"", StringComparison.Ordinal))).ShouldBe(200).Json["issues"]!.AsArray();
        (Text(issues.ShouldHaveSingleItem()!, "code"), Text(issues[0]!, "severity"), Text(issues[0]!, "suggestion")).ShouldBe(("empty_category", "warning", "catd"));
    }

    [Fact]
    public async Task Validate_WithoutTrackingId_RecommendsIt()
    {
        var answer = (await app.Api.PostAsync("destinations/validate", """{"mapping":[{"from":"id","to":"user_id","identifier":true}]}""")).ShouldBe(200);
        answer.Json["issues"]!.AsArray().ShouldNotContain(issue => Text(issue!, "code") == "tracking_id_missing"); // of which platform?

        await using var receiver = await Receiver.StartAsync();
        var connection = await app.Api.CreateWebhookAsync(receiver);
        var segment = await app.Api.CreateSegmentAsync("Tracked", """{"attr":"id","op":"exists"}""");
        var body = $$"""{"source":{"segmentId":"{{segment}}"},"connectionId":"{{connection}}","mapping":[{"from":"id","to":"user_id","identifier":true}]}""";
        var advice = (await app.Api.PostAsync("destinations/validate", body)).ShouldBe(200).Json["issues"]!.AsArray().ShouldHaveSingleItem()!;

        (Text(advice, "code"), Text(advice, "severity"), Text(advice, "pointer")).ShouldBe(("tracking_id_missing", "recommendation", "/mapping"));
        JsonNode.DeepEquals(advice["entry"], JsonNode.Parse("""{"from":"trackingId","to":"tracking_id"}""")).ShouldBeTrue(advice.ToJsonString());
        var mapped = body.Replace("}]}", "},{\"from\":\"trackingId\",\"to\":\"tracking_id\"}]}", StringComparison.Ordinal);
        (await app.Api.PostAsync("destinations/validate", mapped)).ShouldBe(200).Json["issues"]!.AsArray().ShouldBeEmpty();
    }

    private async Task<JsonNode> OneAsync(string name) => (await app.Api.GetAsync($"catalog/attributes?search={name}")).ShouldBe(200).Json["value"]!.AsArray().ShouldHaveSingleItem()!;

    private async Task<IEnumerable<string>> NamesAsync(string query) =>
        (await app.Api.GetAsync($"catalog/attributes?{query}")).ShouldBe(200).Json["value"]!.AsArray().Select(attribute => Text(attribute!, "name"));

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();

    private static long Number(JsonNode node, string name) => node[name]!.GetValue<long>();

    private static JsonObject Identify(string id, JsonObject attributes) => new() { ["op"] = "identify", ["id"] = id, ["attributes"] = attributes };
}
