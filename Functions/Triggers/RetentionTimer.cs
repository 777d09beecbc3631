using AudienceSync.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Daily, at 03:30 UTC: drops runs past their time, and pages that nothing refers to.</summary>
public sealed class RetentionTimer(Retention retention)
{
    [Function("retention")]
    public Task RunAsync([TimerTrigger("0 30 3 * * *")] TimerInfo timer, CancellationToken cancellationToken) => retention.RunAsync(cancellationToken);
}
