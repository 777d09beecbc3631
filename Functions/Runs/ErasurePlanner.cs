using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Plans the removal of people under erasure from one shard, and of nobody else: only the ledger pages that may hold them are read.</summary>
/// <remarks>They go by the match keys last accepted. For whom nothing is to be sent the ledger is told to forget them, and the plan says why.</remarks>
public sealed class ErasurePlanner(IPageStore pages, OperationIds operationIds, PersonHashes hashes, TimeProvider time)
{
    public async Task<PlanShard> PlanAsync(Run run, int shard, ImmutableArray<ErasedMember> erased, LedgerManifest ledger, CancellationToken cancellationToken)
    {
        var range = KeyRange.OfShard(shard, run.ShardBits);
        var spec = run.Spec!;
        var removals = Chain(spec.RemovalsPerBatch is > 0 and var most ? most : spec.RowsPerBatch);
        var notes = Chain(10_000);
        var planned = default(OperationCounts);
        foreach (var key in erased.Select(member => member.Key).Where(range.Contains).Distinct().Order())
        {
            foreach (var (row, member) in await FindAsync(ledger, key, erased, cancellationToken))
            {
                var action = ErasureRules.Judge(member, spec);
                if (action is ErasureAction.Send)
                {
                    await AppendAsync(removals, row, Removal(run, member), cancellationToken);
                    planned += OperationCounts.Of(DeliveryOperation.Remove);
                }
                else
                {
                    var why = new Row { [ErasureRules.ActionField] = Cell.Of(action.ToString()) };
                    await AppendAsync(notes, row, new() { Id = member.Id, Note = 0, Fields = why }, cancellationToken);
                }
            }
        }

        return new() { Removals = await SealAsync(removals, cancellationToken), Notes = await SealAsync(notes, cancellationToken), Planned = planned };
    }

    /// <summary>Of the members of that key those under erasure, in order of their ids.</summary>
    private async Task<List<(RowRef Row, LedgerRow Member)>> FindAsync(
        LedgerManifest ledger, ulong key, ImmutableArray<ErasedMember> erased, CancellationToken cancellationToken)
    {
        var people = erased.Where(member => member.Key == key).Select(member => member.Person).ToHashSet(StringComparer.Ordinal);
        var found = new List<(RowRef, LedgerRow)>();
        await foreach (var page in LedgerPages.ReadAsync(pages, ledger, new(key, key), cancellationToken))
        {
            for (var index = 0; index < page.Count; index++)
            {
                var row = new RowRef(page, index);
                if (row.Key == key && people.Contains(hashes.Of(RowIds.ProfileOf(row[LedgerColumns.Id].AsText()))))
                {
                    found.Add((row, LedgerRow.Read(row)));
                }
            }
        }

        return found;
    }

    /// <summary>A removal of unknown fate is tried again as the same operation; any other is a new one.</summary>
    private BatchRow Removal(Run run, LedgerRow member)
    {
        var cycle = member is { Status: LedgerStatus.Uncertain, Operation: DeliveryOperation.Remove, Payload: 0 } ? member.Cycle : run.Fence;
        return new()
        {
            Id = member.Id,
            Operation = DeliveryOperation.Remove,
            Cycle = cycle,
            OperationId = operationIds.Of(run.DestinationId, member.Id, DeliveryOperation.Remove, payload: 0, cycle),
            RemoteId = member.RemoteId,
            Fields = member.Keys,
        };
    }

    private ChainWriter Chain(int maxRows) => new(pages, NewId.Create("pg", time), maxRows);

    private static async Task AppendAsync(ChainWriter chain, RowRef source, BatchRow row, CancellationToken cancellationToken) =>
        await chain.AppendAsync(source.Key, rowHash: 0, BatchRows.Write(row), cancellationToken);

    private static async Task<PlanChain?> SealAsync(ChainWriter writer, CancellationToken cancellationToken) =>
        await writer.CompleteAsync(cancellationToken) is { } chain ? new(chain, writer.PageCount, writer.RowCount) : null;
}
