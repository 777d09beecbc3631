using System.Text.Json.Nodes;
using AudienceSync.Access;
using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Triggers;

/// <summary>Destinations and the defaults of connections through the paths: what callers send and see.</summary>
public sealed class DestinationsApiTests
{
    private const string Mapping = """[{"from":"id","to":"user_id","identifier":true},{"template":"{{country | upper}}","to":"country","nulls":"send"},{"from":"orders","to":"orders","setOnce":true}]""";

    private readonly DestinationWorld _world = new();
    private readonly DestinationsApi _destinations;
    private readonly ConnectionsApi _connections;

    public DestinationsApiTests()
    {
        _destinations = new(_world.Service, _world.Validator, new(new MemoryRunSummaries()));
        var catalog = TestConnectors.Catalog;
        var service = new ConnectionService(
            _world.Connections, catalog, new(catalog, new ConnectionDefaultsRules(), new(false)), new(new ReversibleSealer(), _world.Time), [], _world.Time);
        _connections = new(service, new(service, new ScriptedConnectorClient()));
    }

    [Fact]
    public async Task Create_FromDefaults_MakesADestinationInOneCall()
    {
        var connection = await ConnectAsync($$"""{"mode":"upsert","intervalMinutes":720,"mapping":{{Mapping}},"audienceName":"{{"{{segment.name | upper}} ({{segment.key}})"}}"}""");

        var (response, made) = await PostAsync($$"""{"segmentId":"seg_shared","connectionId":"{{connection}}","fromDefaults":true}""");

        response.StatusCode.ShouldBe(201, made.ToJsonString());
        response.Headers.Location.ToString().ShouldBe($"/api/v1/destinations/{made["id"]}");
        Text(made, "name").ShouldBe("Lapsed loyal");
        Text(made, "description").ShouldBe("Of a test.");
        Text(made, "mode").ShouldBe("upsert");
        made["schedule"]!["intervalMinutes"]!.GetValue<int>().ShouldBe(720);
        Text(made["audience"]!, "name").ShouldBe("LAPSED LOYAL (seg_shared)");
        Text(made["source"]!, "segmentId").ShouldBe("seg_shared");
        (made["enabled"]!.GetValue<bool>(), made["autoSync"]!.GetValue<bool>()).ShouldBe((true, true));
        JsonNode.DeepEquals(made["mapping"], JsonNode.Parse(Mapping)).ShouldBeTrue(made["mapping"]!.ToJsonString());
        _world.Runs.Take().ShouldBe(["first"]);
    }

    /// <summary>Each field of the request with what the destination then has.</summary>
    [Theory]
    [InlineData(""" "name":"Mine" """, "name", "\"Mine\"")]
    [InlineData(""" "description":"My own." """, "description", "\"My own.\"")]
    [InlineData(""" "mode":"addOnly" """, "mode", "\"addOnly\"")]
    [InlineData(""" "schedule":{"intervalMinutes":60} """, "schedule", """{"intervalMinutes":60}""")]
    [InlineData(""" "audience":{"name":"Ours","externalId":"42"} """, "audience", """{"name":"Ours","externalId":"42"}""")]
    [InlineData(""" "mapping":[{"from":"email","to":"mail","identifier":true}] """, "mapping", """[{"from":"email","to":"mail","identifier":true}]""")]
    [InlineData(""" "autoSync":false """, "autoSync", "false")]
    public async Task Create_FromDefaults_ExplicitFieldsGoFirst(string field, string name, string expected)
    {
        var connection = await ConnectAsync($$"""{"mode":"upsert","intervalMinutes":720,"mapping":{{Mapping}},"audienceName":"x"}""");

        var (response, made) = await PostAsync($$"""{"source":{"segmentId":"seg_shared"},"connectionId":"{{connection}}","fromDefaults":true,{{field}}}""");

        response.StatusCode.ShouldBe(201, made.ToJsonString());
        JsonNode.DeepEquals(made[name], JsonNode.Parse(expected)).ShouldBeTrue(made[name]!.ToJsonString());
    }

    [Fact]
    public async Task Create_NoDefaults_SaysWhatToDo()
    {
        var connection = await ConnectAsync(null);

        var (response, problem) = await PostAsync($$"""{"segmentId":"seg_shared","connectionId":"{{connection}}","fromDefaults":true}""");

        response.StatusCode.ShouldBe(422);
        var fault = problem["errors"]!.AsArray().ShouldHaveSingleItem()!;
        (Text(fault, "pointer"), Text(fault, "code")).ShouldBe(("/fromDefaults", "no_defaults"));
        Text(fault, "detail").ShouldContain($"PATCH /api/v1/connections/{connection}");
        _world.Runs.Take().ShouldBeEmpty();
    }

    [Fact]
    public async Task Create_DefaultsWithoutMapping_SaysWhatToDo()
    {
        var connection = await ConnectAsync("""{"mode":"upsert"}""");

        var (response, problem) = await PostAsync($$"""{"segmentId":"seg_shared","connectionId":"{{connection}}","fromDefaults":true}""");

        response.StatusCode.ShouldBe(422);
        var fault = problem["errors"]!.AsArray().ShouldHaveSingleItem()!;
        (Text(fault, "pointer"), Text(fault, "code")).ShouldBe(("/mapping", "required"));
        Text(fault, "detail").ShouldContain($"PATCH /api/v1/connections/{connection}");
    }

    [Fact]
    public async Task Create_NotFromDefaults_LeavesThemAlone()
    {
        var connection = await ConnectAsync($$"""{"mode":"upsert","mapping":{{Mapping}}}""");

        (await PostAsync($$"""{"segmentId":"seg_shared","connectionId":"{{connection}}"}""")).Response.StatusCode.ShouldBe(422);
    }

    /// <summary>What was saved once may not hold for a newer version of the connector.</summary>
    [Fact]
    public async Task Create_StaleDefaults_NamesTheConnection()
    {
        var connection = await ConnectAsync($$"""{"mapping":{{Mapping}}}""");
        await _world.SetDefaultsAsync(connection, """{"mode":"mirorr","mapping":[{"to":"x"}]}""");

        var (response, problem) = await PostAsync($$"""{"segmentId":"seg_shared","connectionId":"{{connection}}","fromDefaults":true}""");

        response.StatusCode.ShouldBe(422);
        problem["errors"]!.AsArray().Select(fault => Text(fault!, "pointer")).Distinct().ShouldBe(["/fromDefaults"]);
        Text(problem["errors"]![0]!, "detail").ShouldContain($"PATCH /api/v1/connections/{connection}");
    }

    [Theory]
    [InlineData("""{"mode":"mirorr"}""", "/defaults/mode")]
    [InlineData("""{"intervalMinutes":1}""", "/defaults/intervalMinutes")]
    [InlineData("""{"intervalMinutes":60,"schedule":{"intervalMinutes":60}}""", "/defaults/schedule")]
    [InlineData("""{"mapping":[{"from":"id","to":"a"}]}""", "/defaults/mapping")]
    [InlineData("""{"mapping":[{"from":"id","to":"a","identifier":true},{"from":"email","to":"a"}]}""", "/defaults/mapping/1/to")]
    [InlineData("""{"mapping":[{"from":"id","to":"a","identifier":true},{"template":"{{x | uper}}","to":"b"}]}""", "/defaults/mapping/1/template")]
    [InlineData("""{"audienceName":"{{segment.nme}}"}""", "/defaults/audienceName")]
    [InlineData("""{"audience":"x"}""", "/defaults/audience")]
    [InlineData("""[]""", "/defaults")]
    public async Task Connect_FaultyDefaults_AreRefusedAtTheirPlace(string defaults, string pointer)
    {
        var request = Requests.To("POST", "/api/v1/connections", Connection(defaults));

        var (response, problem) = await SendAsync(request, _connections.CreateAsync(request, default));

        response.StatusCode.ShouldBe(422);
        problem["errors"]!.AsArray().Select(fault => Text(fault!, "pointer")).ShouldContain(pointer);
    }

    [Fact]
    public async Task Validate_FaultyMapping_Is200WithIssuesAndSuggestions()
    {
        var request = Requests.To("POST", "/api/v1/destinations/validate", """
            {"segmentId":"seg_shared","connectionId":"con_strict","mode":"addOnly",
             "mapping":[{"from":"tags","to":"email","identifier":true},{"from":"ordres","to":"orders"},{"from":"orders","to":"frist_name"},{"from":"id","to":"orders"}]}
            """);

        request.HttpContext.Features.Set(new Caller("tester", Role.Viewer));

        var (response, body) = await SendAsync(request, _destinations.ValidateAsync(request, default));

        response.StatusCode.ShouldBe(200);
        body["issues"]!.AsArray().Select(issue => (Text(issue!, "severity"), Text(issue!, "pointer"), Text(issue!, "code"), issue!["suggestion"]?.GetValue<string>())).ShouldBe(
        [
            ("error", "/mapping/2/to", "unknown_field", "first_name"),
            ("error", "/mapping/3/to", "duplicate_target", null),
            ("error", "/mapping/0/from", "type_clash", "email"),
            ("warning", "/mapping/1/from", "unknown_attribute", "orders"),
        ]);
        body["issues"]!.AsArray().ShouldAllBe(issue => Text(issue!, "detail").Length > 0);
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("[]", 422)]
    [InlineData("""{"mapping":{}}""", 422)]
    [InlineData("""{"mapings":[]}""", 422)]
    public async Task Validate_Malformed_IsRefused(string body, int status)
    {
        var request = Requests.To("POST", "/api/v1/destinations/validate", body);

        request.HttpContext.Features.Set(new Caller("tester", Role.Viewer));

        (await SendAsync(request, _destinations.ValidateAsync(request, default))).Response.StatusCode.ShouldBe(status);
    }

    /// <summary>A reader who polls sees a run end; a writer who read before it ended may still write.</summary>
    [Fact]
    public async Task Get_RunStateChanged_IsNotStaleAndDoesNotBarAChange()
    {
        var (created, made) = await PostAsync(DestinationWorld.Body);
        var id = Text(made, "id");
        var tag = created.Headers.ETag.ToString();
        (await GetAsync(id, tag)).Response.StatusCode.ShouldBe(304);

        await _world.States.UpdateAsync(id, state => state with { LastRunId = "run_1", LastRunStatus = "succeeded", State = DestinationCondition.Healthy }, default);

        var (response, body) = await GetAsync(id, tag);
        response.StatusCode.ShouldBe(200);
        response.Headers.ETag.ToString().ShouldBe(Text(body, "etag"));
        response.Headers.ETag.ToString().ShouldNotBe(tag);
        (await GetAsync(id, Text(body, "etag"))).Response.StatusCode.ShouldBe(304);
        var patch = Requests.To("PATCH", $"/api/v1/destinations/{id}", """{"name":"New"}""", "application/merge-patch+json").With("If-Match", tag);
        patch.HttpContext.Features.Set(new Caller("tester", Role.Editor));
        (await SendAsync(patch, _destinations.PatchAsync(patch, id, default))).Response.StatusCode.ShouldBe(200);
        var again = Requests.To("PATCH", $"/api/v1/destinations/{id}", """{"name":"Newer"}""", "application/merge-patch+json").With("If-Match", tag);
        again.HttpContext.Features.Set(new Caller("tester", Role.Editor));
        (await SendAsync(again, _destinations.PatchAsync(again, id, default))).Response.StatusCode.ShouldBe(412);
    }

    private static string Connection(string? defaults) => $$"""
        {"type":"open","name":"Hook","settings":{"url":"https://hooks.example/a"},"secrets":{"apiKey":"k-1234567"}{{(defaults is null ? "" : $",\"defaults\":{defaults}")}}}
        """;

    private async Task<string> ConnectAsync(string? defaults)
    {
        var request = Requests.To("POST", "/api/v1/connections", Connection(defaults));
        var (response, body) = await SendAsync(request, _connections.CreateAsync(request, default));
        response.StatusCode.ShouldBe(201, body.ToJsonString());
        return Text(body, "id");
    }

    private Task<(HttpResponse Response, JsonNode Body)> PostAsync(string body)
    {
        var request = Requests.To("POST", "/api/v1/destinations", body);
        return SendAsync(request, _destinations.CreateAsync(request, default));
    }

    private Task<(HttpResponse Response, JsonNode Body)> GetAsync(string id, string ifNoneMatch)
    {
        var request = Requests.To("GET", $"/api/v1/destinations/{id}").With("If-None-Match", ifNoneMatch);
        return SendAsync(request, _destinations.GetAsync(request, id, default));
    }

    private static async Task<(HttpResponse Response, JsonNode Body)> SendAsync(HttpRequest request, Task<IResult> answer) =>
        (request.HttpContext.Response, await (await answer).SendAsync(request.HttpContext) ?? new JsonObject());

    private static string Text(JsonNode node, string name) => node[name]!.GetValue<string>();
}
