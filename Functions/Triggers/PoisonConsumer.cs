using AudienceSync.Runs;
using AudienceSync.Storage;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Takes the steps that failed too often: what they leave open is written down, so that queue and ledger never disagree.</summary>
public sealed class PoisonConsumer(PoisonedSteps steps)
{
    [Function("poisoned-snapshot-step")]
    public Task TakeSnapshotStepAsync([QueueTrigger(QueueNames.Snapshots + QueueNames.PoisonSuffix)] string message, CancellationToken cancellationToken) =>
        steps.TakeAsync(QueueNames.Snapshots, message, cancellationToken);

    [Function("poisoned-plan-step")]
    public Task TakePlanStepAsync([QueueTrigger(QueueNames.Plans + QueueNames.PoisonSuffix)] string message, CancellationToken cancellationToken) =>
        steps.TakeAsync(QueueNames.Plans, message, cancellationToken);

    [Function("poisoned-delivery-step")]
    public Task TakeDeliveryStepAsync([QueueTrigger(QueueNames.Deliveries + QueueNames.PoisonSuffix)] string message, CancellationToken cancellationToken) =>
        steps.TakeAsync(QueueNames.Deliveries, message, cancellationToken);
}
