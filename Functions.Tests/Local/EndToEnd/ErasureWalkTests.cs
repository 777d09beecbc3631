using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Local.Worker;
using Azure.Storage.Blobs;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Somebody is erased after a life in every corner of the app; then everything that is stored is read, byte by byte.</summary>
public sealed class ErasureWalkTests(RunningApp app) : IClassFixture<RunningApp>
{
    private const string Id = "Zoë/Müller #42?";
    private const string Email = "Zoe.OBrien+news@Example-Mail.test";
    private const string OldEmail = "zoe.old@example-mail.test";
    private const string Phone = "+4915155501234";
    private const string ExternalId = "EXT-zm-0042";
    private const string Idfa = "6D92078A-8246-4BA4-AE5B-76104861E7DC";
    private const string FirstName = "Zoë-Annabell";
    private const string LastName = "Müller-Lüdenscheidt";
    private const string Note = "prefers »blue« socks";
    private static readonly string[] Others = ["other-1", "other-2", "other-3", "other-4", "other-5"];
    private static readonly string Path = $"profiles/{Uri.EscapeDataString(Id)}";

    [Fact]
    public async Task Erase_AfterALifeEverywhere_LeavesNoByteOfThePersonAndEverythingOfTheOthers()
    {
        await using var list = await Receiver.StartAsync();
        await using var events = await Receiver.StartAsync();
        await using var failing = await Receiver.StartAsync();
        var platform = await AzuriteFixture.NewAccountAsync();
        var words = await LiveAsync(list, events, failing, platform);

        var before = await StorageScan.ReadAsync(app.ConnectionString);
        before.Tables.ShouldBeGreaterThan(12);
        foreach (var word in words)
        {
            // Else the search that follows would prove nothing.
            before.Find([word]).ShouldNotBeEmpty($"'{word}' is nowhere before the erasure");
        }

        var others = await ReadOthersAsync();
        failing.Next(new Reaction.Refused(401), new Reaction.Refused(503));
        var erasure = (await app.Api.SendAsync(HttpMethod.Delete, Path, null, null)).ShouldBe(202);
        erasure.Text.ShouldNotContain("Zo", Case.Sensitive);
        var done = await app.Api.WaitForErasureAsync(erasure.Id);

        var receipts = done["receipts"]!.AsArray().ToDictionary(receipt => receipt!["audience"]!["name"]!.GetValue<string>(), receipt => receipt!);
        receipts.ToDictionary(pair => pair.Key, pair => pair.Value["outcome"]!.GetValue<string>()).ShouldBe(
            new Dictionary<string, string>
            {
                ["List"] = "removed",
                ["Journey"] = "removed",
                ["Off"] = "removed",
                ["Failing"] = "removed",
                ["Files"] = "removed",
                ["Events"] = "unsupported",
                ["Tested"] = "unsupported",
                ["Nobody"] = "never_there",
                ["Step"] = "removed",
                ["Group"] = "removed",
                ["Deleted"] = "unsupported",
            },
            ignoreOrder: true);
        receipts["Deleted"]["code"]!.GetValue<string>().ShouldBe("destination_gone");
        receipts["Failing"]["attempts"]!.GetValue<int>().ShouldBeGreaterThan(1);
        receipts["Events"]["remaining"]!.GetValue<string>().ShouldNotBeEmpty();
        list.Members.Keys.ShouldNotContain(Id);
        list.Members.Count.ShouldBe(Others.Length);

        var after = await StorageScan.ReadAsync(app.ConnectionString);
        after.Find(words).ShouldBeEmpty();
        after.Tables.ShouldBe(before.Tables);
        foreach (var word in words.Append(Uri.EscapeDataString(Id)))
        {
            app.Process.Log.ShouldNotContain(word, Case.Sensitive, "in the log of the app");
        }

        await CompareOthersAsync(others, before, after);
        await ComeBackAsync(list);
    }

    /// <summary>Brings the person everywhere.</summary>
    /// <returns>Everything that names them.</returns>
    private async Task<List<string>> LiveAsync(Receiver list, Receiver events, Receiver failing, string platform)
    {
        await app.Api.IngestAsync([.. Others.Select(id => Person(id)), Zoe(OldEmail, orders: 1)]);
        (await app.Api.PostAsync("profiles", Zoe(Email, orders: 2, isOperation: false).ToJsonString(), ("Idempotency-Key", "zoe-1"))).ShouldBe(200);
        (await app.Api.SendAsync(HttpMethod.Put, $"{Path}/consents/marketing", """{"state":"granted","source":"shop in Köln"}""", "application/json")).ShouldBe(200);
        var file = $"id,email,city\n\"{Id}\",{Email},Köln-Ehrenfeld\nother-1,other-1@example.com,Bonn\n,{Email},nobody\n";
        (await app.Api.SendAsync(HttpMethod.Post, "imports", file, "text/csv")).ShouldBe(202);
        var lines = $$$$"""
            {"id":"{{{{Id}}}}","consents":{"marketing":{"state":"{{{{Email}}}}"}}}
            {"id":"{{{{Id}}}}","identifiers":{"{{{{FirstName}}}}":"x"}}
            """;
        (await app.Api.SendAsync(HttpMethod.Post, "imports", lines, "application/x-ndjson")).ShouldBe(202).Json["rejected"]!.GetValue<int>().ShouldBe(2);

        var segment = await app.Api.CreateSegmentAsync("Everyone", """{"attr":"group","op":"eq","value":"walk"}""");
        var nobody = await app.Api.CreateSegmentAsync("Nobody", """{"attr":"group","op":"eq","value":"none"}""");
        var hook = await app.Api.CreateWebhookAsync(list);
        var destinations = new List<string>
        {
            await CreateAsync("List", segment, hook),
            await CreateAsync("Journey", segment, hook, mode: "addOnly"),
            await CreateAsync("Off", segment, hook),
            await CreateAsync("Events", segment, await app.Api.CreateWebhookAsync(events), mode: "events"),
            await CreateAsync("Failing", segment, await app.Api.CreateWebhookAsync(failing)),
            await CreateAsync("Files", segment, await CreateFilesAsync(platform)),
            await CreateAsync("Tested", nobody, hook),
            await CreateAsync("Deleted", segment, hook),
        };
        await CreateAsync("Nobody", nobody, hook);
        failing.Rule = call => new Reaction.Partly(record => record["operation"]!.GetValue<string>() is "add" && record["fields"]!["user_id"]!.GetValue<string>() == Id && failing.Calls.Count < 2
            ? new($"{FirstName} {LastName} <{Email}> is not welcome, nor is {Phone}", Retryable: false)
            : null);
        foreach (var destination in destinations)
        {
            await app.Api.RunAsync(destination);
        }

        // Older shards, generations, ledgers and plans are left behind; one address goes, another comes.
        await app.Api.IngestAsync([Zoe(Email, orders: 3), Person("other-2", orders: 9)]);
        foreach (var destination in destinations)
        {
            await app.Api.RunAsync(destination);
            await app.Api.PostAsync($"destinations/{destination}/test-events", new JsonObject { ["event"] = "changed", ["mode"] = "send", ["profileId"] = Id }.ToJsonString(), ("Idempotency-Key", $"t-{destination}"));
            await app.Api.PostAsync($"destinations/{destination}/preview", new JsonObject { ["profileId"] = Id }.ToJsonString(), ("Idempotency-Key", $"p-{destination}"));
        }

        await GoOnAsync(segment, hook);
        var deleted = await app.Api.GetAsync($"destinations/{destinations[^1]}");
        (await app.Api.DeleteAsync($"destinations/{deleted.Id}?remote=leave", deleted.ETag)).Status.ShouldBeInRange(200, 204);
        var off = await app.Api.GetAsync($"destinations/{destinations[2]}");
        (await app.Api.PatchAsync($"destinations/{destinations[2]}", """{"enabled":false}""", off.ETag)).ShouldBe(200);
        (await app.Api.PostAsync("segments/preview", """{"rules":{"attr":"group","op":"eq","value":"walk"}}""", ("Idempotency-Key", "seg-1"))).ShouldBe(200);
        (await app.Api.SendAsync(HttpMethod.Delete, $"profiles/{Uri.EscapeDataString(Id)}/nonsense", null, null)).ShouldBe(404);
        (await app.Api.GetAsync($"runs?destinationId={destinations[0]}")).ShouldBe(200);
        var profile = (await app.Api.GetAsync(Path)).ShouldBe(200).Json;
        profile["identifiers"]!["email"]!.GetValue<string>().ShouldBe(Email);
        return
        [
            Id, Email, OldEmail, Phone, Phone[1..], ExternalId, Idfa, FirstName, LastName, Note, "Köln-Ehrenfeld",
            Digest(Email.ToLowerInvariant()), Digest(Phone), profile["trackingId"]!.GetValue<string>(), profile["urlToken"]!.GetValue<string>(),
        ];
    }

    /// <summary>Through a step of a journey and a group of a campaign; and what a segment tells of its members.</summary>
    private async Task GoOnAsync(string segment, string hook)
    {
        string Destination(string audience) => $$"""
            {"connectionId":"{{hook}}","audience":{"name":"{{audience}}"},"mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"},{"from":"first","to":"first"}]}
            """;
        var journey = (await app.Api.PostAsync("journeys", $$"""{"name":"Welcome","steps":[{"name":"Opened","destinations":[{{Destination("Step")}}]}]}""")).ShouldBe(201).Json;
        var (id, step) = (journey["id"]!.GetValue<string>(), journey["steps"]![0]!);
        var entries = new JsonObject { ["profileIds"] = new JsonArray(Id, "other-1") }.ToJsonString();
        (await app.Api.PostAsync($"journeys/{id}/steps/{step["key"]!.GetValue<string>()}/entries", entries, ("Idempotency-Key", "j-1"))).ShouldBe(207);
        var campaign = (await app.Api.PostAsync(
            "campaigns",
            $$"""{"name":"Spring","segmentId":"{{segment}}","subAudiences":[{"name":"All","groups":[{"share":100,"destinations":[{{Destination("Group")}}]}]}]}""")).ShouldBe(201);
        (await app.Api.PatchAsync($"campaigns/{campaign.Id}", """{"enabled":true}""", campaign.ETag)).ShouldBe(200);
        foreach (var destination in (string[])[step["destinations"]![0]!["id"]!.GetValue<string>(), campaign.Json["subAudiences"]![0]!["groups"]![0]!["destinations"]![0]!["id"]!.GetValue<string>()])
        {
            await Eventually.HoldsAsync(
                async () => (await app.Api.GetAsync($"destinations/{destination}")).Json["lastRun"]?["status"]?.GetValue<string>() == "succeeded", "its first run succeeds");
        }

        (await app.Api.GetAsync($"campaigns/{campaign.Id}/allocation")).ShouldBe(200);
        var present = await app.Api.GetAsync($"segments/{segment}");
        (await app.Api.SendAsync(
            HttpMethod.Put, $"segments/{segment}/draft", """{"rules":{"attr":"first","op":"eq","value":"Bo"}}""", "application/json", ("If-Match", present.ETag))).ShouldBe(200);
        (await app.Api.GetAsync($"segments/{segment}/draft")).ShouldBe(200);
        (await app.Api.GetAsync($"segments/{segment}/history")).ShouldBe(200);
    }

    private static string Digest(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static JsonObject Zoe(string email, int orders, bool isOperation = true)
    {
        var zoe = new JsonObject
        {
            ["id"] = Id,
            ["identifiers"] = new JsonObject { ["email"] = email, ["phone"] = Phone, ["external_id"] = ExternalId, ["idfa"] = Idfa },
            ["attributes"] = new JsonObject
            {
                ["group"] = "walk",
                ["orders"] = orders,
                ["first"] = FirstName,
                ["last"] = LastName,
                ["notes"] = new JsonArray(Note, "vip"),
                ["digest"] = Digest(Email.ToLowerInvariant()),
                ["phoneDigest"] = Digest(Phone),
            },
        };
        if (isOperation)
        {
            zoe["op"] = "identify";
        }

        return zoe;
    }

    private static JsonObject Person(string id, int orders = 1) => new()
    {
        ["op"] = "identify",
        ["id"] = id,
        ["identifiers"] = new JsonObject { ["email"] = $"{id}@example.com" },
        ["attributes"] = new JsonObject { ["group"] = "walk", ["orders"] = orders, ["first"] = "Bo" },
    };

    private async Task<string> CreateAsync(string name, string segmentId, string connectionId, string mode = "mirror")
    {
        JsonArray mapping =
        [
            new JsonObject { ["from"] = "id", ["to"] = "user_id", ["identifier"] = true },
            .. ((string[])["email", "phone", "external_id", "idfa", "first", "last", "orders", "digest", "phoneDigest", "trackingId", "urlToken"]).Select(field => (JsonNode)new JsonObject { ["from"] = field, ["to"] = field }),
            new JsonObject { ["template"] = "{{first}} {{last}}", ["to"] = "label" },
        ];
        var body = new JsonObject
        {
            ["name"] = name,
            ["source"] = new JsonObject { ["segmentId"] = segmentId },
            ["connectionId"] = connectionId,
            ["audience"] = new JsonObject { ["name"] = name },
            ["autoSync"] = false,
            ["mode"] = mode,
            ["mapping"] = mapping,
            ["guards"] = new JsonObject { ["maxRemovePercent"] = 1, ["maxRemoveCount"] = 0, ["maxAddPercent"] = null, ["maxInvalidPercent"] = null },
        };
        return (await app.Api.PostAsync("destinations", body.ToJsonString())).ShouldBe(201).Id;
    }

    private async Task<string> CreateFilesAsync(string platform)
    {
        var parts = platform.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part => part.Split('=', 2)).ToDictionary(part => part[0], part => part[1]);
        await new BlobContainerClient(platform, "drop").CreateAsync();
        return (await app.Api.PostAsync(
            "connections",
            $$$"""
            {"type":"azure-blob","name":"Blob","secrets":{"accountKey":"{{{parts["AccountKey"]}}}"},
             "settings":{"account":"{{{parts["AccountName"]}}}","container":"drop","prefix":"crm","endpoint":"{{{parts["BlobEndpoint"].TrimEnd('/')}}}","fileMode":"delta","format":"csv"}}
            """)).ShouldBe(201).Id;
    }

    /// <summary>What the API shows of the others: their profiles, and their rows in every run.</summary>
    private async Task<Dictionary<string, string>> ReadOthersAsync()
    {
        var shown = new Dictionary<string, string>();
        foreach (var id in Others)
        {
            var profile = (await app.Api.GetAsync($"profiles/{id}")).ShouldBe(200);
            shown[$"profile {id}"] = $"{profile.ETag} {profile.Text}";
        }

        foreach (var run in (await app.Api.GetAsync("runs?limit=200")).ShouldBe(200).Json["value"]!.AsArray().Where(run => run!["purpose"]!.GetValue<string>() != "erasure"))
        {
            var id = run!["id"]!.GetValue<string>();
            var rows = (await app.Api.GetAsync($"runs/{id}/rows?limit=200")).ShouldBe(200).Json["value"]!.AsArray();
            shown[$"rows {id}"] = string.Join('\n', rows.Where(row => row!["profileId"]!.GetValue<string>() is not (Id or "erased")).Select(row => row!.ToJsonString()));
            shown[$"count {id}"] = $"{rows.Count} {run["planned"]!.ToJsonString()} {run["delivered"]!.ToJsonString()}";
        }

        return shown;
    }

    /// <summary>The others read as before; and where a page is still there, each of their rows in it is cell by cell what it was.</summary>
    private async Task CompareOthersAsync(Dictionary<string, string> others, StorageScan before, StorageScan after)
    {
        var shown = await ReadOthersAsync();
        foreach (var (what, text) in others)
        {
            shown[what].ShouldBe(text, what);
        }

        var compared = 0;
        foreach (var (place, cells) in before.Rows.Where(row => row.Value.GetValueOrDefault("id") is { } id && Others.Contains(id)))
        {
            if (after.Rows.TryGetValue(place, out var now))
            {
                now.ShouldBe(cells, ignoreOrder: true, place.ToString());
                compared++;
            }
        }

        compared.ShouldBeGreaterThan(50);
    }

    /// <summary>A later import stores the profile; the tombstone keeps it from destinations until it is lifted.</summary>
    private async Task ComeBackAsync(Receiver list)
    {
        await app.Api.IngestAsync([Zoe(Email, orders: 7)]);
        (await app.Api.GetAsync(Path)).ShouldBe(200).Json["suppression"]!.ToJsonString().ShouldBe("""{"type":"profileId","origin":"erasure"}""");
        var destination = (await app.Api.GetAsync("destinations")).ShouldBe(200).Json["value"]!.AsArray().Single(each => each!["name"]!.GetValue<string>() == "List")!["id"]!.GetValue<string>();
        var run = await app.Api.RunAsync(destination);
        run["funnel"]!["suppressed"]!.GetValue<int>().ShouldBe(1);
        list.Members.Keys.ShouldNotContain(Id);
        var test = (await app.Api.PostAsync($"destinations/{destination}/test-events", new JsonObject { ["event"] = "entered", ["mode"] = "dryRun", ["profileId"] = Id }.ToJsonString())).ShouldBe(200);
        test.Json["steps"]![0]!["ok"]!.GetValue<bool>().ShouldBeFalse();
        test.Text.ShouldContain("tombstone");

        var tombstones = (await app.Api.GetAsync("suppressions?origin=erasure")).ShouldBe(200).Json["value"]!.AsArray();
        tombstones.Count.ShouldBeGreaterThanOrEqualTo(5);
        using var editor = await Keys.CreateAsync(app.Api, "editor");
        (await editor.SendAsync(HttpMethod.Delete, $"suppressions/{tombstones[0]!["id"]!.GetValue<string>()}", null, null)).ShouldBeProblem(403, "tombstone");
        foreach (var tombstone in tombstones)
        {
            (await app.Api.SendAsync(HttpMethod.Delete, $"suppressions/{tombstone!["id"]!.GetValue<string>()}", null, null)).ShouldBe(204);
        }

        await app.Api.RunAsync(destination);
        list.Members.Keys.ShouldContain(Id);
    }
}
