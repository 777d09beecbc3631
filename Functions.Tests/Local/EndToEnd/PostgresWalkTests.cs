using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>A warehouse as source and as destination, through the API, against a real PostgreSQL.</summary>
[Collection(ApiCollection.Name)]
public sealed class PostgresWalkTests(RunningApp app, PostgresFixture postgres) : IClassFixture<PostgresFixture>
{
    private const string Query = "SELECT customer_id, email, orders, vip, consent_marketing FROM shop.customers WHERE last_order > @asOf - interval '90 days'";

    /// <summary>One connection is both: a query on it feeds a table on it, and the table follows.</summary>
    [PostgresFact]
    public async Task Query_ToATableOfTheSameConnection_IsFollowed()
    {
        await SeedAsync("twofold", 60);
        var connection = await ConnectAsync("twofold");
        var destination = await CreateAsync("twofold", connection, connection, """{"consentPurpose":"marketing"}""");

        var first = await app.Api.RunAsync(destination);

        first["status"]!.GetValue<string>().ShouldBe("succeeded", first.ToJsonString());
        first["source"]!["rows"]!.GetValue<long>().ShouldBe(50);
        first["source"]!["invalid"]!.AsArray().ShouldHaveSingleItem()!["code"]!.GetValue<string>().ShouldBe("invalid_email");
        first["funnel"]!["consentBlocked"]!.GetValue<long>().ShouldBe(10);
        (await postgres.QueryAsync("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'twofold'")).Count.ShouldBe(1);
        (await TableAsync("twofold")).ShouldBe(await ExpectedAsync("twofold"));

        await postgres.ExecuteAsync("""
            UPDATE shop_twofold.customers SET orders = orders + 100 WHERE customer_id = 'twofold-13';
            UPDATE shop_twofold.customers SET last_order = now() - interval '1 year' WHERE customer_id = 'twofold-14';
            UPDATE shop_twofold.customers SET consent_marketing = false WHERE customer_id = 'twofold-16';
            UPDATE shop_twofold.customers SET last_order = now() WHERE customer_id = 'twofold-3'
            """);
        var second = await app.Api.RunAsync(destination);

        RunNumbers.Of(second, "planned").ShouldBe("1/1/2", second.ToJsonString());
        (await TableAsync("twofold")).ShouldBe(await ExpectedAsync("twofold"));
        RunNumbers.Of(await app.Api.RunAsync(destination), "planned").ShouldBe("0/0/0");

        var events = (await app.Api.GetAsync($"events?destinationId={destination}")).ShouldBe(200);
        events.Text.ShouldNotContain("@example.com");
        events.Text.ShouldNotContain(PostgresFixture.Password);
        var requests = (await app.Api.GetAsync($"runs/{first["id"]!.GetValue<string>()}/requests")).ShouldBe(200);
        requests.Text.ShouldContain("INSERT INTO");
        requests.Text.ShouldNotContain("twofold-13");
    }

    /// <summary>A warehouse audience needs no profile import, whatever the platform.</summary>
    [PostgresFact]
    public async Task Query_ToAWebhook_DeliversItsRows()
    {
        await SeedAsync("hook", 30);
        await using var receiver = await Receiver.StartAsync();
        var destination = await CreateAsync("hook", await ConnectAsync("hook"), await app.Api.CreateWebhookAsync(receiver), "{}");

        await app.Api.RunAsync(destination);

        receiver.Members.Count.ShouldBe(20);
        receiver.Members.Keys.ShouldAllBe(id => id.StartsWith("hook-", StringComparison.Ordinal));
    }

    [PostgresFact]
    public async Task Events_OfASegment_AreAppendedToATable()
    {
        await app.Api.IngestAsync(Enumerable.Range(0, 5).Select(number => Person("stream-pg", number, level: 1)));
        var segment = await app.Api.CreateSegmentAsync("stream-pg", """{"all":[{"attr":"group","op":"eq","value":"stream-pg"},{"attr":"level","op":"gte","value":1}]}""");
        var created = (await app.Api.PostAsync(
            "destinations",
            $$"""
            {"name":"Stream pg","source":{"segmentId":"{{segment}}"},"connectionId":"{{await ConnectAsync("stream")}}","mode":"events","autoSync":false,
             "mapping":[{"from":"id","to":"customer_id","identifier":true},{"from":"level","to":"level"}]}
            """)).ShouldBe(201);

        await app.Api.RunAsync(created.Id);
        await app.Api.IngestAsync([Person("stream-pg", 0, level: 0), Person("stream-pg", 1, level: 7)]);
        await app.Api.RunAsync(created.Id);

        (await postgres.QueryAsync("SELECT event, customer_id, level FROM stream_pg ORDER BY occurred_at, customer_id")).ShouldBe(
            ["Audience Entered|stream-pg-0|1", "Audience Entered|stream-pg-1|1", "Audience Entered|stream-pg-2|1", "Audience Entered|stream-pg-3|1", "Audience Entered|stream-pg-4|1",
             "Audience Exited|stream-pg-0|∅", "Audience Changed|stream-pg-1|7"]);
    }

    /// <summary>A query that cannot be read any more takes nobody off the list.</summary>
    [PostgresFact]
    public async Task Query_BreaksAfterItWasSaved_FailsTheRunAndRemovesNobody()
    {
        await SeedAsync("broken", 20);
        await using var receiver = await Receiver.StartAsync();
        var connection = await ConnectAsync("broken");
        var destination = await CreateAsync("broken", connection, await app.Api.CreateWebhookAsync(receiver), "{}");
        await app.Api.RunAsync(destination);
        var (members, calls) = (receiver.Members.Count, receiver.Calls.Count);

        await postgres.ExecuteAsync("ALTER TABLE shop_broken.customers RENAME COLUMN email TO mail");
        var run = await app.Api.RunAsync(destination);

        run["status"]!.GetValue<string>().ShouldBe("failed");
        run["topErrors"]![0]!["code"]!.GetValue<string>().ShouldBe("query_failed");
        run["topErrors"]![0]!["detail"]!.GetValue<string>().ShouldContain("column \"email\" does not exist");
        (receiver.Members.Count, receiver.Calls.Count).ShouldBe((members, calls));

        await postgres.ExecuteAsync("ALTER TABLE shop_broken.customers RENAME COLUMN mail TO email; ALTER TABLE shop_broken.customers ALTER orders TYPE float8; UPDATE shop_broken.customers SET orders = 'NaN' WHERE customer_id = 'broken-15'");
        run = await app.Api.RunAsync(destination);

        run["status"]!.GetValue<string>().ShouldBe("failed");
        run["topErrors"]![0]!["code"]!.GetValue<string>().ShouldBe("number_out_of_range");
        (receiver.Members.Count, receiver.Calls.Count).ShouldBe((members, calls));
    }

    [PostgresFact]
    public async Task Validate_PreviewAndTest_SpeakOfTheQuerysRows()
    {
        await SeedAsync("look", 60);
        var connection = await ConnectAsync("look");
        var destination = await CreateAsync("look", connection, connection, "{}");

        var issues = (await app.Api.PostAsync("destinations/validate", Body("look", connection, connection, """{"mapping":[{"from":"id","to":"customer_id","identifier":true},{"from":"emial","to":"email"}]}"""))).ShouldBe(200).Json;
        issues["issues"]!.AsArray().Where(issue => issue!["severity"]!.GetValue<string>() == "error").ShouldHaveSingleItem()!["detail"]!.GetValue<string>().ShouldContain("Did you mean 'email'?");

        await postgres.ExecuteAsync("CREATE TABLE look_there (customer_id text PRIMARY KEY, mail text, orders int, born date NOT NULL)");
        issues = (await app.Api.PostAsync("destinations/validate", Body("look", connection, connection, """{"audience":{"name":"There","externalId":"look_there"}}"""))).ShouldBe(200).Json;
        issues["issues"]!.AsArray().Select(issue => $"{issue!["pointer"]} {issue["code"]} {issue["severity"]}").Where(issue => !issue.EndsWith("recommendation", StringComparison.Ordinal)).ShouldBe(
            ["/mapping/1/to unknown_field error", "/mapping/3/to unknown_field error", "/mapping missing_field warning"]);
        (await app.Api.PostAsync("destinations/validate", Body("look", connection, connection, """{"audience":{"name":"There","externalId":"nowhere.at_all"}}"""))).ShouldBe(200).Text.ShouldContain("unknown_object");

        var preview = (await app.Api.PostAsync($"destinations/{destination}/preview", """{"profileId":"look-15"}""")).ShouldBe(200).Json;
        preview["fields"]!["email"]!.GetValue<string>().ShouldBe("look-15@example.com");
        var payload = preview["payloads"]!.AsArray().ShouldHaveSingleItem()!;
        payload["method"]!.GetValue<string>().ShouldBe("INSERT");
        payload["body"]!["values"]![0]!["orders"]!.GetValue<long>().ShouldBe(15);

        (await app.Api.PostAsync($"destinations/{destination}/preview", """{"profileId":"look-1"}""")).ShouldBe(422).Text.ShouldContain("The query has no row whose 'customer_id' is 'look-1'.");

        var test = (await app.Api.PostAsync($"destinations/{destination}/test-events", """{"event":"entered","mode":"send"}""")).ShouldBe(200).Json;
        test["ok"]!.GetValue<bool>().ShouldBeTrue(test.ToJsonString());
        test["steps"]!.AsArray().Select(step => step!["name"]!.GetValue<string>()).ShouldBe(["gates", "map", "deliver", "cleanUp"]);
        (await postgres.QueryAsync("SELECT count(*) FROM look")).ShouldBe(["0"]);
    }

    [PostgresFact]
    public async Task Connection_ChecksObjectsAndUse_AreTold()
    {
        await SeedAsync("objects", 20);
        var connection = await ConnectAsync("objects");
        var destination = await CreateAsync("objects", connection, connection, "{}");

        var check = (await app.Api.PostAsync($"connections/{connection}/checks")).ShouldBe(200).Json;
        check["steps"]!.AsArray().Select(step => step!["name"]!.GetValue<string>()).ShouldBe(["resolve", "connect", "authenticate", "permission", "sample"]);

        var first = (await app.Api.GetAsync($"connections/{connection}/objects?search=shop_objects&limit=1")).ShouldBe(200).Json;
        first["value"]!.AsArray().ShouldHaveSingleItem()!.ToJsonString().ShouldBe("""{"name":"shop_objects.customers","kind":"table","writes":true}""");
        var next = (await app.Api.GetAsync(new Uri(first["nextLink"]!.GetValue<string>()).PathAndQuery)).ShouldBe(200).Json;
        next["value"]!.AsArray().ShouldHaveSingleItem()!["kind"]!.GetValue<string>().ShouldBe("view");
        next["nextLink"].ShouldBeNull();
        var fields = (await app.Api.GetAsync($"connections/{connection}/objects/shop_objects.customers/fields?search=CUST")).ShouldBe(200).Json["value"]!;
        fields.AsArray().ShouldHaveSingleItem()!.ToJsonString().ShouldBe("""{"name":"customer_id","type":"text","required":true,"unique":true}""");

        (await app.Api.GetAsync($"connections/{connection}/objects/no.table/fields")).ShouldBe(404);
        (await app.Api.GetAsync($"connections/{connection}/objects?serach=x")).ShouldBe(400).Text.ShouldContain("'search'");
        (await app.Api.SendAsync(HttpMethod.Head, $"connections/{connection}/objects", null, null)).ShouldBe(200).Text.ShouldBeEmpty();
        await using var receiver = await Receiver.StartAsync();
        (await app.Api.GetAsync($"connections/{await app.Api.CreateWebhookAsync(receiver)}/objects")).ShouldBeProblem(422, "not_supported");

        var current = (await app.Api.GetAsync($"connections/{connection}")).ShouldBe(200);
        (await app.Api.DeleteAsync($"connections/{connection}", current.ETag)).ShouldBeProblem(409, "in_use").Text.ShouldContain(destination);

        var wrong = (await app.Api.PatchAsync($"connections/{connection}", """{"secrets":{"password":"wrong-password"}}""", current.ETag)).ShouldBe(200);
        (await app.Api.GetAsync($"connections/{connection}/objects")).ShouldBeProblem(502, "remote_unavailable");
        var run = await app.Api.RunAsync(destination);
        run["topErrors"]![0]!["code"]!.GetValue<string>().ShouldBe("unauthorized");
        (await app.Api.GetAsync($"connections/{connection}")).Json["status"]!.GetValue<string>().ShouldBe("unauthorized");
        wrong.Text.ShouldNotContain("wrong-password");
    }

    /// <summary>Of <paramref name="count"/> customers the first ten ordered too long ago; every third has no consent, and one no e-mail address that is one.</summary>
    private Task SeedAsync(string group, int count) => postgres.ExecuteAsync($"""
        CREATE SCHEMA shop_{group};
        CREATE TABLE shop_{group}.customers (customer_id text PRIMARY KEY, email text, orders int, vip boolean, consent_marketing boolean, last_order timestamptz);
        CREATE VIEW shop_{group}.everyone AS SELECT customer_id FROM shop_{group}.customers;
        INSERT INTO shop_{group}.customers
        SELECT '{group}-' || i, CASE WHEN i = 11 THEN 'none' ELSE '{group}-' || i || '@example.com' END, i, i % 2 = 0, i % 5 <> 0, now() - make_interval(days => CASE WHEN i < 10 THEN 400 ELSE 1 END)
        FROM generate_series(0, {count - 1}) AS i
        """);

    private async Task<string> ConnectAsync(string group)
    {
        var settings = new JsonObject([.. postgres.Values.Select(value => KeyValuePair.Create<string, JsonNode?>(value.Key, value.Key is "port" ? int.Parse(value.Value, CultureInfo.InvariantCulture) : value.Value))]);
        return (await app.Api.PostAsync(
            "connections",
            new JsonObject { ["type"] = "postgres", ["name"] = $"Warehouse {group}", ["settings"] = settings, ["secrets"] = new JsonObject { ["password"] = PostgresFixture.Password } }.ToJsonString()))
            .ShouldBe(201).Id;
    }

    private async Task<string> CreateAsync(string group, string source, string target, string change) =>
        (await app.Api.PostAsync("destinations", Body(group, source, target, change))).ShouldBe(201).Id;

    private static string Body(string group, string source, string target, string change)
    {
        var body = new JsonObject
        {
            ["name"] = group,
            ["source"] = new JsonObject { ["connectionId"] = source, ["query"] = Query.Replace("shop.", $"shop_{group}.", StringComparison.Ordinal), ["keyColumn"] = "customer_id" },
            ["connectionId"] = target,
            ["audience"] = new JsonObject { ["name"] = group },
            ["autoSync"] = false,
            ["mapping"] = JsonNode.Parse(target == source
                ? """[{"from":"id","to":"customer_id","identifier":true},{"from":"email","to":"email"},{"from":"orders","to":"orders"},{"from":"vip","to":"vip"}]"""
                : """[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"},{"from":"orders","to":"orders"}]"""),
            ["guards"] = new JsonObject { ["maxRemovePercent"] = null, ["maxRemoveCount"] = null, ["maxAddPercent"] = null, ["maxInvalidPercent"] = null },
        };
        foreach (var (name, value) in JsonNode.Parse(change)!.AsObject())
        {
            body[name] = value?.DeepClone();
        }

        return body.ToJsonString();
    }

    private Task<IReadOnlyList<string>> TableAsync(string table) => postgres.QueryAsync($"SELECT customer_id, email, orders, vip FROM {table} ORDER BY customer_id");

    private Task<IReadOnlyList<string>> ExpectedAsync(string group) => postgres.QueryAsync($"""
        SELECT customer_id, NULLIF(email, 'none') AS email, orders, vip FROM shop_{group}.customers
        WHERE last_order > now() - interval '90 days' AND consent_marketing ORDER BY customer_id
        """);

    private static JsonObject Person(string group, int number, int level) => new()
    {
        ["op"] = "identify",
        ["id"] = $"{group}-{number}",
        ["attributes"] = new JsonObject { ["group"] = group, ["level"] = level },
    };
}
