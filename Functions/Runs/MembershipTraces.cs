using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Snapshots;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Says how a profile stands with a destination: the one profile is taken the way that a run takes all of them, snapshot and plan, and each step is told.</summary>
public sealed class MembershipTraces(
    MemberSources sources, DestinationSpecs specs, ILedgerStore ledgers, IRunStore runs, IBatchOutcomeStore outcomes, IPageStore pages, MemberHasher hasher, OperationIds operationIds, TrackingIds trackingIds, TimeProvider time)
{
    internal async Task<DestinationMembership> TraceAsync(Destination destination, TracedProfile profile, CancellationToken cancellationToken)
    {
        var ledger = await ledgers.ReadAsync(destination.Id, cancellationToken);
        var found = await LedgerSearch.FindAsync(pages, ledger, profile.Key, profile.Id, cancellationToken);
        var members = await ReadAsync(found, cancellationToken);
        var last = await new LastDeliveries(runs, outcomes, pages).FindAsync(destination.Id, profile.Key, profile.Id, cancellationToken);
        var trace = new DestinationMembership
        {
            Id = destination.Id,
            Key = destination.Key,
            Name = destination.Name,
            Mode = destination.Mode,
            Enabled = destination.Enabled,
            Source = destination.Source,
            InSource = null,
            Gates = [],
            StoppedAt = null,
            Deliverable = false,
            Ledger = members.IsEmpty ? null : Show(members[0], destination, profile, payloads: null),
            Planned = new(PlanWords.None, "Whom the destination would take cannot be told."),
            LastDelivery = last is var (run, row) ? new(run.Id, run.FinishedAt ?? run.TouchedAt, row.Operation, row.Outcome, row.Code, row.Detail, row.Attempts) : null,
        };
        switch (await specs.OpenAsync(destination, await sources.ResolveAsync(destination, cancellationToken), profile.AsOf, cancellationToken))
        {
            case Result<DestinationSpec>.Ok(var spec):
                return await TraceAsync(trace, destination, profile, spec, ledger, found, members, cancellationToken);
            case Result<DestinationSpec>.Refused(var refusal):
                return trace with { Problem = refusal.Detail ?? refusal.Faults.FirstOrDefault()?.Detail ?? refusal.Title };
            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    private async Task<DestinationMembership> TraceAsync(
        DestinationMembership trace, Destination destination, TracedProfile profile, DestinationSpec open, LedgerManifest ledger, ImmutableArray<(ulong RowHash, Row Row)> found,
        ImmutableArray<LedgerRow> members, CancellationToken cancellationToken)
    {
        var (spec, request, page) = (open.Spec, open.Request, SinglePage.Of(profile.Row));
        var run = open.Run with { Fence = ledger.Fence + 1, LedgerVersion = ledger.Version };
        var isMember = !request.Rule.Select(page).IsEmpty;
        var gates = await new GateTraces(open, trackingIds).ReadAsync(profile, page, cancellationToken);
        var standing = new ProfileStanding(isMember, isMember ? gates.FirstOrDefault(gate => !gate.Passed)?.Name : null, ledger.Version == 0);
        var mapping = spec.CompileMapping(trackingIds, profile.AsOf);
        var payloads = mapping.RowsOf(profile.Row, hasher).ToDictionary(
            row => row[ProfileColumns.Id].AsText(), row => hasher.Payload(mapping.Hashed(mapping.Render(row))), StringComparer.Ordinal);
        ImmutableArray<LedgerStanding> standings = [.. members.Select(member => Show(member, destination, profile, payloads))];
        return trace with
        {
            InSource = isMember,
            Trace = destination.Source is DestinationSource.OfSegment ? null : await profile.TraceAsync(spec.Rules!, "", cancellationToken),
            Gates = gates,
            StoppedAt = standing.StoppedAt,
            Deliverable = standing.IsDeliverable,
            Ledger = standings.FirstOrDefault(),
            LedgerRows = standings.Length > 1 ? standings : default,
            Planned = !destination.Enabled && !destination.Deleting
                ? new(PlanWords.None, "The destination is disabled: it keeps what it holds and sends nothing.")
                : PlanWords.Of(await PlanAsync(run, request, profile, ledger, found, cancellationToken), standing, members.FirstOrDefault(), spec),
        };
    }

    /// <summary>The plan of a run that there is this one profile for.</summary>
    private async Task<PlanShard> PlanAsync(
        Run run, SnapshotRequest request, TracedProfile profile, LedgerManifest ledger, ImmutableArray<(ulong RowHash, Row Row)> found, CancellationToken cancellationToken)
    {
        var scratch = new ScratchPages();
        var profiles = await WriteAsync(scratch, profile.Key, [(hasher.Row(profile.Row), profile.Row)], cancellationToken);
        var accepted = await WriteAsync(scratch, profile.Key, found, cancellationToken);
        var generation = run.Purpose is RunPurpose.CleanUp ? null : (await new SnapshotWriter(scratch, hasher, time).WriteAsync(profiles, request, cancellationToken)).Chain;
        return await new ShardPlanner(scratch, hasher, operationIds, trackingIds, time).PlanAsync(
            run, shard: 0, generation, ledger with { ShardBits = 0, Shards = [new(accepted, 0, 0, 0, 0)] }, cancellationToken);
    }

    private async Task<string?> WriteAsync(ScratchPages scratch, ulong key, ImmutableArray<(ulong RowHash, Row Row)> rows, CancellationToken cancellationToken)
    {
        var writer = new ChainWriter(scratch, NewId.Create("pg", time));
        foreach (var (rowHash, row) in rows)
        {
            await writer.AppendAsync(key, rowHash, row, cancellationToken);
        }

        return await writer.CompleteAsync(cancellationToken);
    }

    private async Task<ImmutableArray<LedgerRow>> ReadAsync(ImmutableArray<(ulong RowHash, Row Row)> stored, CancellationToken cancellationToken)
    {
        var scratch = new ScratchPages();
        return await WriteAsync(scratch, 0, stored, cancellationToken) is { } chain && await scratch.ReadPageAsync(chain, 0, cancellationToken) is var page
            ? [.. Enumerable.Range(0, page.Count).Select(row => LedgerRow.Read(new(page, row)))]
            : [];
    }

    /// <param name="payloads">Hashes of what the mapping makes of the profile's rows now; null when that cannot be told.</param>
    private static LedgerStanding Show(LedgerRow member, Destination destination, TracedProfile profile, IReadOnlyDictionary<string, ulong>? payloads)
    {
        var sources = destination.Mapping.Where(entry => entry.From is not null).ToDictionary(entry => entry.To, entry => entry.From!, StringComparer.Ordinal);
        return new(
            RunNames.Of(member.Status),
            member.OnList,
            member.Keys.ToDictionary(
                key => key.Key, key => MemberViews.Show(sources.GetValueOrDefault(key.Key) ?? key.Key, key.Value, profile.IsUnmasked), StringComparer.Ordinal),
            payloads is null || member.Payload == 0 ? null : payloads.TryGetValue(member.Id, out var payload) && member.Payload == payload,
            member.Attempts,
            member.Code,
            member.Detail,
            RunNames.Of(member.Operation),
            member.MappingVersion,
            member.MappingVersion == destination.MappingVersion);
    }
}

/// <summary>The profile that is asked about, as it is now.</summary>
/// <param name="Row">As it stands in the profile store.</param>
internal sealed record TracedProfile(string Id, ulong Key, Row Row, IReadOnlyDictionary<string, Consent> Consents, DateTimeOffset AsOf, bool IsUnmasked)
{
    /// <param name="rule">With all references put in their place.</param>
    public Task<RuleTrace> TraceAsync(RuleNode rule, string pointer, CancellationToken cancellationToken) =>
        new RuleTracer(Row, AsOf, (_, _) => Task.FromResult<Segment?>(null), IsUnmasked).TraceAsync(rule, pointer, cancellationToken);
}
