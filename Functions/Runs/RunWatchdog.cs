using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Observability;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Runs;

/// <summary>What happens every minute: due runs are started, and runs whose worker died are put on their way again.</summary>
public sealed partial class RunWatchdog(
    IRunStore runs, IRunLeases leases, RunFlow flow, RunFinisher finisher, RunStarter starter, IDestinationStore destinations, IDestinationStateStore states,
    IConnectionStore connections, ConnectionChecks checks, RunOptions options, Instruments instruments, TimeProvider time, ILogger<RunWatchdog> logger)
{
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        await ReviveAsync(cancellationToken);
        instruments.Tick(await StartDueAsync(cancellationToken));
    }

    /// <summary>Every run that holds a lease is either moving, or is moved on.</summary>
    private async Task ReviveAsync(CancellationToken cancellationToken)
    {
        await foreach (var lease in leases.ListHeldAsync(cancellationToken))
        {
            await GuardAsync(lease.DestinationId, () => ReviveAsync(lease, time.GetUtcNow(), cancellationToken));
        }
    }

    private async Task ReviveAsync(RunLease lease, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(lease.RunId!, cancellationToken);
        if (run is null)
        {
            if (now - lease.AcquiredAt > options.StallAfter)
            {
                // Its starter died before it wrote the run.
                await leases.ReleaseAsync(lease.DestinationId, lease.RunId!, cancellationToken);
            }
        }
        else if (!run.Status.IsActive())
        {
            await finisher.ReleaseAsync(run, cancellationToken);
        }
        else if (run.Status is RunStatus.Held)
        {
            await flow.AdvanceAsync(run.Id, requeue: false, cancellationToken);
        }
        else if (now - run.TouchedAt > options.StallAfter)
        {
            LogStalled(run.Id, run.Status);
            await runs.ReplaceAsync(run with { TouchedAt = now }, cancellationToken);
            await flow.AdvanceAsync(run.Id, requeue: true, cancellationToken);
        }
    }

    /// <returns>How far beyond its time the latest destination was.</returns>
    private async Task<TimeSpan> StartDueAsync(CancellationToken cancellationToken)
    {
        var lag = TimeSpan.Zero;
        await foreach (var destination in destinations.ListAllAsync(cancellationToken))
        {
            if (destination.Deleting || destination is { Enabled: true, AutoSync: true })
            {
                await GuardAsync(
                    destination.Id,
                    async () =>
                    {
                        var now = time.GetUtcNow();
                        var due = await StartDueAsync(destination, now, cancellationToken);
                        lag = due is { } since && now - since > lag ? now - since : lag;
                    });
            }
        }

        return lag;
    }

    /// <returns>Since when the destination was due; null when it was not, or never ran.</returns>
    private async Task<DateTimeOffset?> StartDueAsync(Destination destination, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var state = await states.GetAsync(destination.Id, cancellationToken);
        if (!IsDue(destination, state, now) || !await MayRunAsync(destination, now, cancellationToken))
        {
            return null;
        }

        await starter.StartDueAsync(destination, cancellationToken);
        return state?.NextRunAt;
    }

    private static bool IsDue(Destination destination, DestinationState? state, DateTimeOffset now) =>
        !(destination.NotBefore > now) && (state?.NextRunAt is { } next ? next <= now : !destination.Schedule.Once || state?.LastRunId is null);

    /// <summary>What goes wrong with one destination must not keep the others from running: it is logged, and tried again in a minute.</summary>
    private async Task GuardAsync(string destinationId, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            LogFailed(destinationId, e);
        }
    }

    /// <summary>A connection whose credentials were refused is probed first: its destinations resume by themselves once the platform takes them again.</summary>
    private async Task<bool> MayRunAsync(Destination destination, DateTimeOffset now, CancellationToken cancellationToken)
    {
        string[] used = destination.Source is DestinationSource.OfQuery query ? [destination.ConnectionId, query.ConnectionId] : [destination.ConnectionId];
        foreach (var id in used.Distinct())
        {
            if (await connections.GetAsync(id, cancellationToken) is not { Status: ConnectionStatus.Unauthorized })
            {
                continue;
            }

            await states.UpdateAsync(destination.Id, state => state with { NextRunAt = now + RunFinisher.ProbeAfter }, cancellationToken);
            if (await checks.CheckAsync(id, cancellationToken) is not Result<ConnectionCheck>.Ok({ Ok: true }))
            {
                return false;
            }
        }

        return true;
    }

    [LoggerMessage(6021, LogLevel.Error, "The tick failed for {DestinationId}; it is tried again in a minute")]
    private partial void LogFailed(string destinationId, Exception exception);

    [LoggerMessage(6020, LogLevel.Warning, "{RunId} is {Status} and nothing was heard of it: its work is queued again")]
    private partial void LogStalled(string runId, RunStatus status);
}
