using AudienceSync.Fakes;
using AudienceSync.Local.Worker;
using AudienceSync.Runs;
using Azure.Storage.Queues;

namespace AudienceSync.Local.EndToEnd;

/// <summary>What queues may do to the app: messages that are none, messages given up, messages that come twice.</summary>
public sealed class QueueFaultTests(RunningApp app) : IClassFixture<RunningApp>
{
    private const int Size = 50;
    private const string OneLane = "\"batchSize\":20,\"concurrency\":1";

    [Theory]
    [InlineData("snapshots")]
    [InlineData("plans")]
    [InlineData("deliveries")]
    [InlineData("snapshots-poison")]
    [InlineData("plans-poison")]
    [InlineData("deliveries-poison")]
    public async Task Queue_MessageOfNoRun_IsDroppedAndTheNextRunIsAsGoodAsEver(string queue)
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, queue, Size, OneLane);

        await Queue(queue).SendMessageAsync("no step of any run");

        await Eventually.HoldsAsync(
            async () => await IsEmptyAsync(queue) && (queue.EndsWith("-poison", StringComparison.Ordinal) || await IsEmptyAsync($"{queue}-poison")), $"{queue} is empty");
        (await app.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Queue_MessageThatIsNotBase64_GoesToThePoisonQueueAsItIs()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "not-base64", Size, OneLane);

        await Queue("deliveries", QueueMessageEncoding.None).SendMessageAsync("{not base64}");

        await Eventually.HoldsAsync(() => IsEmptyAsync("deliveries"), "deliveries is empty");
        (await IsEmptyAsync("deliveries-poison")).ShouldBeFalse("nobody but a person can read it");
        await Queue("deliveries-poison").ClearMessagesAsync();
        (await app.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Queue_StepOfARunThatIsOver_DoesNothing()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "over", Size, OneLane);
        var runId = (await app.Api.RunAsync(audience.DestinationId))["id"]!.GetValue<string>();

        StepMessage[] late = [new(runId, RunStep.Begin), new(runId, RunStep.Snapshot), new(runId, RunStep.Plan), new(runId, RunStep.Lane, 0, RunPhase.Upserts), new(runId, RunStep.Settle)];
        string[] queues = ["snapshots", "snapshots", "plans", "deliveries", "plans"];
        foreach (var (message, queue) in late.Zip(queues))
        {
            await Queue(queue).SendMessageAsync(StepMessages.Write(message));
            await Queue($"{queue}-poison").SendMessageAsync(StepMessages.Write(message));
        }

        foreach (var queue in queues)
        {
            await Eventually.HoldsAsync(async () => await IsEmptyAsync(queue) && await IsEmptyAsync($"{queue}-poison"), $"{queue} is empty");
        }

        (await app.Api.ReadRunAsync(runId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Poison_StepThatWasSending_LeavesItsRowsUncertainAndTheNextRunSendsThemAgain()
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "poisoned", Size, OneLane);
        receiver.Next(Reaction.Accept, new Reaction.Hung(Applies: true));
        var runId = await app.Api.StartRunAsync(audience.DestinationId);
        await receiver.Hung;

        // The host gives up on the message while the platform has the rows and has not said so.
        await Queue("deliveries-poison").SendMessageAsync(StepMessages.Write(new(runId, RunStep.Lane, 0, RunPhase.Upserts)));
        var run = await app.Api.WaitForRunAsync(runId);
        receiver.Release();

        run["status"]!.GetValue<string>().ShouldBe("partial");
        RunNumbers.Of(run, "delivered").ShouldBe("20/0/0");
        RunNumbers.Of(run, "carriedOver").ShouldBe("25/0/0");
        RunNumbers.Of(await app.Api.RunAsync(audience.DestinationId), "delivered").ShouldBe("25/0/0");
        receiver.Calls[2].RecordIds.ShouldContain(receiver.Calls[1].RecordIds.First(), "sent again under the same operation id");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Theory]
    [InlineData("snapshots-poison", RunStep.Begin)]
    [InlineData("snapshots-poison", RunStep.Snapshot)]
    [InlineData("plans-poison", RunStep.Plan)]
    public async Task Poison_StepBeforeAnythingWasSent_DoesNotTouchARunThatIsBeyondIt(string queue, RunStep step)
    {
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(app.Api, receiver, $"beyond-{step}".ToLowerInvariant(), Size, OneLane);
        receiver.Next(new Reaction.Hung(Applies: true));
        var runId = await app.Api.StartRunAsync(audience.DestinationId);
        await receiver.Hung;

        await Queue(queue).SendMessageAsync(StepMessages.Write(new(runId, step)));
        await Eventually.HoldsAsync(() => IsEmptyAsync(queue), $"{queue} is empty");
        receiver.Release();

        (await app.Api.WaitForRunAsync(runId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        await ShouldBeInStepAsync(audience, receiver);
    }

    [Fact]
    public async Task Run_EveryMessageDeliveredTwice_SendsEveryRowOnce()
    {
        await using var storage = await StorageProxy.StartAsync(await AzuriteFixture.NewAccountAsync(), new Steps());
        storage.SendsMessagesTwice = true;
        await using var twice = await AppProcess.StartAsync(storage.ConnectionString);
        await using var receiver = await Receiver.StartAsync();
        var audience = await TestAudience.CreateAsync(twice.Api, receiver, "twice", size: 160, "\"batchSize\":20,\"concurrency\":3");

        (await twice.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        audience.ShouldBeOnTheList();
        await audience.ChangeAsync(twice.Api);
        (await twice.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        audience.ShouldBeOnTheList();
        await audience.ChangeAsync(twice.Api);
        (await twice.Api.RunAsync(audience.DestinationId))["status"]!.GetValue<string>().ShouldBe("succeeded");

        receiver.Calls.SelectMany(call => call.RecordIds).GroupBy(id => id).Where(group => group.Count() > 1).ShouldBeEmpty();
        receiver.Surprises.ShouldBeEmpty();
        await ShouldBeInStepAsync(audience, receiver, twice.Api);
    }

    private QueueClient Queue(string name, QueueMessageEncoding encoding = QueueMessageEncoding.Base64) =>
        new(app.ConnectionString, name, new() { MessageEncoding = encoding });

    /// <summary>Counts messages that are being worked on too.</summary>
    private async Task<bool> IsEmptyAsync(string queue) => (await Queue(queue).GetPropertiesAsync()).Value.ApproximateMessagesCount == 0;

    private async Task ShouldBeInStepAsync(TestAudience audience, Receiver receiver, ApiClient? api = null)
    {
        audience.ShouldBeOnTheList();
        var calls = receiver.Calls.Count;
        RunNumbers.Of(await (api ?? app.Api).RunAsync(audience.DestinationId), "planned").ShouldBe("0/0/0");
        receiver.Calls.Count.ShouldBe(calls, "an unchanged row was sent");
    }
}
