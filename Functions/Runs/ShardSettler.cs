using System.Collections.Frozen;
using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Writes one shard of the new ledger: the old one with what became of the plan.</summary>
/// <remarks>A shard that nothing was planned for keeps its pages. Repeatable: each call writes a chain of its own, and the manifest names the one that counts.</remarks>
public sealed class ShardSettler(IPageStore pages, IBatchOutcomeStore outcomes, TimeProvider time)
{
    private static readonly ImmutableArray<RunPhase> Phases = [RunPhase.Upserts, RunPhase.Updates, RunPhase.Removals, RunPhase.Readds];

    public async Task<SettleShard> SettleAsync(Run run, int shard, PlanShard plan, LedgerManifest ledger, CancellationToken cancellationToken)
    {
        var isPlanned = plan.Notes is not null || Phases.Any(phase => plan.Of(phase) is not null);
        if (!isPlanned && ledger.Version > 0 && ledger.ShardBits == run.ShardBits)
        {
            var kept = ledger.Shards[shard];
            return new(kept.Chain, kept.Rows, kept.Accepted, kept.Uncertain, kept.Quarantined, default, default, default, [], kept.Expanded);
        }

        var range = KeyRange.OfShard(shard, run.ShardBits);
        var records = await ReadOutcomesAsync(run, shard, cancellationToken);
        var chains = Phases.Select(phase => plan.Of(phase)).Append(plan.Notes)
            .Select(chain => chain is null ? AsyncEnumerable.Empty<PageReader>() : pages.ReadAsync(chain.Id, KeyRange.All, PageParts.Whole, cancellationToken));
        List<IAsyncEnumerable<PageReader>> sources = [LedgerPages.ReadAsync(pages, ledger, range, cancellationToken), .. chains];

        ImmutableArray<string> identifiers = [.. run.Spec!.Mapping.Where(entry => entry.Identifier).Select(entry => entry.To)];
        var tally = new Tally(run, identifiers, records);
        var chain = new ChainWriter(pages, NewId.Create("pg", time));
        using var writer = new LedgerWriter(chain, identifiers, run.Spec.MappingVersion);
        await foreach (var group in GroupMerge.ByMemberAsync(sources, cancellationToken))
        {
            var key = group.First(row => row is not null)!.Value.Key;
            if (!range.Contains(key))
            {
                continue;
            }

            if (tally.TryKeep(group))
            {
                await writer.KeepAsync(group[0]!.Value, cancellationToken);
            }
            else if (tally.TryTake(group))
            {
                await writer.TakeAsync(group[Tally.Upsert]!.Value, cancellationToken);
            }
            else if (tally.Settle(group) is ({ } member, var rowHash))
            {
                await writer.AppendAsync(key, rowHash, member, cancellationToken);
            }
        }

        return tally.Result(await writer.CompleteAsync(cancellationToken), chain.RowCount);
    }

    private async Task<Dictionary<(RunPhase, int), BatchRecord>> ReadOutcomesAsync(Run run, int shard, CancellationToken cancellationToken)
    {
        var records = new Dictionary<(RunPhase, int), BatchRecord>();
        foreach (var phase in Phases)
        {
            await foreach (var record in outcomes.ReadAsync(run.Id, phase, shard, cancellationToken))
            {
                records[(phase, record.Page)] = record;
            }
        }

        return records;
    }

    private sealed class Tally(Run run, ImmutableArray<string> identifiers, Dictionary<(RunPhase, int), BatchRecord> records)
    {
        /// <summary>Places in a group.</summary>
        public static readonly int Upsert = 1 + Phases.IndexOf(RunPhase.Upserts);
        private static readonly int Removal = 1 + Phases.IndexOf(RunPhase.Removals);

        private static readonly RowOutcome Unpublished = new(RowFate.Retryable, "not_published", "The files of the run were not published.");
        private static readonly RowOutcome MaybePublished = new(RowFate.Uncertain, "publication_unknown", "No answer said whether the files of the run were published.");
        private readonly FrozenSet<string> _columns = BatchRows.ColumnsOf(identifiers);
        private readonly (PageReader? Page, RowOutcome?[] Outcomes)[] _expanded = new (PageReader?, RowOutcome?[])[1 + Phases.Length]; // of the page at hand of each source
        private readonly Dictionary<(string Code, bool Retryable), (string? Detail, long Count)> _errors = [];
        private OperationCounts _delivered;
        private OperationCounts _rejected;
        private OperationCounts _carriedOver;
        private long _accepted;
        private long _uncertain;
        private long _quarantined;
        private bool _isExpanded;

        /// <summary>Whoever is erased is no member of any ledger any more, also where members are those who were taken off.</summary>
        private DestinationMode Mode => run.Purpose is RunPurpose.Erasure ? DestinationMode.Mirror : run.Spec!.Mode;

        /// <summary>Whether nothing was planned for a member: then its row of the ledger stays as it is.</summary>
        /// <param name="group">The member's rows: ledger, upsert, update, removal, readd, note.</param>
        public bool TryKeep(RowRef?[] group)
        {
            if (group[0] is not { } held || !IsAlone(group, 0))
            {
                return false;
            }

            var status = (LedgerStatus)held[LedgerColumns.Status].AsInteger();
            Count(status, status is LedgerStatus.Accepted && held[LedgerColumns.OnList] is { IsAbsent: false } onList && onList.AsBoolean(), held);
            return true;
        }

        /// <summary>Whether all there is of a member is an add that the platform took, without an id of its own.</summary>
        public bool TryTake(RowRef?[] group)
        {
            if (group[Upsert] is not { } sent || !IsAlone(group, Upsert) || !IsAdd(sent) || OutcomeOf(Upsert, sent) is not { Fate: RowFate.Accepted, RemoteId: null })
            {
                return false;
            }

            _delivered += OperationCounts.Of(DeliveryOperation.Add);
            Count(LedgerStatus.Accepted, isOnList: true, sent);
            return true;
        }

        /// <param name="group">As of <see cref="TryKeep"/>.</param>
        public (LedgerRow? Member, ulong RowHash) Settle(RowRef?[] group)
        {
            var member = group[0] is { } known ? LedgerRow.Read(known) : null;
            var rowHash = group[0]?.RowHash ?? 0;
            for (var source = 1; source <= Phases.Length; source++)
            {
                if (group[source] is not { } planned)
                {
                    continue;
                }

                // Of a removal all fields are keys, perhaps of an earlier mapping.
                var sent = BatchRows.Read(planned, source == Removal ? null : _columns);
                var (outcome, isDoubted) = (OutcomeOf(source, planned), IsDoubted(source, planned));
                Count(sent.Operation!.Value, outcome);
                var isReadd = Phases[source - 1] is RunPhase.Readds && member is not null;
                if (isReadd && group[Removal] is not null)
                {
                    // Still there under the old key, for all we know: the ledger keeps that key until its removal is taken.
                    continue;
                }

                var after = LedgerTransition.Apply(member, sent, outcome, isDoubted, Mode, run.Spec!.MappingVersion, identifiers);
                if (!ReferenceEquals(after, member))
                {
                    // Only a settled row may be skipped by its hash next time.
                    rowHash = after?.Status is LedgerStatus.Accepted or LedgerStatus.Quarantined ? planned.RowHash : 0;
                }
                else if (after is { OnList: true } && isReadd)
                {
                    // The removal of another row of the profile may have taken it off the list.
                    (after, rowHash) = (LedgerTransition.Doubt(after, sent), 0);
                }
                else if (after is not null && (run.Mode is RunMode.Full || run.Purpose is RunPurpose.Retry))
                {
                    (after, rowHash) = (LedgerTransition.Owe(after), 0);
                }

                member = after;
            }

            if (group[^1] is { } note)
            {
                member = LedgerTransition.Note(member, BatchRows.Read(note), run.Spec!.Mode, run.Spec.MappingVersion);
                rowHash = note.RowHash;
            }

            _isExpanded |= member is not null && RowIds.IsOfSeveral(member.Id);
            _accepted += member is { Status: LedgerStatus.Accepted, OnList: true } ? 1 : 0;
            _uncertain += member?.Status is LedgerStatus.Uncertain ? 1 : 0;
            _quarantined += member?.Status is LedgerStatus.Quarantined ? 1 : 0;
            return (member, rowHash);
        }

        public SettleShard Result(string? chain, long rows) => new(
            chain, rows, _accepted, _uncertain, _quarantined, _delivered, _rejected, _carriedOver,
            [.. _errors.Select(error => new RunError(error.Key.Code, error.Value.Detail, error.Value.Count, error.Key.Retryable))], _isExpanded);

        private static bool IsAlone(RowRef?[] group, int source)
        {
            for (var other = 0; other < group.Length; other++)
            {
                if (other != source && group[other] is not null)
                {
                    return false;
                }
            }

            return true;
        }

        /// <summary>Of a member who was erased nothing is left to copy.</summary>
        private static bool IsAdd(RowRef sent) => sent[LedgerColumns.Operation].AsInteger() == (long)DeliveryOperation.Add && sent[LedgerColumns.Id] is { IsAbsent: false };

        private void Count(LedgerStatus status, bool isOnList, RowRef row)
        {
            _accepted += status is LedgerStatus.Accepted && isOnList ? 1 : 0;
            _uncertain += status is LedgerStatus.Uncertain ? 1 : 0;
            _quarantined += status is LedgerStatus.Quarantined ? 1 : 0;
            _isExpanded |= row.Page.Find(LedgerColumns.Id)!.TextAt(row.Index, out var id) && RowIds.IsOfSeveral(id);
        }

        /// <summary>Full files hold everyone: they answer for each planned row at once.</summary>
        private RowOutcome? OutcomeOf(int source, RowRef planned) =>
            Published(run.Spec!.FullFiles ? RowOutcome.Accepted : Expand(source, planned.Page)[planned.Index]);

        private bool IsDoubted(int source, RowRef planned) => !run.Spec!.FullFiles && RecordOf(source, planned.Page)?.IsDoubted(planned.Index) is true;

        private BatchRecord? RecordOf(int source, PageReader page) => records.GetValueOrDefault((Phases[source - 1], page.Number));

        /// <summary>Nothing in the files is true before they count.</summary>
        private RowOutcome? Published(RowOutcome? outcome) => !run.Unpublished || outcome is not { Fate: RowFate.Accepted or RowFate.Uncertain } ? outcome
            : run.MayBePublished ? MaybePublished
            : Unpublished;

        private RowOutcome?[] Expand(int source, PageReader page)
        {
            if (!ReferenceEquals(_expanded[source].Page, page))
            {
                _expanded[source] = (page, RecordOf(source, page)?.Expand(page.Count) ?? new RowOutcome?[page.Count]);
            }

            return _expanded[source].Outcomes;
        }

        private void Count(DeliveryOperation operation, RowOutcome? outcome)
        {
            var one = OperationCounts.Of(operation);
            switch (outcome?.Fate)
            {
                case RowFate.Accepted:
                    _delivered += one;
                    return;
                case RowFate.Rejected:
                    _rejected += one;
                    break;
                default:
                    _carriedOver += one;
                    break;
            }

            if (outcome?.Code is { } code)
            {
                var at = (code, outcome.Fate is not RowFate.Rejected);
                _errors[at] = (_errors.GetValueOrDefault(at).Detail ?? outcome.Detail, _errors.GetValueOrDefault(at).Count + 1);
            }
        }
    }
}
