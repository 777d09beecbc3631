using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Local.Worker;
using AudienceSync.OpenApi;

namespace AudienceSync.Local.EndToEnd.Contract;

/// <summary>A running app with what the examples speak of: people, a finished run with a rejected row, held runs.</summary>
public sealed class ContractWorld : IAsyncLifetime
{
    private readonly RunningApp _app = new();
    private readonly PostgresFixture _postgres = new();
    private Receiver _receiver = null!;

    internal ApiClient Api => _app.Api;

    internal ContractWalk Walk { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await _app.InitializeAsync();
        await _postgres.InitializeAsync();
        _receiver = await Receiver.StartAsync();
        _receiver.Rule = static _ => new Reaction.Partly(record => record["fields"]!["user_id"]!.GetValue<string>() == "w-3" ? new("no such user", Retryable: false) : null);
        Walk = new(Api, ExampleSet.Read(), await PrepareAsync(), ("https://hooks.example.com/audience", $"{_receiver.Url}"), ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=", _receiver.SigningSecret));
    }

    public async Task DisposeAsync()
    {
        await _receiver.DisposeAsync();
        await _app.DisposeAsync();
    }

    private async Task<JsonObject> PrepareAsync()
    {
        await Api.IngestAsync([.. Enumerable.Range(1, 4).Select(number => Person($"w-{number}", "finished")), Person("h-1", "held"), Person("e-1", "erased")]);
        var connection = await Api.CreateWebhookAsync(_receiver);
        var segment = await Api.CreateSegmentAsync("People of the examples", """{"attr":"part","op":"eq","value":"finished"}""");
        var run = await Api.RunAsync(await Api.CreateDestinationAsync("Finished", segment, connection, "email"));
        run["status"]!.GetValue<string>().ShouldBe("partial");
        var finished = run["id"]!.GetValue<string>();

        // Everyone leaves: a run that would empty the list is held.
        var held = await Api.CreateSegmentAsync("Held", """{"attr":"part","op":"eq","value":"held"}""");
        var destinations = new[] { await Api.CreateDestinationAsync("Held", held, connection), await Api.CreateDestinationAsync("Held too", held, connection) };
        foreach (var destination in destinations)
        {
            await Api.RunAsync(destination);
        }

        await Api.IngestAsync([Person("h-1", "gone")]);
        return new()
        {
            ["warehouseId"] = PostgresFixture.Missing is null ? await ConnectWarehouseAsync() : null,
            ["segmentId"] = segment,
            ["memberId"] = "w-1",
            ["erasableId"] = "e-1",
            ["suppressionId"] = (await Api.PostAsync("suppressions", """{"profileId":"c-9100"}""")).ShouldBe(201).Id,
            ["finishedRunId"] = finished,
            ["eventId"] = (await Api.GetAsync($"events?runId={finished}")).ShouldBe(200).Json["value"]![0]!["id"]!.GetValue<string>(),
            ["heldRunId"] = await HoldAsync(destinations[0]),
            ["cancellableRunId"] = await HoldAsync(destinations[1]),
        };
    }

    private async Task<string> ConnectWarehouseAsync()
    {
        await _postgres.ExecuteAsync("CREATE TABLE members (id text PRIMARY KEY, email text NOT NULL, orders int); INSERT INTO members VALUES ('c-1', 'ana@example.com', 3)");
        var settings = new JsonObject(_postgres.Values.Select(value => KeyValuePair.Create<string, JsonNode?>(value.Key, value.Value))) { ["sslMode"] = "disable" };
        return (await Api.PostAsync(
            "connections",
            new JsonObject { ["type"] = "postgres", ["name"] = "Warehouse", ["settings"] = settings, ["secrets"] = new JsonObject { ["password"] = PostgresFixture.Password } }.ToJsonString())).ShouldBe(201).Id;
    }

    private async Task<string> HoldAsync(string destination)
    {
        var run = await Api.StartRunAsync(destination);
        await Eventually.HoldsAsync(async () => (await Api.ReadRunAsync(run))["status"]!.GetValue<string>() == "held", $"{run} is held");
        return run;
    }

    private static JsonObject Person(string id, string part) => new()
    {
        ["op"] = "identify",
        ["id"] = id,
        ["identifiers"] = new JsonObject { ["email"] = $"{id}@example.com" },
        ["attributes"] = new JsonObject { ["part"] = part, ["orders"] = 3, ["country"] = "DE" },
        ["consents"] = new JsonObject { ["marketing"] = new JsonObject { ["state"] = "granted" } },
    };
}
