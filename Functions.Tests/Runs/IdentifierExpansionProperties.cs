using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>
/// Whole runs over members with several values for their identifiers, under random faults and deaths of workers, on platforms that match by all identifier fields
/// or by any: once the faults are over the list is the union of what each member's values give, and nobody was taken off under keys that were never sent.
/// </summary>
public sealed class IdentifierExpansionProperties
{
    private static readonly RowFate[] Fates = [RowFate.Accepted, RowFate.Accepted, RowFate.Rejected, RowFate.Retryable, RowFate.Uncertain];

    /// <summary>Four blocks of seeds, 1,000 cases in all.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Runs_OverManyValues_ConvergeToTheirUnion(int block)
    {
        var expanded = 0L;
        for (var seed = block * 250; seed < (block + 1) * 250; seed++)
        {
            try
            {
                expanded += await new Case(seed).RunAsync();
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }

        expanded.ShouldBeGreaterThan(300, "the cases meet what they are made for");
    }

    private sealed class Case
    {
        private readonly Random _random;
        private readonly EngineHarness _engine;
        private readonly bool _matchesAny;
        private readonly HashSet<string> _sent = new(StringComparer.Ordinal);
        private readonly Dictionary<string, (string[] Emails, string[] Phones, bool Vip, long Orders)> _people = [];
        private MappingEntry[] _identifiers = [];

        public Case(int seed)
        {
            _random = new(seed);
            _matchesAny = _random.Next(2) == 0;
            var isFile = _random.Next(6) == 0;
            var isMixed = _random.Next(2) == 0;
            _engine = new(seed, card => card with
            {
                RowsPerBatch = _random.Next(1, 6),
                ConcurrentCalls = 1,
                MixesOperations = isMixed || isFile,
                Forms = isFile ? [DeliveryForm.File] : card.Forms,
                FullFiles = isFile && _random.Next(2) == 0,
            });
            _engine.Shards.ShardBits = _random.Next(3);
            _engine.Shards.KeyMask = _random.Next(3) == 0 ? 7UL << 61 : ulong.MaxValue;
            _engine.Delivery.MaxAttempts = _random.Next(1, 4);
            _engine.Platform.ApplyRow = Apply;
            _engine.Platform.OnCallAsync = CheckAsync;
        }

        public async Task<long> RunAsync()
        {
            await ChooseAsync();
            for (var round = _random.Next(2, 5); round > 0; round--)
            {
                Edit();
                if (_random.Next(3) == 0)
                {
                    await ChooseAsync();
                }

                await FaultyRunAsync();
            }

            Heal();
            await _engine.PumpAsync();
            Run? last = null;
            foreach (var purpose in (RunPurpose[])[RunPurpose.Retry, RunPurpose.Sync])
            {
                ShouldAddUp(last = await ApproveAsync(await _engine.RunAsync(purpose: purpose)));
            }

            _engine.Errors.ShouldAllBe(error => error is ScriptedFailureException);
            _engine.Platform.List.ShouldBe(Expected());
            last!.Funnel.Rows.ShouldBe(Expected().Count);
            _engine.Platform.Calls.Clear();
            var silent = await _engine.RunAsync();
            (silent.Status, silent.Planned.Total, _engine.Platform.Calls.Count).ShouldBe((RunStatus.Succeeded, 0, 0));
            return last.Funnel.Expansion;
        }

        private async Task ChooseAsync()
        {
            _identifiers = _random.Next(5) switch
            {
                0 => [Entry("email", IdentifierStrategy.All), Entry("phone", IdentifierStrategy.All)],
                1 => [new() { From = "id", To = "user_id", Identifier = true }, Entry("email", IdentifierStrategy.All)],
                2 => [Entry("email", IdentifierStrategy.First)],
                3 => [Entry("email", IdentifierStrategy.Last), Entry("phone", IdentifierStrategy.All)],
                _ => [Entry("email", IdentifierStrategy.All)],
            };
            await _engine.ChangeAsync(destination => destination with
            {
                Mapping = [.. _identifiers, new() { From = "orders", To = "orders" }],
                MappingVersion = destination.MappingVersion + 1,
            });
        }

        private static MappingEntry Entry(string identifier, IdentifierStrategy strategy) => new() { From = identifier, To = identifier, Identifier = true, Strategy = strategy };

        /// <summary>Addresses are one person's alone.</summary>
        private void Edit()
        {
            for (var edit = _random.Next(1, 8); edit > 0; edit--)
            {
                var id = EngineHarness.Id(_random.Next(8));
                if (_random.Next(8) == 0)
                {
                    _people.Remove(id);
                    _engine.Profiles.Remove(id);
                    continue;
                }

                var person = (Values($"{id}@", 4), Values($"{id}+", 3), _random.Next(4) > 0, (long)_random.Next(2));
                _people[id] = person;
                _engine.PutSeen(id, person.Item1, person.Item2, person.Item3, person.Item4);
            }
        }

        private string[] Values(string prefix, int most) =>
            [.. Enumerable.Range(0, 5).OrderBy(_ => _random.Next()).Take(_random.Next(most)).Select(number => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}"))];

        private SortedDictionary<string, string> Expected()
        {
            var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
            foreach (var (id, (emails, phones, vip, orders)) in _people.Where(person => person.Value.Vip))
            {
                IEnumerable<Row> rows = [new Row()];
                foreach (var entry in _identifiers)
                {
                    string[] values = entry.From switch { "id" => [id], "email" => emails, _ => phones };
                    IEnumerable<string> chosen = entry.From is "id" ? values : entry.Strategy switch
                    {
                        IdentifierStrategy.First => values.Take(1),
                        IdentifierStrategy.Last => values.TakeLast(1),
                        _ => values,
                    };
                    rows = rows.SelectMany(row => chosen.Select(value => Cell.Of(value)).DefaultIfEmpty().Select(value => new Row(row) { [entry.To] = value })).ToList();
                }

                foreach (var row in rows.Where(row => row.Count > 0))
                {
                    expected[Key(row)] = ScriptedConnectorClient.Show(new(row) { ["orders"] = Cell.Of(orders) });
                }
            }

            return expected;
        }

        private static string Key(Row fields) => string.Join('|', new[] { "user_id", "email", "phone" }.Select(name => fields[name]));

        private void Apply(SortedDictionary<string, string> list, DeliveryRow row)
        {
            if (row.Operation is not DeliveryOperation.Remove)
            {
                list[Key(row.Fields)] = ScriptedConnectorClient.Show(row.Fields);
            }
            else if (_matchesAny)
            {
                var values = Key(row.Fields).Split('|').Where(value => value.Length > 0).ToHashSet();
                foreach (var key in list.Keys.Where(key => key.Split('|').Any(values.Contains)).ToList())
                {
                    list.Remove(key);
                }
            }
            else
            {
                list.Remove(Key(row.Fields));
            }
        }

        /// <summary>Whoever is taken off is taken off under keys that were sent for them.</summary>
        private Task CheckAsync(DeliveryBatch batch)
        {
            foreach (var row in batch.Rows)
            {
                var keys = $"{row.ProfileId} {Key(row.Fields)}";
                if (row.Operation is DeliveryOperation.Remove)
                {
                    _sent.ShouldContain(keys);
                }
                else
                {
                    _sent.Add(keys);
                }
            }

            return Task.CompletedTask;
        }

        private async Task FaultyRunAsync()
        {
            _engine.KillChance = _random.Next(2) == 0 ? 0 : _random.NextDouble() * 0.3;
            var share = _random.NextDouble();
            _engine.Platform.Script = _ => _random.NextDouble() < share ? Fault() : Reply.Taken;
            _engine.Platform.PublishScript = () => _random.NextDouble() < share ? Pick(Reply.Http500, Reply.TimeoutAfterApply, Reply.NoConnection) : Reply.Taken;
            var run = await _engine.StartAsync(_random.Next(6) == 0 ? RunMode.Full : RunMode.Incremental, dryRun: _random.Next(10) == 0);
            if (_random.Next(5) == 0)
            {
                var steps = _random.Next(40);
                await _engine.PumpAsync(async () => steps-- <= 0 || await _engine.IsIdleAsync());
                await _engine.Runs.CancelAsync(run.Id, default);
            }

            await _engine.PumpAsync();
            ShouldAddUp(await ApproveAsync(await _engine.GetAsync(run.Id)));
        }

        private Reply Fault() => Pick(
            Reply.Http500, Reply.NoConnection, Reply.ResetAfterApply, Reply.TimeoutAfterApply, Reply.TimeoutBeforeApply,
            new Reply.Throttle(TimeSpan.FromMinutes(_random.Next(1, 90))), new Reply.Misconfigured(), new Reply.Crash(), PerRow(), PerRow());

        private Reply.PerRow PerRow() => new(_ => Pick(Fates) is var fate && fate is RowFate.Accepted ? RowOutcome.Accepted : new(fate, "scripted"), _random.Next(2) == 0);

        private T Pick<T>(params T[] all) => all[_random.Next(all.Length)];

        private void Heal()
        {
            _engine.KillChance = 0;
            _engine.Platform.Script = _ => Reply.Taken;
            _engine.Platform.PublishScript = () => Reply.Taken;
        }

        /// <summary>An emptied segment is always held.</summary>
        private async Task<Run> ApproveAsync(Run run)
        {
            if (run.Status is RunStatus.Held)
            {
                await _engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default);
                await _engine.PumpAsync();
            }

            return await _engine.GetAsync(run.Id);
        }

        private static void ShouldAddUp(Run run)
        {
            run.Status.IsActive().ShouldBeFalse();
            EngineHarness.ShouldAddUp(run);
            if (run.Status is RunStatus.Succeeded or RunStatus.Partial)
            {
                run.Funnel.Rows.ShouldBe(run.Unchanged + run.Planned.Add + run.Planned.Update, run.Id);
            }
        }
    }
}
