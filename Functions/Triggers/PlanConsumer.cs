using AudienceSync.Runs;
using AudienceSync.Storage;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Takes the steps that plan and settle the shards of a run.</summary>
public sealed class PlanConsumer(StepRunner steps)
{
    /// <summary>A message may arrive twice: <see cref="StepRunner"/> finds a step that is done or held by another worker.</summary>
    [Function("plan-step")]
    public Task RunAsync([QueueTrigger(QueueNames.Plans)] string message, CancellationToken cancellationToken) =>
        steps.RunInTurnAsync(StepMessages.Read(message), cancellationToken);
}
