using AudienceSync.Runs;
using AudienceSync.Storage;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Takes the steps that send the batches of a run and publish its files.</summary>
public sealed class DeliveryConsumer(StepRunner steps)
{
    /// <summary>A message may arrive twice: <see cref="StepRunner"/> finds a step that is done or held by another worker.</summary>
    [Function("delivery-step")]
    public Task RunAsync([QueueTrigger(QueueNames.Deliveries)] string message, CancellationToken cancellationToken) =>
        steps.RunAsync(StepMessages.Read(message), cancellationToken);
}
