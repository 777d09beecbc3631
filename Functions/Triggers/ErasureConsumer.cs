using AudienceSync.Erasures;
using AudienceSync.Storage;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Works on erasures when a message says that there are some.</summary>
public sealed class ErasureConsumer(ErasureWorker worker)
{
    /// <summary>May come twice, and late: what is to be done stands in the store.</summary>
    [Function("work-on-erasures")]
    public Task RunAsync([QueueTrigger(QueueNames.Erasures)] string message, CancellationToken cancellationToken) =>
        worker.RunAsync(message, cancellationToken);

    /// <summary>Nothing is lost with a message that failed too often: the next tick sends another.</summary>
    [Function("poisoned-erasure-work")]
    public void TakePoisoned([QueueTrigger(QueueNames.Erasures + QueueNames.PoisonSuffix)] string message) => worker.TakePoisoned();
}
