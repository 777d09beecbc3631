using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Runs;

namespace AudienceSync.Erasures;

/// <summary>Takes people off every destination that may have them, by runs of their own, and writes a receipt for each.</summary>
/// <remarks>
/// A destination is asked once no run that could still bring the person there is under way. Whom its ledger does not know was never there. For the others a run
/// starts at once, or right after the one that is active; a held plan, which is of a time before, gives way and is made anew. What a platform did not take is
/// tried again, ever more seldom. Everything may be repeated.
/// </remarks>
public sealed class ErasureRemoval(
    IDestinationStore destinations, ConnectionService connections, IConnectionStore connectionStore, ConnectorCatalog connectors, AudienceResolver audiences, IRunStore runs,
    IRunLeases leases, ILedgerStore ledgers, RunStarter starter, RunFlow flow, ErasureFindings findings, IDeliveryRecords records, MemberSearch search, ReceiptWords words,
    ErasureOptions options, TimeProvider time)
{
    internal async Task AdvanceAsync(OpenErasures open, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        var all = await destinations.ListAllAsync(cancellationToken).ToListAsync(cancellationToken);
        if (open.All.Where(person => !person.Erasure.IsSurveyed).ToList() is { Count: > 0 } unsurveyed)
        {
            var calls = await records.FindPeopleAsync([.. unsurveyed.Select(person => person.Erasure.Person)], cancellationToken);
            foreach (var person in unsurveyed)
            {
                await SurveyAsync(open, person, all, calls, cancellationToken);
            }
        }

        foreach (var destination in all)
        {
            if (!mayGoOn())
            {
                return;
            }

            await AdvanceAsync(open, destination, cancellationToken);
        }

        var there = all.Select(destination => destination.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var person in open.All)
        {
            foreach (var receipt in person.Erasure.Receipts.Where(receipt => !receipt.IsFinal && !there.Contains(receipt.DestinationId)))
            {
                await SettleAsync(
                    open, person, receipt.DestinationId, receipt.IsKnown ? ErasureOutcome.Unsupported : ErasureOutcome.NeverThere,
                    current => !current.IsKnown ? current : current with
                    {
                        Code = "destination_gone",
                        Detail = ReceiptWords.Gone,
                        Remaining = ReceiptWords.AfterDeletion(words.NameOf(current.Connector), current.AudienceName),
                    },
                    cancellationToken);
            }
        }
    }

    /// <summary>A receipt for every destination there is: one that is made later never had the person.</summary>
    private async Task SurveyAsync(
        OpenErasures open, ErasedPerson person, List<Destination> all, ImmutableArray<TestCall> calls, CancellationToken cancellationToken)
    {
        var receipts = ImmutableArray.CreateBuilder<ErasureReceipt>(all.Count);
        foreach (var destination in all)
        {
            var connection = await connectionStore.GetAsync(destination.ConnectionId, cancellationToken);
            receipts.Add(new()
            {
                DestinationId = destination.Id,
                DestinationName = destination.Name,
                Connector = connection?.Type,
                AudienceName = destination.Audience.Name,
                AudienceId = connection is null ? destination.Audience.ExternalId : (await audiences.KnownAsync(destination, connection, cancellationToken)).ExternalId,
                Outcome = ErasureOutcome.Pending,
                TestedAt = calls.FirstOrDefault(call => call.DestinationId == destination.Id && call.Person == person.Erasure.Person)?.At,
            });
        }

        await open.UpdateAsync(
            person.Erasure.Id, erasure => erasure.IsSurveyed ? erasure : erasure with { Receipts = receipts.ToImmutable(), IsSurveyed = true }, cancellationToken);
    }

    private async Task AdvanceAsync(OpenErasures open, Destination destination, CancellationToken cancellationToken)
    {
        foreach (var group in Waiting(open, destination, running: true).GroupBy(person => person.Erasure.ReceiptOf(destination.Id)!.RunId!, StringComparer.Ordinal))
        {
            await CollectAsync(open, destination, group.Key, new(group), cancellationToken);
        }

        var waiting = new ErasedPeople(Waiting(open, destination, running: false));
        if (waiting.IsEmpty)
        {
            return;
        }

        var lease = await leases.ReadAsync(destination.Id, cancellationToken);
        var ledger = await ledgers.ReadAsync(destination.Id, cancellationToken);
        var known = await FindAsync(ledger, waiting, cancellationToken);
        foreach (var person in known)
        {
            await open.UpdateAsync(person.Erasure.Id, destination.Id, receipt => receipt with { IsKnown = true }, cancellationToken);
        }

        var unknown = waiting.Where(person => !known.Contains(person));
        if (lease.RunId is { } runId)
        {
            await BehindAsync(open, destination, runId, known, unknown, cancellationToken);
            return;
        }

        await SettleUnknownAsync(open, destination, unknown.All, cancellationToken);
        if (known.Count > 0)
        {
            await StartAsync(open, destination, [.. known], cancellationToken);
        }
    }

    private IEnumerable<ErasedPerson> Waiting(OpenErasures open, Destination destination, bool running)
    {
        var now = time.GetUtcNow();
        return open.All.Where(person => person.Erasure.ReceiptOf(destination.Id) is { } receipt && receipt.IsDue(now) && receipt.IsRunning == running);
    }

    private async Task<HashSet<ErasedPerson>> FindAsync(LedgerManifest ledger, ErasedPeople people, CancellationToken cancellationToken)
    {
        var found = new HashSet<ErasedPerson>();
        foreach (var (shard, part) in ledger.Shards.Index())
        {
            if (part.Chain is { } chain)
            {
                found.UnionWith(await search.FindAsync([chain], people.In(Pages.KeyRange.OfShard(shard, ledger.ShardBits)), cancellationToken));
            }
        }

        return found;
    }

    /// <summary>A run is active: what it may still do decides who waits for its end.</summary>
    private async Task BehindAsync(
        OpenErasures open, Destination destination, string runId, HashSet<ErasedPerson> known, ErasedPeople unknown, CancellationToken cancellationToken)
    {
        if (await runs.FindAsync(runId, cancellationToken) is not { } run || run.Purpose is RunPurpose.Erasure)
        {
            return;
        }

        var mayBring = await MayBringAsync(run, unknown, cancellationToken);
        await SettleUnknownAsync(open, destination, [.. unknown.All.Where(person => !mayBring.Contains(person))], cancellationToken);
        if (known.Count == 0 && mayBring.Count == 0)
        {
            return;
        }

        var isOlder = known.Concat(mayBring).Any(person => run.SuppressionVersion < person.Erasure.SuppressionVersion);
        var writesEveryone = await WritesEveryoneAsync(destination, cancellationToken);
        if (!writesEveryone)
        {
            await leases.RequestEraseAsync(destination.Id, cancellationToken);
        }

        if (run.Status is RunStatus.Held && (isOlder || !writesEveryone))
        {
            // Its plan is of a time before the erasure, or in its way. A new one takes its place, and is held for the same reasons.
            await leases.RequestAgainAsync(destination.Id, cancellationToken);
            await starter.RequestCancelAsync(run.Id, cancellationToken);
            await flow.AdvanceAsync(run.Id, requeue: false, cancellationToken);
        }
    }

    /// <summary>Those whom the run may still add: it froze the suppression list before they were on it, and they are in what it has made since.</summary>
    private async Task<HashSet<ErasedPerson>> MayBringAsync(Run run, ErasedPeople people, CancellationToken cancellationToken)
    {
        var before = people.Where(person => run.Spec is not null && run.SuppressionVersion < person.Erasure.SuppressionVersion);
        if (before.IsEmpty || run.Status < RunStatus.Held)
        {
            return [.. before.All];
        }

        return await search.FindAsync(await RunChains.OfAsync(runs, run, cancellationToken), before, cancellationToken);
    }

    private async Task SettleUnknownAsync(OpenErasures open, Destination destination, ImmutableArray<ErasedPerson> unknown, CancellationToken cancellationToken)
    {
        foreach (var person in unknown)
        {
            var present = open[person.Erasure.Id].ReceiptOf(destination.Id)!;
            await SettleAsync(
                open, person, destination.Id,
                present.IsKnown ? ErasureOutcome.Removed : present.TestedAt is null ? ErasureOutcome.NeverThere : ErasureOutcome.Unsupported,
                receipt => present.IsKnown ? receipt with { Detail = ReceiptWords.RemovedWithOthers, Remaining = RemainingOf(destination, receipt) }
                    : present.TestedAt is not null ? receipt with { Detail = ReceiptWords.Tested, Remaining = ReceiptWords.AfterTest(words.NameOf(receipt.Connector)) }
                    : receipt,
                cancellationToken);
        }
    }

    private async Task StartAsync(OpenErasures open, Destination destination, ImmutableArray<ErasedPerson> known, CancellationToken cancellationToken)
    {
        if (destination.Deleting)
        {
            await PostponeAsync(open, destination, known, new("cleaning_up", "The destination is removing everyone it added.", 0, Retryable: true), cancellationToken);
            return;
        }

        if (await connections.OpenAsync(destination.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok)
        {
            await PostponeAsync(open, destination, known, new("connection_unusable", "The connection is gone or its secrets cannot be opened.", 0, Retryable: true), cancellationToken);
            return;
        }

        if (!destination.Enabled || !await WritesEveryoneAsync(destination, cancellationToken))
        {
            await starter.StartErasureAsync(destination, cancellationToken);
            return;
        }

        // Files that hold everyone are written anew by a run like any other: the person is no member any more.
        var started = await starter.StartAsync(
            destination, RunTrigger.Erasure, RunMode.Incremental, RunPurpose.Sync, dryRun: false, asOf: null, cancellationToken);
        if (started is Result<Run>.Ok(var run))
        {
            foreach (var person in known)
            {
                await open.UpdateAsync(
                    person.Erasure.Id, destination.Id,
                    receipt => receipt with { RunId = run.Id, IsRunning = true, Attempts = receipt.Attempts + 1, NextTryAt = null }, cancellationToken);
            }
        }
    }

    /// <summary>Whether a run writes files that hold everyone.</summary>
    private async Task<bool> WritesEveryoneAsync(Destination destination, CancellationToken cancellationToken)
    {
        if (await connections.OpenAsync(destination.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection))
        {
            return false;
        }

        var form = ModeRules.FormOf(destination.Mode, connection.Connector.Capabilities);
        return form is DeliveryForm.File && connection.Connector.CapabilitiesOf(connection.Settings, form).FullFiles;
    }

    /// <summary>Reads what a run came to, once it is over.</summary>
    private async Task CollectAsync(OpenErasures open, Destination destination, string runId, ErasedPeople people, CancellationToken cancellationToken)
    {
        var run = await runs.FindAsync(runId, cancellationToken);
        if (run?.Status.IsActive() is true)
        {
            return;
        }

        var found = run is { Purpose: RunPurpose.Erasure } ? await findings.ReadAsync(run, people, cancellationToken) : [];
        var stillKnown = await FindAsync(await ledgers.ReadAsync(destination.Id, cancellationToken), people, cancellationToken);
        foreach (var person in people.All)
        {
            if (found.GetValueOrDefault(person) is { Action: { } action } finding && Judge(destination, run!, action, finding.Outcome) is { } settled)
            {
                await SettleAsync(open, person, destination.Id, settled.Outcome, receipt => receipt with
                {
                    Detail = settled.Detail,
                    Remaining = settled.Remaining,
                    PlatformStatus = finding.PlatformStatus,
                }, cancellationToken);
            }
            else if (!stillKnown.Contains(person))
            {
                await SettleAsync(
                    open, person, destination.Id, ErasureOutcome.Removed,
                    receipt => receipt with { Detail = ReceiptWords.RemovedWithOthers, Remaining = RemainingOf(destination, receipt) }, cancellationToken);
            }
            else
            {
                await open.UpdateAsync(
                    person.Erasure.Id, destination.Id, receipt => Again(person, receipt, WhyOf(run, found.GetValueOrDefault(person)), found.GetValueOrDefault(person)), cancellationToken);
            }
        }
    }

    /// <summary>What a run's word means for good; null when it must be asked again.</summary>
    private (ErasureOutcome Outcome, string? Detail, string? Remaining)? Judge(Destination destination, Run run, ErasureAction action, RowOutcome? outcome)
    {
        var platform = words.NameOf(run.Spec!.ConnectorType);
        switch (action)
        {
            case ErasureAction.NeverThere:
                return (ErasureOutcome.NeverThere, null, null);
            case ErasureAction.WasRemoved:
                return (ErasureOutcome.Removed, ReceiptWords.WasRemoved, ReceiptWords.Remaining(run.Spec.Form, platform));
            case ErasureAction.CannotRemove:
                return (ErasureOutcome.Unsupported, null, run.Spec.FullFiles
                    ? ReceiptWords.WriteAnew(platform, destination.Audience.Name)
                    : ReceiptWords.ByHand(platform, destination.Audience.Name));
        }

        if (outcome is not { Fate: RowFate.Accepted } || run.Unpublished)
        {
            return null;
        }

        return run.Spec.Form is DeliveryForm.Events
            ? (ErasureOutcome.Unsupported, ReceiptWords.ExitEvent, ReceiptWords.AfterEvents(platform))
            : (ErasureOutcome.Removed, null, ReceiptWords.Remaining(run.Spec.Form, platform));
    }

    private static RunError WhyOf(Run? run, ErasureFinding? finding)
    {
        if (finding?.Outcome is { Fate: not RowFate.Accepted } outcome)
        {
            return new(outcome.Code ?? "not_accepted", outcome.Detail, 1, Retryable: outcome.Fate is not RowFate.Rejected);
        }

        return run?.Stopped ?? run?.TopErrors.FirstOrDefault()
            ?? new(run is null ? "run_gone" : "not_sent", run is null ? null : $"The run ended as {RunNames.Of(run.Status)} before the removal was accepted.", 0, Retryable: true);
    }

    private async Task PostponeAsync(OpenErasures open, Destination destination, ImmutableArray<ErasedPerson> people, RunError why, CancellationToken cancellationToken)
    {
        foreach (var person in people)
        {
            await open.UpdateAsync(
                person.Erasure.Id, destination.Id, receipt => Again(person, receipt with { Attempts = receipt.Attempts + 1 }, why, finding: null), cancellationToken);
        }
    }

    /// <summary>The receipt of a removal that was not accepted: it is tried again, after a wait that doubles.</summary>
    private ErasureReceipt Again(ErasedPerson person, ErasureReceipt receipt, RunError why, ErasureFinding? finding)
    {
        var wait = Math.Min(options.RetryBase.TotalMilliseconds * Math.Pow(2, Math.Min(receipt.Attempts - 1, 30)), options.RetryCap.TotalMilliseconds);
        return receipt with
        {
            Outcome = why.Retryable ? ErasureOutcome.Pending : ErasureOutcome.Failed,
            Code = why.Code,
            Detail = why.Detail is { } detail ? new PersonWords(person.Record.Words).Mask(detail) : null, // platforms name in their words whom they refuse
            At = time.GetUtcNow(),
            PlatformStatus = finding?.PlatformStatus ?? receipt.PlatformStatus,
            IsRunning = false,
            IsKnown = true,
            NextTryAt = time.GetUtcNow() + TimeSpan.FromMilliseconds(wait),
        };
    }

    private Task SettleAsync(
        OpenErasures open, ErasedPerson person, string destinationId, ErasureOutcome outcome, Func<ErasureReceipt, ErasureReceipt> describe, CancellationToken cancellationToken) =>
        open.UpdateAsync(
            person.Erasure.Id, destinationId,
            receipt => receipt.IsFinal
                ? receipt
                : describe(receipt with { Outcome = outcome, Code = null, Detail = null, At = time.GetUtcNow(), IsRunning = false, NextTryAt = null }),
            cancellationToken);

    private string? RemainingOf(Destination destination, ErasureReceipt receipt) =>
        receipt.Connector is { } type && connectors.Find(type) is { } connector
            ? ReceiptWords.Remaining(ModeRules.FormOf(destination.Mode, connector.Capabilities), connector.DisplayName)
            : null;
}
