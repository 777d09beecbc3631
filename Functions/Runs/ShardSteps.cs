using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Snapshots;
using AudienceSync.Suppressions;

namespace AudienceSync.Runs;

/// <summary>The steps that are cut by shard: snapshot, plan, settle. Each writes its shard's result once; a repeated step finds it and does nothing.</summary>
public sealed class ShardSteps(
    IRunStore runs, ILedgerStore ledgers, Rosters rosters, SnapshotWriter snapshots, SuppressionList suppressions, ShardPlanner planner, RemovalCounter removals,
    ErasurePlanner erasures, ShardSettler settler, ConnectorCatalog connectors, TrackingIds trackingIds)
{
    public async Task SnapshotAsync(Run run, int shard, CancellationToken cancellationToken)
    {
        if (await runs.FindShardAsync(run.Id, RunStage.Snapshot, shard, cancellationToken) is not null)
        {
            return;
        }

        var input = await InputAsync(run, cancellationToken);
        var (isOnRoster, keys) = (run.Spec!.RosterOf is not null, new List<ulong>());
        var result = run.Spec.Rules is { } rules
            ? await snapshots.WriteAsync(
                input.Shards[shard].Chain,
                Request(run, rules, await suppressions.OpenAsync(input.Suppressions ?? SuppressionManifest.Empty, cancellationToken)) with
                {
                    OnMembers = isOnRoster ? Collect : null,
                },
                cancellationToken)
            : new(null, 0, default);
        var roster = isOnRoster ? await rosters.WriteAsync(run, shard, keys, cancellationToken) : null;
        await runs.CompleteShardAsync(
            run.Id, RunStage.Snapshot,
            new() { Shard = shard, Snapshot = new(result.Chain, result.Pages, result.Funnel, roster), Storage = StorageTally.Take() }, cancellationToken);

        void Collect(PageReader page, RowSet members)
        {
            foreach (var row in members.ToArray())
            {
                keys.Add(page.Keys[row]);
            }
        }
    }

    public async Task PlanAsync(Run run, int shard, CancellationToken cancellationToken)
    {
        if (await runs.FindShardAsync(run.Id, RunStage.Plan, shard, cancellationToken) is not null)
        {
            return;
        }

        var snapshot = await runs.FindShardAsync(run.Id, RunStage.Snapshot, shard, cancellationToken)
            ?? throw new InvalidOperationException($"{run.Id} is planned, but its generation has no shard {shard}.");
        var ledger = await ledgers.ReadAsync(run.DestinationId, cancellationToken);
        var plan = run.Purpose is RunPurpose.Erasure
            ? await erasures.PlanAsync(run, shard, (await InputAsync(run, cancellationToken)).Erased ?? [], ledger, cancellationToken)
            : await planner.PlanAsync(run, shard, snapshot.Snapshot!.Chain, ledger, cancellationToken);
        plan = plan with { RemovalReasons = await ReasonsAsync(run, shard, plan, cancellationToken) };
        await runs.CompleteShardAsync(run.Id, RunStage.Plan, new() { Shard = shard, Plan = plan, Storage = StorageTally.Take() }, cancellationToken);
    }

    public async Task SettleAsync(Run run, int shard, CancellationToken cancellationToken)
    {
        if (await runs.FindShardAsync(run.Id, RunStage.Settle, shard, cancellationToken) is not null)
        {
            return;
        }

        var plan = await runs.FindShardAsync(run.Id, RunStage.Plan, shard, cancellationToken)
            ?? throw new InvalidOperationException($"{run.Id} is settled, but its plan has no shard {shard}.");
        var ledger = await ledgers.ReadAsync(run.DestinationId, cancellationToken);
        if (ledger.LastRunId == run.Id)
        {
            // The ledger is written already: settling on top of it would count twice.
            return;
        }

        var settled = await settler.SettleAsync(run, shard, plan.Plan!, ledger, cancellationToken);
        await runs.CompleteShardAsync(run.Id, RunStage.Settle, new() { Shard = shard, Settle = settled, Storage = StorageTally.Take() }, cancellationToken);
    }

    /// <summary>Of a clean-up, and where members are those to be taken off, there is nothing to tell.</summary>
    private async Task<RemovalReasons> ReasonsAsync(Run run, int shard, PlanShard plan, CancellationToken cancellationToken)
    {
        if (run.Purpose is RunPurpose.Erasure)
        {
            return new() { Erased = plan.Planned.Remove };
        }

        if (plan.Removals is not { } chain || plan.Planned.Remove == plan.Rekeyed || run.Spec is not { Rules: { } rules, Mode: not DestinationMode.RemoveOnly })
        {
            return default;
        }

        var input = await InputAsync(run, cancellationToken);
        var gate = await suppressions.OpenAsync(input.Suppressions ?? SuppressionManifest.Empty, cancellationToken);
        return await removals.CountAsync(chain.Id, input.Shards[shard].Chain, Request(run, rules, gate), gate, cancellationToken);
    }

    private async Task<RunInput> InputAsync(Run run, CancellationToken cancellationToken) =>
        await runs.ReadInputAsync(run.Id, cancellationToken) ?? throw new InvalidOperationException($"{run.Id} has no input.");

    /// <summary>What a snapshot selects and keeps.</summary>
    internal SnapshotRequest Request(Run run, RuleNode rules, SuppressionGate suppressed)
    {
        var mapping = run.Spec!.CompileMapping(trackingIds, run.AsOf);
        var fields = connectors.Find(run.Spec.ConnectorType)?.Fields ?? FieldRules.Free;
        // A page of full files is a batch, within the platform's limit.
        var maxRows = run.Spec.FullFiles ? run.Spec.RowsPerBatch : 10_000;
        return new(
            RuleCompiler.Compile(rules, run.AsOf), mapping.Columns, run.Spec.ConsentPurpose, (page, among) => mapping.SelectDeliverable(page, among, fields), maxRows)
        {
            IsIdentifiable = row => mapping.HasRequired(mapping.Render(row), fields),
            Suppressed = suppressed.IsEmpty ? null : suppressed.Select,
            Filtered = FilterSpecs.LeftOut(run.Spec.Filters) is { } leftOut ? RuleCompiler.Compile(leftOut, run.AsOf).Select : null,
            Hidden = HiddenFields.Of(run.Spec.Filters, run.AsOf) is { } hidden ? hidden.Mark : null,
            Holdout = run.Spec.Holdout is { } holdout ? RuleCompiler.Compile(holdout, run.AsOf).Select : null,
        };
    }
}
