using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Plans and ledgers over many runs with random outcomes, against a dictionary that is told the same.</summary>
public sealed class PlanAndSettleProperties
{
    private const string Destination = "dst_1";
    private static readonly MemberHasher Hasher = new("sixteen bytes it"u8.ToArray());

    [Fact]
    public async Task Plans_OverManyRuns_AreWhatTheModelOwes()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            try
            {
                await new Case(seed).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    /// <param name="Extra">A column that no mapping reads: the row differs, its payload does not.</param>
    private sealed record Desired(string Email, long Orders, long Extra)
    {
        public string Payload => $"{Email} {Orders}";
    }

    /// <param name="Seen">The row that a settled member was judged by; null when none was.</param>
    private sealed record Member(LedgerStatus Status, bool OnList, string Email, string Payload, DeliveryOperation Last, Desired? Seen);

    private sealed class Case
    {
        private readonly Random _random;
        private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero));
        private readonly MemoryPageStore _pages = new();
        private readonly MemoryBatchOutcomeStore _outcomes = new();
        private readonly ShardPlanner _planner;
        private readonly ShardSettler _settler;
        private readonly ulong _mask;
        private readonly SortedDictionary<string, Desired> _desired = new(StringComparer.Ordinal);
        private readonly SortedDictionary<string, Member> _model = new(StringComparer.Ordinal);
        private readonly HashSet<string> _everAdded = new(StringComparer.Ordinal);
        private LedgerManifest _ledger = LedgerManifest.Empty(Destination);

        public Case(int seed)
        {
            _random = new(seed);
            _planner = new(_pages, Hasher, new("a secret"u8.ToArray()), new("another"u8.ToArray(), Hasher), _time);
            _settler = new(_pages, _outcomes, _time);
            _mask = _random.Next(2) == 0 ? ulong.MaxValue : 7UL << 61;
        }

        public async Task RunAsync()
        {
            var rounds = _random.Next(3, 7);
            for (var round = 0; round < rounds; round++)
            {
                Edit();
                await RoundAsync(_random.NextDouble());
            }

            // Once everything is taken (what was refused is tried by hand), one run sends the rest and the next has nothing to say.
            await RoundAsync(chanceOfFault: 0, RunPurpose.Retry);
            (await RoundAsync(chanceOfFault: 0)).ShouldBe(0);
            _model.Keys.ShouldBe(_desired.Keys);
            _model.ShouldAllBe(row => row.Value.Status == LedgerStatus.Accepted && row.Value.Payload == _desired[row.Key].Payload);
        }

        private void Edit()
        {
            for (var edit = _random.Next(12); edit > 0; edit--)
            {
                var id = $"m{_random.Next(16)}";
                if (_random.Next(4) == 0)
                {
                    _desired.Remove(id);
                }
                else
                {
                    _desired[id] = new($"{id}-{(_random.Next(4) == 0 ? 1 : 0)}@x", _random.Next(2), _random.Next(2));
                }
            }
        }

        private async Task<long> RoundAsync(double chanceOfFault, RunPurpose purpose = RunPurpose.Sync)
        {
            var run = Create(purpose);
            var shards = new List<SettleShard>();
            var sent = new SortedDictionary<string, string>(StringComparer.Ordinal);
            var next = new SortedDictionary<string, Member>(StringComparer.Ordinal);
            var totals = (Unchanged: 0L, Planned: default(OperationCounts), Counted: default(OperationCounts));
            for (var shard = 0; shard < 1 << run.ShardBits; shard++)
            {
                var range = KeyRange.OfShard(shard, run.ShardBits);
                var plan = await _planner.PlanAsync(run, shard, await WriteAsync(range), _ledger, default);
                totals.Unchanged += plan.Unchanged;
                totals.Planned += plan.Planned;
                var outcomes = await AnswerAsync(run, shard, plan, chanceOfFault, sent);
                var settled = await _settler.SettleAsync(run, shard, plan, _ledger, default);
                settled.Delivered.ShouldBe(Count(outcomes, fate => fate is RowFate.Accepted));
                settled.Rejected.ShouldBe(Count(outcomes, fate => fate is RowFate.Rejected));
                settled.CarriedOver.ShouldBe(Count(outcomes, fate => fate is not (RowFate.Accepted or RowFate.Rejected)));
                totals.Counted += settled.Delivered + settled.Rejected + settled.CarriedOver;
                shards.Add(settled);
                Settle(outcomes, range, purpose, next);
            }

            sent.ShouldBe(Owed(purpose));
            totals.Counted.ShouldBe(totals.Planned);
            (totals.Unchanged + totals.Planned.Add + totals.Planned.Update).ShouldBe(_desired.Count);
            Replace(next);
            _ledger = new(
                Destination, _ledger.Version + 1, run.ShardBits,
                [.. shards.Select(shard => new LedgerShard(shard.Chain, shard.Rows, shard.Accepted, shard.Uncertain, shard.Quarantined))], run.Id, run.Fence);
            await ShouldEqualModelAsync();
            return totals.Planned.Total;
        }

        /// <summary>What the model says is owed: the operations by member.</summary>
        private SortedDictionary<string, string> Owed(RunPurpose purpose)
        {
            var owed = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var id in _desired.Keys.Union(_model.Keys))
            {
                var operation = (_desired.GetValueOrDefault(id), _model.GetValueOrDefault(id)) switch
                {
                    ({ }, null) => "Add",
                    ({ } want, { } have) => OwedTo(want, have, purpose),
                    (null, { OnList: true } have) when have is not { Status: LedgerStatus.Quarantined, Last: DeliveryOperation.Remove } || purpose is RunPurpose.Retry => "Remove",
                    _ => null,
                };
                if (operation is not null)
                {
                    owed[id] = operation;
                }
            }

            return owed;
        }

        private static string? OwedTo(Desired want, Member have, RunPurpose purpose)
        {
            var isRefused = have.Status is LedgerStatus.Quarantined;
            if (have.Status is not LedgerStatus.Uncertain && have.Seen == want && !(isRefused && purpose is RunPurpose.Retry))
            {
                return null;
            }

            var isRekeyed = have.OnList && have.Email != want.Email;
            var isSame = have.Payload == want.Payload && have.Status is not LedgerStatus.Uncertain;
            return isSame && !isRekeyed && !(isRefused && (have.Last is DeliveryOperation.Remove || purpose is RunPurpose.Retry)) ? null
                : isRekeyed ? "Remove Add"
                : have.Status is LedgerStatus.Uncertain ? (have.Last is DeliveryOperation.Update && have.OnList ? "Update" : "Add")
                : have.OnList ? "Update" : "Add";
        }

        /// <summary>Draws an outcome for each planned row and writes the records as a lane would.</summary>
        private async Task<List<(BatchRow Row, RowOutcome? Outcome)>> AnswerAsync(
            Run run, int shard, PlanShard plan, double chanceOfFault, SortedDictionary<string, string> sent)
        {
            var answers = new List<(BatchRow, RowOutcome?)>();
            var removed = new HashSet<string>(StringComparer.Ordinal);
            for (var phase = RunPhase.Upserts; phase <= RunPhase.Readds; phase++)
            {
                if (plan.Of(phase) is not { } chain)
                {
                    continue;
                }

                await foreach (var page in _pages.ReadAsync(chain.Id, KeyRange.All, PageParts.Whole, default))
                {
                    page.Count.ShouldBeLessThanOrEqualTo(run.Spec!.RowsPerBatch);
                    var outcomes = new RowOutcome?[page.Count];
                    for (var index = 0; index < page.Count; index++)
                    {
                        var row = BatchRows.Read(new(page, index));
                        outcomes[index] = phase is RunPhase.Readds && !removed.Contains(row.Id) ? new(RowFate.Retryable, "old_key_not_removed") : Draw(chanceOfFault);
                        if (row.Operation is DeliveryOperation.Remove && outcomes[index]?.Fate is RowFate.Accepted)
                        {
                            removed.Add(row.Id);
                        }

                        if (row.Operation is DeliveryOperation.Remove)
                        {
                            _everAdded.ShouldContain(row.Id);
                        }
                        else if (outcomes[index]?.Fate is RowFate.Accepted or RowFate.Uncertain)
                        {
                            _everAdded.Add(row.Id);
                        }

                        sent[row.Id] = sent.TryGetValue(row.Id, out var before) ? $"{before} {row.Operation}" : $"{row.Operation}";
                        answers.Add((row, outcomes[index]));
                    }

                    await _outcomes.WriteAsync(run.Id, new(phase, shard, page.Number, BatchRecord.Group(outcomes), null, 1), default);
                }
            }

            return answers;
        }

        private RowOutcome? Draw(double chanceOfFault) => _random.NextDouble() >= chanceOfFault ? RowOutcome.Accepted : _random.Next(4) switch
        {
            0 => new(RowFate.Rejected, "no"),
            1 => new(RowFate.Uncertain, "lost"),
            2 => new(RowFate.Retryable, "busy"),
            _ => null,
        };

        /// <summary>The dictionary's own idea of what the answers mean.</summary>
        private void Settle(List<(BatchRow Row, RowOutcome? Outcome)> answers, KeyRange range, RunPurpose purpose, SortedDictionary<string, Member> next)
        {
            foreach (var id in _desired.Keys.Union(_model.Keys).Where(id => range.Contains(Hasher.Key(id) & _mask)).ToList())
            {
                var want = _desired.GetValueOrDefault(id);
                var have = _model.GetValueOrDefault(id);
                var rows = answers.Where(answer => answer.Row.Id == id).ToList();
                if (rows.Count == 0)
                {
                    have = have is null || (want is null && !have.OnList) ? null : want is null ? have : have with { Seen = want, Payload = want.Payload == have.Payload ? want.Payload : have.Payload };
                }

                foreach (var (row, outcome) in rows)
                {
                    have = After(have, row, want, outcome, purpose);
                }

                if (have is not null)
                {
                    next[id] = have;
                }
            }
        }

        private static Member? After(Member? have, BatchRow row, Desired? want, RowOutcome? outcome, RunPurpose purpose)
        {
            var isRemoval = row.Operation is DeliveryOperation.Remove;
            var email = row.Fields["email"].AsText();
            var seen = row.Rekey || !isRemoval ? want : null;
            return outcome?.Fate switch
            {
                RowFate.Accepted when isRemoval => null,
                RowFate.Accepted => new(LedgerStatus.Accepted, true, email, want!.Payload, row.Operation!.Value, seen),
                RowFate.Rejected => new(
                    LedgerStatus.Quarantined, have?.OnList ?? false, have is { OnList: true } ? have.Email : email, isRemoval ? have!.Payload : want!.Payload, row.Operation!.Value, seen),
                RowFate.Uncertain => new(LedgerStatus.Uncertain, true, email, "", row.Operation!.Value, null),
                _ when have is not null && purpose is RunPurpose.Retry => have with { Payload = "", Seen = null },
                _ => have,
            };
        }

        private void Replace(SortedDictionary<string, Member> next)
        {
            _model.Clear();
            foreach (var (id, member) in next)
            {
                _model[id] = member;
            }
        }

        private async Task ShouldEqualModelAsync()
        {
            var found = new SortedDictionary<string, (LedgerStatus, bool, string)>(StringComparer.Ordinal);
            await foreach (var page in LedgerPages.ReadAsync(_pages, _ledger, KeyRange.All, default))
            {
                for (var index = 0; index < page.Count; index++)
                {
                    var row = LedgerRow.Read(new(page, index));
                    found.Add(row.Id, (row.Status, row.OnList, row.Keys["email"].AsText()));
                }
            }

            found.ShouldBe(_model.ToDictionary(row => row.Key, row => (row.Value.Status, row.Value.OnList, row.Value.Email)));
            _ledger.Accepted.ShouldBe(_model.Values.Count(member => member is { Status: LedgerStatus.Accepted, OnList: true }));
            _ledger.Shards.Sum(shard => shard.Quarantined).ShouldBe(_model.Values.Count(member => member.Status is LedgerStatus.Quarantined));
            _ledger.Shards.Sum(shard => shard.Uncertain).ShouldBe(_model.Values.Count(member => member.Status is LedgerStatus.Uncertain));
        }

        private async Task<string?> WriteAsync(KeyRange range)
        {
            var writer = new ChainWriter(_pages, NewId.Create("pg", _time), maxRows: 3);
            foreach (var (key, id) in _desired.Keys.Select(id => (Key: Hasher.Key(id) & _mask, id)).Where(row => range.Contains(row.Key)).OrderBy(row => row.Key).ThenBy(row => row.id, StringComparer.Ordinal))
            {
                var want = _desired[id];
                var row = new Row { ["id"] = Cell.Of(id), ["email"] = Cell.Of(want.Email), ["orders"] = Cell.Of(want.Orders), ["extra"] = Cell.Of(want.Extra) };
                await writer.AppendAsync(key, Hasher.Row(row), row, default);
            }

            return await writer.CompleteAsync(default);
        }

        private Run Create(RunPurpose purpose) => new()
        {
            Id = NewId.Create("run", _time),
            DestinationId = Destination,
            Trigger = RunTrigger.Manual,
            Mode = RunMode.Incremental,
            Purpose = purpose,
            Status = RunStatus.Planning,
            Phase = RunPhase.Upserts,
            TopErrors = [],
            AsOf = _time.GetUtcNow(),
            Generation = "gen_1",
            Fence = _ledger.Fence + 1,
            ShardBits = _random.Next(3),
            LedgerVersion = _ledger.Version,
            Spec = new()
            {
                Rules = null,
                ConnectionId = "con_1",
                ConnectorType = "receiver",
                Audience = new(Destination, "key", "Name", null),
                Mode = DestinationMode.Mirror,
                Form = DeliveryForm.Membership,
                FirstRun = FirstRun.Backfill,
                ConsentPurpose = null,
                Mapping = EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)),
                MappingVersion = 1,
                Guards = new(),
                RowsPerBatch = _random.Next(1, 5),
                Lanes = 1,
                CallsPerSecond = 0,
                TakesUpdates = true,
                MixesOperations = _random.Next(2) == 0,
                FullFiles = false,
            },
        };

        private static OperationCounts Count(List<(BatchRow Row, RowOutcome? Outcome)> answers, Func<RowFate?, bool> counts) => answers
            .Where(answer => counts(answer.Outcome?.Fate))
            .Aggregate(default(OperationCounts), (sum, answer) => sum + OperationCounts.Of(answer.Row.Operation!.Value));
    }
}
