using AudienceSync.Http;
using AudienceSync.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Daily, at 03:30 UTC: drops runs past their time, and pages that nothing refers to; at 03:40 answers kept for repeated requests.</summary>
public sealed class RetentionTimer(Retention retention, Idempotency idempotency)
{
    [Function("retention")]
    public Task RunAsync([TimerTrigger("0 30 3 * * *")] TimerInfo timer, CancellationToken cancellationToken) => retention.RunAsync(cancellationToken);

    [Function("trim-answers")]
    public Task TrimAnswersAsync([TimerTrigger("0 40 3 * * *")] TimerInfo timer, CancellationToken cancellationToken) => idempotency.TrimAsync(cancellationToken);
}
