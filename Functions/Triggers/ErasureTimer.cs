using AudienceSync.Erasures;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Every minute: wakes the worker of erasures where its message was lost.</summary>
public sealed class ErasureTimer(ErasureWorker worker)
{
    [Function("erasure-tick")]
    public Task TickAsync([TimerTrigger("20 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => worker.TickAsync(cancellationToken);
}
