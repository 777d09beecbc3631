using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Profiles;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Erasures;

/// <summary>What a finished run did for one person.</summary>
/// <param name="Action">Null when the person is not in its plan.</param>
/// <param name="Outcome">Of a removal that was sent; null when it was not.</param>
internal sealed record ErasureFinding(ErasureAction? Action, RowOutcome? Outcome, int? PlatformStatus);

/// <summary>Reads what became of people from the plan of a run and the outcomes of its batches.</summary>
public sealed class ErasureFindings(IRunStore runs, IBatchOutcomeStore outcomes, IDeliveryRecords records, MemberSearch search)
{
    /// <summary>Calls of a run that are looked at for the platform's last answer.</summary>
    private const int Calls = 50;

    /// <summary>For each of the people; those whom the plan does not name are not in the answer.</summary>
    internal async Task<Dictionary<ErasedPerson, ErasureFinding>> ReadAsync(Run run, ErasedPeople people, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ErasedPerson, ErasureFinding>();
        foreach (var shard in people.All.GroupBy(person => ProfileManifest.ShardOf(person.Key, run.ShardBits)))
        {
            if ((await runs.FindShardAsync(run.Id, RunStage.Plan, shard.Key, cancellationToken))?.Plan is not { } plan)
            {
                continue;
            }

            var among = new ErasedPeople(shard);
            await ReadNotesAsync(plan.Notes, among, found, cancellationToken);
            await ReadRemovalsAsync(run, shard.Key, plan.Removals, among, found, cancellationToken);
        }

        return found;
    }

    private async Task ReadNotesAsync(PlanChain? notes, ErasedPeople people, Dictionary<ErasedPerson, ErasureFinding> found, CancellationToken cancellationToken)
    {
        if (notes is not null)
        {
            await search.ForEachPageAsync(
                notes.Id, people,
                (page, rows) =>
                {
                    foreach (var (row, person) in rows)
                    {
                        if (page.Find(LedgerColumns.Field(ErasureRules.ActionField))?[row] is { Type: CellType.Text } action)
                        {
                            // Of several rows the one counts that leaves most behind.
                            var noted = Enum.Parse<ErasureAction>(action.AsText());
                            found[person] = found.GetValueOrDefault(person) is { Action: { } other } known && Rank(other) > Rank(noted) ? known : new(noted, null, null);
                        }
                    }

                    return Task.CompletedTask;
                },
                cancellationToken);
        }
    }

    private async Task ReadRemovalsAsync(
        Run run, int shard, PlanChain? removals, ErasedPeople people, Dictionary<ErasedPerson, ErasureFinding> found, CancellationToken cancellationToken)
    {
        if (removals is null)
        {
            return;
        }

        var index = await BatchIndex.ReadAsync(runs, run, RunPhase.Removals, cancellationToken);
        await search.ForEachPageAsync(
            removals.Id, people,
            async (page, rows) =>
            {
                var record = await outcomes.FindAsync(run.Id, RunPhase.Removals, shard, page.Number, cancellationToken);
                var fates = record?.Expand(page.Count);
                var status = await StatusAsync(run, index.NumberOf(shard, page.Number), cancellationToken);
                foreach (var (row, person) in rows)
                {
                    // A person who has several rows there is removed when all of them are.
                    if (found.GetValueOrDefault(person) is not { Action: ErasureAction.Send, Outcome: not { Fate: RowFate.Accepted } })
                    {
                        found[person] = new(ErasureAction.Send, fates?[row], status);
                    }
                }
            },
            cancellationToken);
    }

    private static int Rank(ErasureAction action) => action switch
    {
        ErasureAction.CannotRemove => 2,
        ErasureAction.WasRemoved => 1,
        _ => 0,
    };

    /// <summary>HTTP status of the last call that carried the batch, or where it is not kept, of the last call of the run.</summary>
    private async Task<int?> StatusAsync(Run run, int? batch, CancellationToken cancellationToken)
    {
        var filter = new DeliveryRecordFilter(run.DestinationId, run.Id, From: run.StartedAt);
        var calls = (await records.ListAsync(filter, new(Calls, null), withExchanges: false, cancellationToken)).Items;
        return (calls.FirstOrDefault(call => call.Batch == batch && call.Status > 0) ?? calls.FirstOrDefault(call => call.Status > 0))?.Status;
    }
}
