using AudienceSync.Runs;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Every minute: starts due runs, and moves on runs whose worker died.</summary>
public sealed class SyncTimer(RunWatchdog watchdog)
{
    [Function("sync-tick")]
    public Task TickAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => watchdog.TickAsync(cancellationToken);
}
