using System.Diagnostics;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Everything that a platform may do to a call. The list ends equal to the segment, and the run after has nothing to send.</summary>
public sealed class WireFaultTests(RunningApp app) : IClassFixture<RunningApp>
{
    private const int Size = 50;
    private const int Members = 45;

    /// <summary>Three batches, one after the other.</summary>
    private const string OneLane = "\"batchSize\":20,\"concurrency\":1";

    [Fact]
    public async Task Run_500ThenOk_SendsTheSameCallAgain()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "error500");
        receiver.Next(new Reaction.Refused(500, "oops"), new Reaction.Refused(503));

        var run = await app.Api.RunAsync(audience.DestinationId);

        ShouldHaveDeliveredAll(run);
        receiver.Calls.Count.ShouldBe(3 + 2);
        receiver.Calls[1].RecordIds.ShouldBe(receiver.Calls[0].RecordIds);
        receiver.Calls[1].MessageId.ShouldBe(receiver.Calls[0].MessageId);
        receiver.Surprises.ShouldBeEmpty();
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Run_429WithRetryAfter_WaitsAsToldAndCountsNoTry()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "throttled");
        var refusal = new Reaction.Refused(429, "", ("Retry-After", "1"));
        receiver.Next(Enumerable.Repeat(refusal, 7)); // more than the six tries that a failing batch has

        var run = await app.Api.RunAsync(audience.DestinationId);

        ShouldHaveDeliveredAll(run);
        receiver.Calls.Count.ShouldBe(3 + 7);
        for (var call = 1; call <= 7; call++)
        {
            Stopwatch.GetElapsedTime(receiver.Calls[call - 1].At, receiver.Calls[call].At).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(950));
        }

        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Run_207WithFailedRows_RetriesWhatMayBeRetriedAndKeepsTheRestInSight()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "partly");
        var (refused, busy) = (audience.Id(3), audience.Id(4));
        var isBusy = true;
        receiver.Rule = _ => new Reaction.Partly(record => UserOf(record) switch
        {
            var id when id == refused => new("never heard of them", Retryable: false),
            var id when id == busy && isBusy => Busy(),
            _ => null,
        });

        var run = await app.Api.RunAsync(audience.DestinationId);

        run["status"]!.GetValue<string>().ShouldBe("partial");
        RunNumbers.Of(run, "delivered").ShouldBe($"{Members - 1}/0/0");
        RunNumbers.Of(run, "rejected").ShouldBe("1/0/0");
        var row = (await app.Api.GetAsync($"runs/{run["id"]}/rows?outcome=rejected")).ShouldBe(200).Json["value"]!.AsArray().ShouldHaveSingleItem()!;
        row["profileId"]!.GetValue<string>().ShouldBe(refused);
        row["detail"]!.GetValue<string>().ShouldContain("never heard of them");
        receiver.Calls.Count.ShouldBe(3 + 1);
        receiver.Calls.SelectMany(call => call.Records).Count(record => UserOf(record) == busy).ShouldBe(2);
        receiver.Surprises.ShouldBeEmpty("rows that were accepted are not sent again");
        audience.ShouldBeOnTheList(without: refused);
        await ShouldSendNothingAsync(audience, receiver);

        receiver.Rule = static _ => Reaction.Accept;
        var retry = (await app.Api.PostAsync($"runs/{run["id"]}/retry")).ShouldBe(202);
        RunNumbers.Of(await app.Api.WaitForRunAsync(retry.Id), "delivered").ShouldBe("1/0/0");
        await ShouldBeInStepAsync(audience, receiver);

        RowError Busy()
        {
            isBusy = false;
            return new("busy", Retryable: true);
        }
    }

    [Fact]
    public async Task Run_401UntilTheSecretIsMended_KeepsRowsPendingAndSaysWhy()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "unauthorized", """{"signingSecret":"whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="}""");

        var run = await app.Api.RunAsync(audience.DestinationId);

        run["status"]!.GetValue<string>().ShouldBe("failed");
        RunNumbers.Of(run, "carriedOver").ShouldBe($"{Members}/0/0");
        run["topErrors"]![0]!["code"]!.GetValue<string>().ShouldBe("unauthorized");
        receiver.Calls.ShouldBeEmpty();
        var connection = (await app.Api.GetAsync($"connections/{audience.ConnectionId}")).ShouldBe(200);
        connection.Json["status"]!.GetValue<string>().ShouldBe("unauthorized");
        await app.Api.StateShouldBecomeAsync(audience.DestinationId, "unauthorized");

        (await app.Api.PatchAsync($"connections/{audience.ConnectionId}", $$$"""{"secrets":{"signingSecret":"{{{receiver.SigningSecret}}}"}}""", connection.ETag)).ShouldBe(200);
        ShouldHaveDeliveredAll(await app.Api.RunAsync(audience.DestinationId));
        (await app.Api.GetAsync($"connections/{audience.ConnectionId}")).Json["status"]!.GetValue<string>().ShouldBe("healthy");
        await app.Api.StateShouldBecomeAsync(audience.DestinationId, "healthy");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Run_401AfterTheFirstBatch_SendsTheRestOnceItIsMended()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "withdrawn");
        receiver.Next(Reaction.Accept, new Reaction.Refused(401));

        var run = await app.Api.RunAsync(audience.DestinationId);

        run["status"]!.GetValue<string>().ShouldBe("partial");
        RunNumbers.Of(run, "delivered").ShouldBe("20/0/0");
        RunNumbers.Of(run, "carriedOver").ShouldBe($"{Members - 20}/0/0");
        receiver.Calls.Count.ShouldBe(2);

        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe($"{Members - 20}/0/0");
        receiver.Surprises.ShouldBeEmpty();
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Run_400ForABatchWithOneBadRow_FindsTheRowAndDeliversTheOthers()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "badrow");
        var bad = audience.Id(7);
        receiver.Rule = call => call.Records.Any(record => UserOf(record) == bad && record["fields"]!["note"]!.GetValue<string>() == "new")
            ? new Reaction.Refused(400, """{"message":"one of them is wrong"}""")
            : Reaction.Accept;

        var run = await app.Api.RunAsync(audience.DestinationId);

        run["status"]!.GetValue<string>().ShouldBe("partial");
        RunNumbers.Of(run, "delivered").ShouldBe($"{Members - 1}/0/0");
        RunNumbers.Of(run, "rejected").ShouldBe("1/0/0");
        receiver.Surprises.ShouldBeEmpty();
        audience.ShouldBeOnTheList(without: bad);
        await ShouldSendNothingAsync(audience, receiver);

        // Its payload changes: worth another try.
        await audience.NoteAsync(app.Api, 7, "mended");
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe("1/0/0");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_NoAnswerInTime_SendsTheSameOperationsAgain(bool applies)
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, $"hang-{applies}".ToLowerInvariant(), more: ",\"timeoutSeconds\":1");
        receiver.Next(new Reaction.Hung(applies));

        ShouldHaveDeliveredAll(await app.Api.RunAsync(audience.DestinationId));

        receiver.Calls.Count.ShouldBe(3 + 1);
        receiver.Calls[1].RecordIds.ShouldBe(receiver.Calls[0].RecordIds);
        receiver.Surprises.Count.ShouldBe(applies ? 20 : 0);
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_ConnectionReset_SendsTheSameOperationsAgain(bool applies)
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, $"reset-{applies}".ToLowerInvariant());
        receiver.Next(Reaction.Accept, new Reaction.Reset(applies));

        ShouldHaveDeliveredAll(await app.Api.RunAsync(audience.DestinationId));

        receiver.Calls.Count.ShouldBe(3 + 1);
        receiver.Calls[2].RecordIds.ShouldBe(receiver.Calls[1].RecordIds);
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Run_PlatformIsDownForAWholeRun_CarriesEverythingOver()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "down");
        await app.Api.RunAsync(audience.DestinationId);
        await audience.ChangeAsync(app.Api);
        receiver.Rule = static _ => new Reaction.Reset(Applies: false);

        var run = await app.Api.RunAsync(audience.DestinationId);

        run["status"]!.GetValue<string>().ShouldBe("failed");
        RunNumbers.Of(run, "delivered").ShouldBe("0/0/0");
        RunNumbers.Of(run, "carriedOver").ShouldBe(RunNumbers.Of(run, "planned"));
        RunNumbers.Of(run, "planned").ShouldNotBe("0/0/0");

        // What changes back meanwhile is not worth a call, what goes on changing is sent as it is then.
        await audience.ChangeAsync(app.Api);
        receiver.Rule = static _ => Reaction.Accept;
        (await app.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Cancel_WhileABatchIsOnTheWire_LetsItsAnswerSettleAndSendsNoMore()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await CreateAsync(receiver, "cancelled");
        receiver.Next(new Reaction.Hung(Applies: true));
        var runId = await app.Api.StartRunAsync(audience.DestinationId);
        await receiver.Hung;

        (await app.Api.PostAsync($"runs/{runId}/cancel")).ShouldBe(202);
        receiver.Release();
        var run = await app.Api.WaitForRunAsync(runId);

        run["status"]!.GetValue<string>().ShouldBe("cancelled");
        RunNumbers.Of(run, "delivered").ShouldBe("20/0/0");
        RunNumbers.Of(run, "carriedOver").ShouldBe($"{Members - 20}/0/0");
        receiver.Calls.Count.ShouldBe(1);
        (await app.Api.PostAsync($"runs/{runId}/cancel")).ShouldBeProblem(409, "already_finished");

        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe($"{Members - 20}/0/0");
        receiver.Surprises.ShouldBeEmpty();
        await ShouldBeInStepAsync(audience, receiver);
    }

    private Task<TestAudience> CreateAsync(Receiver receiver, string key, string? secrets = null, string more = "") =>
        TestAudience.CreateAsync(app.Api, receiver, key, Size, OneLane + more, secrets);

    private static string UserOf(JsonObject record) => record["fields"]!["user_id"]!.GetValue<string>();

    private static void ShouldHaveDeliveredAll(JsonNode run)
    {
        run["status"]!.GetValue<string>().ShouldBe("succeeded", run.ToJsonString());
        RunNumbers.Of(run, "delivered").ShouldBe($"{Members}/0/0");
    }

    private async Task ShouldBeInStepAsync(TestAudience audience, Receiver receiver)
    {
        audience.ShouldBeOnTheList();
        await ShouldSendNothingAsync(audience, receiver);
    }

    private async Task ShouldSendNothingAsync(TestAudience audience, Receiver receiver)
    {
        var calls = receiver.Calls.Count;
        var run = await app.Api.RunAsync(audience.DestinationId);
        RunNumbers.Of(run, "planned").ShouldBe("0/0/0");
        run["status"]!.GetValue<string>().ShouldBe("succeeded");
        receiver.Calls.Count.ShouldBe(calls, "an unchanged row was sent");
    }
}
