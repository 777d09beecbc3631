using System.Collections.Immutable;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Snapshots;
using AudienceSync.Suppressions;

namespace AudienceSync.Runs;

/// <summary>Makes ready what a run of a destination would work by, without a run: for those who say what one would do.</summary>
public sealed class DestinationSpecs(IConnectionStore connections, ConnectorCatalog connectors, IAttributeCatalog attributes, SuppressionList suppressions, ShardSteps steps, MemberHasher hasher)
{
    /// <param name="members">What the destination's source came to; a refusal stays one.</param>
    internal async Task<Result<DestinationSpec>> OpenAsync(Destination destination, Result<SourceMembers> members, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        await members.ThenAsync<DestinationSpec>(async found =>
        {
            if (found.Query is not null)
            {
                return Refusal.Conflict("source_unread", "Members not known", "Whom its query holds is read by a run.");
            }

            if (await connections.GetAsync(destination.ConnectionId, cancellationToken) is not { } connection || connectors.Find(connection.Type) is not { } connector)
            {
                return Refusal.NotFound("usable connection", destination.ConnectionId);
            }

            // No secret decides what a run would do: they stay closed.
            var opened = new OpenedConnection(connection, connector, new(connection.Id, connection.Settings, ImmutableDictionary<string, string>.Empty));
            destination = await MappingCategories.ExpandAsync(destination, connector.Fields, attributes, cancellationToken);
            var spec = BeginStep.Specify(destination, opened, destination.ToAudienceRef(), found);
            var run = new Run
            {
                Id = "run_none",
                DestinationId = destination.Id,
                Trigger = RunTrigger.Manual,
                Mode = RunMode.Incremental,
                Purpose = destination.Deleting ? RunPurpose.CleanUp : RunPurpose.Sync,
                DryRun = true,
                Status = RunStatus.Planning,
                Phase = RunPhase.Upserts,
                AsOf = asOf,
                Generation = "",
                Fence = 0,
                Spec = spec,
                TopErrors = [],
            };
            var gate = await suppressions.OpenAsync(frozen: null, cancellationToken);
            return new DestinationSpec(run, spec, steps.Request(run, spec.Rules!, gate), connector.Fields, gate, hasher);
        });
}

/// <summary>What a run of a destination would work by.</summary>
/// <param name="Run">As it would stand before its plan; its ledger and fence are still to be filled in.</param>
internal sealed record DestinationSpec(Run Run, RunSpec Spec, SnapshotRequest Request, FieldRules Fields, SuppressionGate Suppressed, MemberHasher Hasher)
{
    private readonly IdentifierSelection _selection = new(Request.Columns);

    /// <summary>Of the given rows of a page of profiles those of which a row can be sent.</summary>
    public RowSet SelectDeliverable(PageReader page, RowSet among) => Request.SelectDeliverable(page, among, _selection, Hasher);
}
