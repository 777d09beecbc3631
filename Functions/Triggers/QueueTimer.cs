using AudienceSync.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Every minute: measures the queues, for whoever watches.</summary>
public sealed class QueueTimer(IQueueMeter meter)
{
    [Function("measure-queues")]
    public Task MeasureAsync([TimerTrigger("20 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => meter.MeasureAsync(cancellationToken);
}
