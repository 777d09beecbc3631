using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Runs;

public sealed class FilterTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Drop_SomebodyWhoIsThere_IsRemovedAndComesBack()
    {
        await FilterAsync(Drop(AtLeast(5)));
        _engine.PutMany(10);
        _engine.Put("c-none", vip: false, orders: 9);
        (await _engine.RunAsync()).Funnel.ShouldBe(new(10, 0, 0, 0, 0));

        _engine.Put(EngineHarness.Id(3), orders: 7);
        var run = await _engine.RunAsync();
        (run.Planned, run.Funnel).ShouldBe((new OperationCounts(0, 0, 1), new(10, 0, 0, 0, 0, Filtered: 1)));
        _engine.ShouldHaveList(Enumerable.Range(0, 10).Where(number => number != 3).Select(EngineHarness.Id));
        _engine.Put(EngineHarness.Id(3), orders: 2);
        (await _engine.RunAsync()).Planned.ShouldBe(new(1, 0, 0));

        _engine.ShouldHaveList(Enumerable.Range(0, 10).Select(EngineHarness.Id));
    }

    [Fact]
    public async Task Run_GatesAndFilters_CountsEachMemberOnce()
    {
        await FilterAsync(Drop(AtLeast(5)), new MemberFilter.Sample(0, "s") { When = AtLeast(3) });
        await _engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose, Mapping = EngineHarness.Mapping(("email", "user_id", true)) });
        _engine.Put("c-1", orders: 9, consent: true); // dropped
        _engine.Put("c-2", orders: 3, consent: true); // sampled away
        _engine.Put("c-3", orders: 9, consent: false); // for want of consent, whatever the filter says
        _engine.Put("c-4", orders: 9, consent: true, email: ""); // for want of an identifier
        _engine.Put("c-5", orders: 1, consent: true);
        _engine.Put("c-6", vip: false, orders: 9, consent: true);

        var run = await _engine.RunAsync();

        run.Funnel.ShouldBe(new(5, 1, 0, 0, 1, Filtered: 2));
        EngineHarness.ShouldAddUp(run);
        var summary = RunSummary.Of(run);
        (summary.Funnel.Rows + summary.Leavers).ShouldBe(summary.Unchanged + summary.Unplanned + summary.Planned);
        OverviewNumbers.Of([summary]).Stages.FilteredAtDestination.ShouldBe(2);
        RunView.Of(run).Funnel.FilteredAtDestination.ShouldBe(2);
        _engine.ShouldHaveList("c-5@example.com");
    }

    [Fact]
    public async Task Sample_AsTheSegmentGrowsAndTheShareIsRaised_MovesNobody()
    {
        await FilterAsync(new MemberFilter.Sample(2_500, "spring"));
        _engine.PutMany(400);
        await _engine.RunAsync();
        _engine.ShouldHaveList(Kept(400, "spring", 2_500));

        _engine.PutMany(400, from: 400);
        (await _engine.RunAsync()).Planned.Remove.ShouldBe(0);
        _engine.ShouldHaveList(Kept(800, "spring", 2_500));
        await FilterAsync(new MemberFilter.Sample(5_000, "spring"));
        (await _engine.RunAsync()).Planned.Remove.ShouldBe(0);

        _engine.ShouldHaveList(Kept(800, "spring", 5_000));
    }

    [Fact]
    public async Task Sample_WithoutSalt_DrawsByTheDestinationAndEachFilterForItself()
    {
        await FilterAsync(new MemberFilter.Sample(5_000, null), new MemberFilter.Sample(5_000, null));
        _engine.PutMany(400);

        await _engine.RunAsync();

        _engine.ShouldHaveList(Kept(400, $"{EngineHarness.DestinationId}/sample/1", 5_000).Intersect(Kept(400, $"{EngineHarness.DestinationId}/sample/2", 5_000)));
        _engine.Platform.List.Count.ShouldBeInRange(60, 140);
    }

    [Fact]
    public async Task Fields_ForEveryone_AreOutOfPayloadsAndAChangeOfThemIsSent()
    {
        await FilterAsync(new MemberFilter.Fields(Allows: true, ["orders"]));
        _engine.Put("c-1");
        await _engine.RunAsync();
        _engine.Platform.List["c-1"].ShouldBe("orders=1 user_id=c-1");
        _engine.Platform.Calls[^1].FieldNames.ShouldBe(["user_id", "orders"]);

        await _engine.ChangeAsync(destination => destination with { Filters = [new MemberFilter.Fields(Allows: false, ["orders", "user_id"])], MappingVersion = 2 });
        (await _engine.RunAsync()).Planned.ShouldBe(new(0, 1, 0));

        _engine.Platform.List["c-1"].ShouldBe("email=c-1@example.com user_id=c-1", "what the platform finds people by is never left out");
    }

    /// <summary>The row stays the same, the clock moves.</summary>
    [Fact]
    public async Task Fields_ByACondition_FollowTheClock()
    {
        var recent = new RuleNode.Compare("lastOrderAt", RuleOperator.NotWithinLast, new RuleOperand.Span(new(30, DurationUnit.Days)));
        await FilterAsync(new MemberFilter.Fields(Allows: false, ["email"]) { When = recent });
        _engine.PutMany(3);
        _engine.Profiles[EngineHarness.Id(1)]["lastOrderAt"] = Cell.Of(_engine.Time.GetUtcNow().AddDays(-1));
        await _engine.RunAsync();
        _engine.Platform.List.ShouldBe(new Dictionary<string, string>
        {
            ["c-0000"] = "orders=1 user_id=c-0000",
            ["c-0001"] = "email=c-0001@example.com orders=1 user_id=c-0001",
            ["c-0002"] = "orders=1 user_id=c-0002",
        });
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);

        _engine.Time.Advance(TimeSpan.FromDays(40));
        (await _engine.RunAsync()).Planned.ShouldBe(new(0, 1, 0));

        _engine.Platform.List[EngineHarness.Id(1)].ShouldBe("orders=1 user_id=c-0001");
    }

    [Fact]
    public async Task Fields_OfARowForEachAddress_GoByTheProfile()
    {
        await FilterAsync(new MemberFilter.Fields(Allows: false, ["orders"]) { When = new RuleNode.Bucket("half", 0, 5_000) });
        await _engine.ChangeAsync(destination => destination with
        {
            Mapping = [new() { From = "email", To = "user_id", Identifier = true, Strategy = IdentifierStrategy.All }, new() { From = "orders", To = "orders" }],
        });
        foreach (var number in Enumerable.Range(0, 40))
        {
            _engine.PutSeen(EngineHarness.Id(number), [$"a{number}@example.com", $"b{number}@example.com"]);
        }

        await _engine.RunAsync();

        _engine.Platform.List.Count.ShouldBe(80);
        foreach (var number in Enumerable.Range(0, 40))
        {
            var isHidden = Buckets.Of("half", EngineHarness.Id(number)) < 5_000;
            _engine.Platform.List[$"a{number}@example.com"].Contains("orders=", StringComparison.Ordinal).ShouldBe(!isHidden, EngineHarness.Id(number));
            _engine.Platform.List[$"b{number}@example.com"].Contains("orders=", StringComparison.Ordinal).ShouldBe(!isHidden, EngineHarness.Id(number));
        }
    }

    [Fact]
    public async Task Drop_BySegment_FollowsItsRules()
    {
        await _engine.SegmentStore.TryCreateAsync(
            new() { Id = "seg_staff", Key = "staff", Name = "Staff", Description = "", Visibility = SegmentVisibility.Private, Rules = AtLeast(5), CreatedAt = default, UpdatedAt = default }, default);
        await FilterAsync(Drop(new RuleNode.InSegment("seg_staff")));
        _engine.Put("c-1", orders: 9);
        _engine.Put("c-2", orders: 3);

        await _engine.RunAsync();
        _engine.ShouldHaveList("c-2");
        (await _engine.Segments.ReferencesAsync("seg_staff", default)).ShouldBeOk().ShouldHaveSingleItem().Id.ShouldBe(EngineHarness.DestinationId);
        var staff = (await _engine.SegmentStore.GetAsync("seg_staff", default))!;
        await _engine.SegmentStore.TryReplaceAsync(staff with { Rules = AtLeast(2) }, default);
        await _engine.RunAsync();

        _engine.ShouldHaveList();
    }

    [Fact]
    public async Task Drop_InEvents_SendsTheExitOfWhoHadEntered()
    {
        await FilterAsync(Drop(AtLeast(5)));
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.Events });
        _engine.Platform.KeyField = null;
        _engine.Put("c-1");
        _engine.Put("c-2", orders: 9);
        await _engine.RunAsync();
        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {row.ProfileId}").ShouldBe(["Add c-1"]);
        _engine.Platform.Calls.Clear();
        _engine.Put("c-1", orders: 6);

        await _engine.RunAsync();

        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {row.ProfileId}").ShouldBe(["Remove c-1"]);
    }

    [Fact]
    public async Task Trace_OfFilters_SaysWhatEachDoes()
    {
        await FilterAsync(
            Drop(AtLeast(5)) with { Name = "Big ones" }, new MemberFilter.Sample(2_500, "s"), new MemberFilter.Fields(Allows: true, ["orders"]) { When = AtLeast(2) });
        _engine.Put("c-1", orders: 9);
        var drawn = Buckets.Of("s", "c-1");

        var trace = await TraceAsync("c-1");

        (trace.InSource, trace.Deliverable, trace.StoppedAt, trace.Planned.Operation).ShouldBe((true, false, "filters", "none"));
        trace.Gates[^1].Reason.ShouldBe("The filter 'Big ones' drops the profile.");
        trace.Gates[^1].Filters.Select(filter => (filter.Action, filter.Applies, filter.LeavesOut)).ShouldBe([("drop", true, true), ("sample", true, drawn >= 2_500), ("fields", true, false)]);
        trace.Gates[^1].Filters[0].Trace.ShouldBeOfType<RuleTrace.Compare>().Seen.ShouldBe(Cell.Of(9L));
        trace.Gates[^1].Filters[1].Reason.ShouldContain($"The profile's is {drawn}");
        trace.Gates[^1].Filters[2].Reason.ShouldBe("A filter leaves out email.");
    }

    [Fact]
    public async Task Trace_FieldsLeftOut_KnowsThatThePayloadIsCurrent()
    {
        await FilterAsync(new MemberFilter.Fields(Allows: false, ["email"]) { When = AtLeast(2) });
        _engine.Put("c-1", orders: 3);
        await _engine.RunAsync();

        (await TraceAsync("c-1")).ShouldSatisfyAllConditions(trace => trace.Ledger!.PayloadCurrent.ShouldBe(true), trace => trace.Planned.Operation.ShouldBe("none"));
        _engine.Put("c-1", orders: 1);
        (await TraceAsync("c-1")).ShouldSatisfyAllConditions(trace => trace.Ledger!.PayloadCurrent.ShouldBe(false), trace => trace.Planned.Operation.ShouldBe("update"));
    }

    /// <summary>What filters of every kind leave on the list is what each says of each member on its own.</summary>
    [Fact]
    public async Task Run_RandomFilters_LeaveWhatEachSaysOfEachMember()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var engine = new EngineHarness();
            ImmutableArray<MemberFilter> filters = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => RandomFilter(random))];
            await engine.ChangeAsync(destination => destination with { Filters = filters });
            var orders = new Dictionary<string, int>(StringComparer.Ordinal);
            for (var round = 0; round < 3; round++)
            {
                foreach (var number in Enumerable.Range(0, 30).Where(_ => round == 0 || random.Next(3) == 0))
                {
                    orders[EngineHarness.Id(number)] = random.Next(6);
                    engine.Put(EngineHarness.Id(number), orders: orders[EngineHarness.Id(number)]);
                }

                EngineHarness.ShouldAddUp(await engine.RunAsync());
                engine.Platform.List.ShouldBe(Expected(filters, orders), ignoreOrder: true, $"seed {seed}, round {round}");
            }
        }
    }

    private static Dictionary<string, string> Expected(ImmutableArray<MemberFilter> filters, Dictionary<string, int> orders)
    {
        var expected = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (id, count) in orders)
        {
            var fields = new HashSet<string>(["user_id", "email", "orders"]);
            var isIn = true;
            var samples = 0;
            foreach (var filter in filters)
            {
                var applies = filter.When is not RuleNode.Compare { Operand: RuleOperand.One(var least) } || count >= least.AsInteger();
                samples += filter is MemberFilter.Sample ? 1 : 0;
                switch (filter)
                {
                    case MemberFilter.Drop when applies:
                        isIn = false;
                        break;
                    case MemberFilter.Sample(var share, var salt) when applies:
                        isIn &= Buckets.Of(salt ?? $"{EngineHarness.DestinationId}/sample/{samples}", id) < share;
                        break;
                    case MemberFilter.Fields(true, var names) when applies:
                        fields.RemoveWhere(field => field is not "user_id" && !names.Contains(field));
                        break;
                    case MemberFilter.Fields(false, var names) when applies:
                        fields.RemoveWhere(field => field is not "user_id" && names.Contains(field));
                        break;
                }
            }

            if (isIn)
            {
                var payload = new Row { ["email"] = Cell.Of($"{id}@example.com"), ["orders"] = Cell.Of((long)count), ["user_id"] = Cell.Of(id) };
                expected[id] = ScriptedConnectorClient.Show(new(payload.Where(cell => fields.Contains(cell.Key))));
            }
        }

        return expected;
    }

    private static MemberFilter RandomFilter(Random random)
    {
        var rule = random.Next(4) == 0 ? null : AtLeast(random.Next(1, 6));
        string[] names = ["email", "orders", "user_id"];
        return random.Next(4) switch
        {
            0 => Drop(rule ?? AtLeast(5)),
            1 => new MemberFilter.Sample(random.Next(0, 10_001), random.Next(2) == 0 ? "salt" : null) { When = rule },
            var kind => new MemberFilter.Fields(kind == 2, [.. names.Where(_ => random.Next(2) == 0).DefaultIfEmpty("email")]) { When = rule },
        };
    }

    private static RuleNode AtLeast(long orders) => new RuleNode.Compare("orders", RuleOperator.Gte, new RuleOperand.One(Cell.Of(orders)));

    private static MemberFilter Drop(RuleNode rule) => new MemberFilter.Drop { When = rule };

    private static IEnumerable<string> Kept(int count, string salt, int share) => Enumerable.Range(0, count).Select(EngineHarness.Id).Where(id => Buckets.Of(salt, id) < share);

    private Task FilterAsync(params ImmutableArray<MemberFilter> filters) => _engine.ChangeAsync(destination => destination with { Filters = filters });

    private async Task<DestinationMembership> TraceAsync(string id) => await _engine.Traces.TraceAsync(
        (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!,
        new(id, _engine.Hasher.Key(id), _engine.Profiles[id], new Dictionary<string, Consent>(), _engine.Time.GetUtcNow(), IsUnmasked: false), default);
}
