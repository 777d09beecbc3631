using System.Text.Json.Nodes;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Observability;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Starts runs, one a destination at a time: takes the lease, writes the run, queues its first step.</summary>
/// <remarks>A crash between any two of these leaves a lease or a queued run that <see cref="RunWatchdog"/> finds.</remarks>
public sealed class RunStarter(
    IRunStore runs, IRunLeases leases, IRunQueue queue, ILedgerStore ledgers, Rosters rosters, IDestinationStore destinations, IDestinationStateStore states, TimeProvider time)
    : IRunStarter
{
    /// <summary>Starts a run, or refuses: 409 <c>run_active</c> with the id of the active run, 409 <c>disabled</c> or <c>not_launched</c>.</summary>
    /// <param name="asOf">The clock of the rules; null for now.</param>
    public async Task<Result<Run>> StartAsync(
        Destination destination, RunTrigger trigger, RunMode mode, RunPurpose purpose, bool dryRun, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        if (!destination.Enabled && purpose is not (RunPurpose.CleanUp or RunPurpose.Erasure))
        {
            return Refusal.Conflict("disabled", "The destination is disabled", $"Enable '{destination.Name}' first: PATCH {{\"enabled\":true}}.");
        }

        if (destination.Deleting && purpose is not RunPurpose.CleanUp)
        {
            return Refusal.Conflict("deleting", "The destination is being deleted", $"'{destination.Name}' is removing everyone it added.");
        }

        var now = time.GetUtcNow();
        if (destination.NotBefore > now && !dryRun && purpose is not RunPurpose.CleanUp)
        {
            return Refusal.Conflict(
                "not_launched", "The campaign is not launched yet", $"'{destination.Name}' sends nothing before {Timestamps.Format(destination.NotBefore.Value)}. A dry run shows what it would send.");
        }

        var runId = NewId.Create("run", time);

        // What a person started belongs to their request; what starts by itself is a trace of its own.
        using var span = trigger is RunTrigger.Manual or RunTrigger.Created or RunTrigger.Entry ? Traces.Start("run.start") : Traces.StartTrace("run.start");
        span.SetTag(SpanTags.Run, runId).SetTag(SpanTags.Destination, destination.Id);
        var lease = await leases.TryAcquireAsync(destination.Id, runId, now, cancellationToken);
        if (lease.RunId != runId)
        {
            return Refusal.Conflict(
                "run_active", "A run is active", $"'{destination.Name}' runs already: {lease.RunId}. Wait for it, or cancel it.", new JsonObject { ["runId"] = lease.RunId });
        }

        var run = await runs.CreateAsync(
            new()
            {
                Id = runId,
                DestinationId = destination.Id,
                Trigger = trigger,
                Mode = mode,
                Purpose = purpose,
                DryRun = dryRun,
                Status = RunStatus.Queued,
                Phase = RunPhase.Upserts,
                TopErrors = [],
                AsOf = (asOf ?? now).ToUniversalTime(),
                Generation = NewId.Create("gen", time),
                Fence = lease.Fence,
                Trace = span.Id,
                StartedAt = now,
                TouchedAt = now,
            },
            cancellationToken);
        await queue.SendAsync(new(runId, RunStep.Begin) { TraceParent = run.Trace }, TimeSpan.Zero, cancellationToken);
        return run;
    }

    public async Task StartFirstAsync(Destination destination, CancellationToken cancellationToken)
    {
        await ScheduleNextAsync(destination, cancellationToken);
        await StartAsync(destination, RunTrigger.Created, RunMode.Incremental, RunPurpose.Sync, dryRun: false, asOf: null, cancellationToken);
    }

    public async Task CancelActiveAsync(string destinationId, CancellationToken cancellationToken)
    {
        var lease = await leases.ReadAsync(destinationId, cancellationToken);
        if (lease.RunId is { } runId)
        {
            await RequestCancelAsync(runId, cancellationToken);
        }
    }

    public async Task RunSoonAsync(Destination destination, CancellationToken cancellationToken)
    {
        var started = await StartAsync(destination, RunTrigger.Entry, RunMode.Incremental, RunPurpose.Sync, dryRun: false, asOf: null, cancellationToken);
        if (started is Result<Run>.Refused({ Code: "run_active" }))
        {
            await leases.RequestAgainAsync(destination.Id, cancellationToken);
        }
    }

    public async Task<Result<string>> StartCleanUpAsync(Destination destination, CancellationToken cancellationToken)
    {
        // Due from this moment on: should we be stopped before the run is started, the timer starts it.
        var now = time.GetUtcNow();
        await states.UpdateAsync(destination.Id, state => state with { NextRunAt = now }, cancellationToken);
        await CancelActiveAsync(destination.Id, cancellationToken);
        while (true)
        {
            var started = await StartAsync(destination, RunTrigger.Manual, RunMode.Incremental, RunPurpose.CleanUp, dryRun: false, asOf: null, cancellationToken);
            if (started is Result<Run>.Ok(var run))
            {
                return run.Id;
            }

            // The run that is being cancelled goes first, and the clean-up follows it.
            await leases.RequestAgainAsync(destination.Id, cancellationToken);
            if ((await leases.ReadAsync(destination.Id, cancellationToken)).RunId is { } active)
            {
                return active;
            }
        }
    }

    public async Task ForgetAsync(string destinationId, CancellationToken cancellationToken)
    {
        await rosters.ForgetAsync(destinationId, cancellationToken);
        await ledgers.DeleteAsync(destinationId, cancellationToken);
    }

    /// <summary>Starts what was asked for while another run was active: first the removal of people who are being erased.</summary>
    public async Task StartNextAsync(string destinationId, NextRuns next, CancellationToken cancellationToken)
    {
        if (await destinations.GetAsync(destinationId, cancellationToken) is not { } destination)
        {
            return;
        }

        if (next.Erase && await StartErasureAsync(destination, cancellationToken))
        {
            if (next.Again)
            {
                await leases.RequestAgainAsync(destinationId, cancellationToken);
            }
        }
        else if (next.Again)
        {
            await ScheduleNextAsync(destination, cancellationToken);
            var purpose = destination.Deleting ? RunPurpose.CleanUp : RunPurpose.Sync;
            await StartAsync(destination, RunTrigger.Again, RunMode.Incremental, purpose, dryRun: false, asOf: null, cancellationToken);
        }
    }

    /// <summary>Starts a run that removes people who are being erased.</summary>
    /// <returns>False when another run is active, or the destination is being deleted.</returns>
    public async Task<bool> StartErasureAsync(Destination destination, CancellationToken cancellationToken) =>
        await StartAsync(destination, RunTrigger.Erasure, RunMode.Incremental, RunPurpose.Erasure, dryRun: false, asOf: null, cancellationToken) is Result<Run>.Ok;

    /// <summary>Starts the scheduled run, or notes that one is wanted when another is active.</summary>
    public async Task StartDueAsync(Destination destination, CancellationToken cancellationToken)
    {
        await ScheduleNextAsync(destination, cancellationToken);
        var purpose = destination.Deleting ? RunPurpose.CleanUp : RunPurpose.Sync;
        var started = await StartAsync(destination, RunTrigger.Schedule, RunMode.Incremental, purpose, dryRun: false, asOf: null, cancellationToken);
        if (started is Result<Run>.Refused({ Code: "run_active" }) && !destination.Schedule.Once)
        {
            await leases.RequestAgainAsync(destination.Id, cancellationToken);
        }
    }

    /// <summary>Asks a run to stop: no new batch is sent. Null when there is no such run, false when it has finished.</summary>
    public async Task<bool?> RequestCancelAsync(string runId, CancellationToken cancellationToken)
    {
        while (await runs.FindAsync(runId, cancellationToken) is { } run)
        {
            if (!run.Status.IsActive())
            {
                return false;
            }

            if (run.CancelRequested || await runs.ReplaceAsync(run with { CancelRequested = true }, cancellationToken) is not null)
            {
                return true;
            }
        }

        return null;
    }

    /// <summary>A destination that runs once stays due until its run has ended: <see cref="RunFinisher"/> sees to that.</summary>
    private async Task ScheduleNextAsync(Destination destination, CancellationToken cancellationToken)
    {
        if (!destination.Schedule.Once)
        {
            await states.UpdateAsync(destination.Id, state => state with { NextRunAt = Schedules.Next(destination.Schedule, time.GetUtcNow()) }, cancellationToken);
        }
    }
}
