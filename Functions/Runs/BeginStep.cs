using System.Numerics;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>Freezes what a run works on: the destination's settings, the segment's rules, the profiles (their inbox folded first) and the ledger's version.</summary>
public sealed class BeginStep(
    IRunStore runs, RunFinisher finisher, IDestinationStore destinations, ConnectionService connections, SegmentService segments, IProfileShards profiles,
    ILedgerStore ledgers, TimeProvider time)
{
    public async Task RunAsync(Run run, CancellationToken cancellationToken)
    {
        if (await destinations.GetAsync(run.DestinationId, cancellationToken) is not { } destination)
        {
            await FailAsync(run, "destination_gone", $"There is no destination '{run.DestinationId}' any more.", cancellationToken);
            return;
        }

        if (await connections.OpenAsync(destination.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection))
        {
            await FailAsync(run, "connection_unusable", $"The connection '{destination.ConnectionId}' is gone or its secrets cannot be opened.", cancellationToken);
            return;
        }

        RuleNode? rules = null;
        if (run.Purpose is not RunPurpose.CleanUp)
        {
            if (await segments.ResolveAsync(destination.SegmentId, cancellationToken) is not Result<RuleNode>.Ok(var resolved))
            {
                await FailAsync(run, "segment_unusable", $"The segment '{destination.SegmentId}' is gone or refers to one that is.", cancellationToken);
                return;
            }

            rules = resolved;
        }

        var ledger = await ledgers.ReadAsync(destination.Id, cancellationToken);
        var input = await runs.WriteInputAsync(
            run.Id, rules is null ? Nobody(ledger) : new((await profiles.FoldAsync(cancellationToken)).Shards), cancellationToken);
        await runs.UpdateAsync(
            run.Id,
            current => current is { Status: RunStatus.Queued, CancelRequested: false }
                ? current with
                {
                    Status = RunStatus.Snapshotting,
                    Spec = Specify(destination, connection, rules),
                    ShardBits = BitOperations.Log2((uint)input.Shards.Length),
                    LedgerVersion = ledger.Version,
                    TouchedAt = time.GetUtcNow(),
                }
                : null,
            cancellationToken);
    }

    /// <summary>A clean-up wants nobody: as many empty shards as the ledger has.</summary>
    private static RunInput Nobody(LedgerManifest ledger) =>
        new([.. Enumerable.Repeat(new ProfileShard(null, 0), 1 << ledger.ShardBits)]);

    private static RunSpec Specify(Destination destination, OpenedConnection connection, RuleNode? rules)
    {
        var form = ModeRules.FormOf(destination.Mode, connection.Connector.Capabilities);
        var capabilities = connection.Connector.CapabilitiesOf(connection.Settings, form);
        return new()
        {
            Rules = rules,
            ConnectionId = destination.ConnectionId,
            ConnectorType = connection.Connector.Type,
            Audience = destination.ToAudienceRef(),
            Mode = destination.Mode,
            Form = form,
            FirstRun = destination.FirstRun,
            ConsentPurpose = destination.ConsentPurpose,
            Mapping = destination.Mapping,
            MappingVersion = destination.MappingVersion,
            Guards = destination.Guards,
            RowsPerBatch = Math.Clamp(capabilities.RowsPerBatch, 1, 10_000),
            RemovalsPerBatch = Math.Clamp(capabilities.RemovalsPerBatch, 0, 10_000),
            Lanes = capabilities.OneCallPerAudience ? 1 : Math.Max(1, capabilities.ConcurrentCalls),
            CallsPerSecond = capabilities.CallsPerSecond,
            TakesUpdates = form is not DeliveryForm.Membership || capabilities.Operations.Contains(DeliveryOperation.Update),
            MixesOperations = capabilities.MixesOperations,
            FullFiles = form is DeliveryForm.File && capabilities.FullFiles,
        };
    }

    private async Task FailAsync(Run run, string code, string detail, CancellationToken cancellationToken)
    {
        Run? current = run;
        while (current is { Status: RunStatus.Queued }
            && !await finisher.FinishAsync(current with { Status = RunStatus.Failed, TopErrors = [new(code, detail, 0, Retryable: false)] }, cancellationToken))
        {
            current = await runs.FindAsync(run.Id, cancellationToken);
        }
    }
}
