using AudienceSync.Runs;
using AudienceSync.Storage;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Takes the steps that begin a run and snapshot its shards.</summary>
public sealed class SnapshotConsumer(StepRunner steps)
{
    /// <summary>A message may arrive twice: <see cref="StepRunner"/> finds a step that is done or held by another worker.</summary>
    [Function("snapshot-step")]
    public Task RunAsync([QueueTrigger(QueueNames.Snapshots)] string message, CancellationToken cancellationToken) =>
        steps.RunInTurnAsync(StepMessages.Read(message), cancellationToken);
}
