using System.Collections.Immutable;
using System.Numerics;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Suppressions;

namespace AudienceSync.Runs;

/// <summary>Freezes what a run works on: the destination's settings, the source's rules, the profiles (their inbox folded first), the suppression list and the ledger's version.</summary>
public sealed class BeginStep(
    IRunStore runs, EarlyEnd end, IDestinationStore destinations, ConnectionService connections, MemberSources sources, IProfileShards profiles,
    SuppressionList suppressions, IErasureTargets erasures, IAttributeCatalog attributes, ILedgerStore ledgers, AudienceResolver audiences, TimeProvider time)
{
    /// <returns>Null when the run has begun, or ended; else when to try again.</returns>
    public async Task<TimeSpan?> RunAsync(Run run, CancellationToken cancellationToken)
    {
        if (run.NotBefore is { } notBefore && notBefore > time.GetUtcNow())
        {
            return notBefore - time.GetUtcNow();
        }

        if (await destinations.GetAsync(run.DestinationId, cancellationToken) is not { } destination)
        {
            await end.FailAsync(run, "destination_gone", $"There is no destination '{run.DestinationId}' any more.", cancellationToken);
            return null;
        }

        ImmutableArray<ErasedMember> erased = [];
        if (run.Purpose is RunPurpose.Erasure)
        {
            erased = await erasures.AssignAsync(destination.Id, run.Id, cancellationToken);
            if (erased.IsEmpty)
            {
                await end.EndAsync(run, RunStatus.Skipped, "nobody_to_erase", "Everybody who was to be removed is gone already.", cancellationToken);
                return null;
            }
        }
        else if (!destination.Enabled && run.Purpose is not RunPurpose.CleanUp)
        {
            await end.EndAsync(run, RunStatus.Skipped, "disabled", $"'{destination.Name}' was switched off before the run began.", cancellationToken);
            return null;
        }

        if (await connections.OpenAsync(destination.ConnectionId, cancellationToken) is not Result<OpenedConnection>.Ok(var connection))
        {
            await end.FailAsync(run, "connection_unusable", $"The connection '{destination.ConnectionId}' is gone or its secrets cannot be opened.", cancellationToken);
            return null;
        }

        SourceMembers? members = null;
        if (run.Purpose.WantsMembers())
        {
            switch (await sources.ResolveAsync(destination, cancellationToken))
            {
                case Result<SourceMembers>.Ok(var resolved):
                    members = resolved;
                    break;
                case Result<SourceMembers>.Refused(var refusal):
                    await end.FailAsync(run, UnusableCode(destination.Source), Describe(destination.Source, refusal), cancellationToken);
                    return null;
            }
        }

        var audience = run.DryRun
            ? new(await audiences.KnownAsync(destination, connection.Connection, cancellationToken), null)
            : await audiences.ResolveAsync(destination, connection, mayCreate: run.Purpose.WantsMembers(), cancellationToken);
        if (audience.Failure is { } failure)
        {
            return await end.WaitOrFailAsync(
                run, destination.ConnectionId, $"The audience '{audience.Audience.Name}' could not be found or created", failure, cancellationToken);
        }

        var ledger = await ledgers.ReadAsync(destination.Id, cancellationToken);
        var input = members is null ? Nobody(ledger) with { Erased = erased } : members.Query is null ? await FreezeAsync(cancellationToken) : null;
        input = input is null ? null : await runs.WriteInputAsync(run.Id, input, cancellationToken);

        // Attributes are registered before their values are taken in: those of all that was folded are there.
        destination = await MappingCategories.ExpandAsync(destination, connection.Connector.Fields, attributes, cancellationToken);
        await runs.UpdateAsync(
            run.Id,
            current => current is { Status: RunStatus.Queued, CancelRequested: false }
                ? current with
                {
                    Status = RunStatus.Snapshotting,
                    Spec = Specify(destination, connection, audience.Audience, members) with
                    {
                        SegmentId = members is null ? null : (destination.Source as DestinationSource.OfSegment)?.SegmentId,
                        CampaignId = members is null ? null : (destination.Source as DestinationSource.OfGroup)?.CampaignId,
                        RosterOf = members is null || run.DryRun ? null : destination.Source.ToText(),
                    },
                    ShardBits = input is null ? 0 : BitOperations.Log2((uint)input.Shards.Length),
                    NotBefore = null,
                    LedgerVersion = ledger.Version,
                    SuppressionVersion = input?.Suppressions?.Version ?? 0,
                    TouchedAt = time.GetUtcNow(),
                }
                : null,
            cancellationToken);
        return null;
    }

    /// <summary>Profiles first: whoever comes onto the list until then is on the list that is frozen.</summary>
    private async Task<RunInput> FreezeAsync(CancellationToken cancellationToken) =>
        new((await profiles.FoldAsync(cancellationToken)).Shards) { Suppressions = await suppressions.FreezeAsync(cancellationToken) };

    /// <summary>A clean-up, or an erasure, wants nobody: as many empty shards as the ledger has.</summary>
    private static RunInput Nobody(LedgerManifest ledger) =>
        new([.. Enumerable.Repeat(new ProfileShard(null, 0), 1 << ledger.ShardBits)]);

    /// <summary>The destination's settings as a run works by them.</summary>
    internal static RunSpec Specify(Destination destination, OpenedConnection connection, AudienceRef audience, SourceMembers? members)
    {
        var form = ModeRules.FormOf(destination.Mode, connection.Connector.Capabilities);
        var capabilities = connection.Connector.CapabilitiesOf(connection.Settings, form);
        ImmutableArray<MemberFilter> given = members?.Filters ?? [];
        // Which fields a query gives is known when it is asked: its step goes on from here.
        var (mapping, filters) = members?.Query is null
            ? FilterSpecs.Specify(given, destination.Id, destination.Mapping, connection.Connector.Fields)
            : (destination.Mapping, given);
        return new()
        {
            Rules = members?.Rules,
            Holdout = members?.Holdout,
            Query = members?.Query,
            ConnectionId = destination.ConnectionId,
            ConnectorType = connection.Connector.Type,
            Audience = audience,
            // Of a step's members only that they entered is told, in events too.
            Mode = destination.Source is DestinationSource.OfStep ? DestinationMode.AddOnly : destination.Mode,
            Form = form,
            FirstRun = destination.FirstRun,
            ConsentPurpose = destination.ConsentPurpose,
            Mapping = mapping,
            Filters = filters,
            MappingVersion = destination.MappingVersion,
            Guards = destination.Guards,
            RowsPerBatch = Math.Clamp(capabilities.RowsPerBatch, 1, 10_000),
            RemovalsPerBatch = Math.Clamp(capabilities.RemovalsPerBatch, 0, 10_000),
            Lanes = capabilities.OneCallPerAudience ? 1 : Math.Max(1, capabilities.ConcurrentCalls / Math.Max(1, capabilities.CallsPerBatch)),
            CallsPerSecond = capabilities.CallsPerSecond,
            CallsPerDay = capabilities.CallsPerDay,
            TakesUpdates = form is not DeliveryForm.Membership || capabilities.Operations.Contains(DeliveryOperation.Update),
            TakesRemovals = form is not DeliveryForm.Membership || capabilities.Operations.Contains(DeliveryOperation.Remove),
            MixesOperations = capabilities.MixesOperations,
            FullFiles = form is DeliveryForm.File && capabilities.FullFiles,
        };
    }

    private static string UnusableCode(DestinationSource source) => source is DestinationSource.OfSegment ? "segment_unusable" : "source_unusable";

    private static string Describe(DestinationSource source, Refusal refusal) => source is DestinationSource.OfSegment(var segmentId)
        ? $"The segment '{segmentId}' is gone or refers to one that is."
        : $"Its members cannot be told: {refusal.Detail ?? refusal.Faults.FirstOrDefault()?.Detail ?? refusal.Title}";
}
