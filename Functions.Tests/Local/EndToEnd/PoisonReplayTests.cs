using AudienceSync.Fakes;
using AudienceSync.Local.Worker;
using Azure.Storage.Queues;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Messages that lie in a poison queue because nothing takes them from there: shown, put back, dropped.</summary>
public sealed class PoisonReplayTests
{
    private const string Script = "replay-poison.mjs";

    [Fact]
    public async Task Replay_StepThatTheHostGaveUp_LetsTheRunGoOn_AndLeavesWhatNobodyCanRead()
    {
        var account = await AzuriteFixture.NewAccountAsync();
        await using var receiver = await Receiver.StartAsync();
        var (audience, runId) = await LeavePlanStepAsync(account, receiver);
        await GiveUpAsync(account);
        await Queue(account, "plans-poison", QueueMessageEncoding.None).SendMessageAsync("{no step}");

        await using var app = await StartAsync(account, "poisoned-plan-step");
        (await OpsScript.RunAsync(Script, account, "plans", "--list")).ShouldSatisfyAllConditions(
            text => text.ShouldContain(runId), text => text.ShouldContain("2 listed"));
        (await app.Api.ReadRunAsync(runId))["status"]!.GetValue<string>().ShouldBe("planning");
        (await OpsScript.RunAsync(Script, account, "plans")).ShouldContain("1 replayed, 1 unreadable");

        (await app.Api.WaitForRunAsync(runId))["status"]!.GetValue<string>().ShouldBe("succeeded");
        audience.ShouldBeOnTheList();
        (await OpsScript.RunAsync(Script, account, "plans-poison", "--discard")).ShouldContain("1 discarded");
        (await OpsScript.RunAsync(Script, account, "plans")).ShouldContain("plans-poison is empty");
    }

    /// <summary>A run that waits for its plan, and the message that would make it.</summary>
    private static async Task<(TestAudience Audience, string RunId)> LeavePlanStepAsync(string account, Receiver receiver)
    {
        await using var app = await StartAsync(account, "plan-step", "poisoned-plan-step");
        var audience = await TestAudience.CreateAsync(app.Api, receiver, "given-up", size: 30);
        var runId = await app.Api.StartRunAsync(audience.DestinationId);
        await Eventually.HoldsAsync(async () => (await Queue(account, "plans").PeekMessageAsync()).Value is not null, "the plan is queued");
        (await app.StopAsync()).ShouldBe(0);
        return (audience, runId);
    }

    /// <summary>What the host does after the fifth failure.</summary>
    private static async Task GiveUpAsync(string account)
    {
        var message = (await Queue(account, "plans").ReceiveMessageAsync()).Value;
        await Queue(account, "plans-poison").SendMessageAsync(message.Body);
        await Queue(account, "plans").DeleteMessageAsync(message.MessageId, message.PopReceipt);
    }

    /// <summary>The watchdog, which would queue the step anew, does not come in time.</summary>
    private static Task<AppProcess> StartAsync(string account, params IEnumerable<string> disabled) => AppProcess.StartAsync(
        account,
        disabled.ToDictionary(function => $"AzureWebJobs.{function}.Disabled", _ => "true").Append(new("Runs__StallAfter", "00:10:00")).ToDictionary());

    private static QueueClient Queue(string account, string name, QueueMessageEncoding encoding = QueueMessageEncoding.Base64) =>
        new(account, name, new() { MessageEncoding = encoding });
}
