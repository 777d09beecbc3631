using AudienceSync.Runs;
using Azure.Storage.Queues;

namespace AudienceSync.Storage;

/// <summary>Steps on the three queues. The clients encode as host.json says (base64): anything else the host would take for poison.</summary>
internal sealed class RunQueue(QueueServiceClient queues, TimeProvider time) : IRunQueue
{
    /// <summary>Longest visibility delay (Queue service: 7 days); a message that waits longer is delayed again when it appears.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromDays(6);

    /// <summary>Sends in flight when many messages go out.</summary>
    private const int Degree = 8;

    public Task SendAsync(StepMessage message, TimeSpan delay, CancellationToken cancellationToken)
    {
        var visibility = delay < TimeSpan.Zero ? TimeSpan.Zero : delay > MaxDelay ? MaxDelay : TimeSpan.FromSeconds(Math.Ceiling(delay.TotalSeconds));
        return queues.GetQueueClient(QueueOf(message.Step))
            .SendMessageAsync(StepMessages.Write(message with { Due = time.GetUtcNow() + visibility }), visibility, timeToLive: null, cancellationToken);
    }

    public Task SendAllAsync(IReadOnlyList<StepMessage> messages, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        messages,
        new ParallelOptions { MaxDegreeOfParallelism = Degree, CancellationToken = cancellationToken },
        async (message, token) => await SendAsync(message, TimeSpan.Zero, token));

    private static string QueueOf(RunStep step) => step switch
    {
        RunStep.Begin or RunStep.Read or RunStep.Snapshot => QueueNames.Snapshots,
        RunStep.Plan or RunStep.Settle => QueueNames.Plans,
        _ => QueueNames.Deliveries,
    };
}
