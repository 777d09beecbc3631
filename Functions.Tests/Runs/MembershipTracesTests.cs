using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Runs;

public sealed class MembershipTracesTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Trace_BeforeTheFirstRun_WouldAddWhoPasses()
    {
        _engine.Put("c-1");
        _engine.Put("c-2", vip: false);
        _engine.Put("c-3", email: "");
        await _engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "email", true)) });

        (await TraceAsync("c-1")).ShouldSatisfyAllConditions(
            trace => (trace.InSource, trace.Deliverable, trace.StoppedAt, trace.Planned.Operation).ShouldBe((true, true, null, "add")),
            trace => trace.Gates.Select(gate => (gate.Name, gate.Passed)).ShouldBe([("consent", true), ("suppression", true), ("holdout", true), ("identifiers", true), ("filters", true)]),
            trace => (trace.Ledger, trace.LastDelivery).ShouldBe((null, null)),
            trace => trace.Planned.Because.ShouldContain("first run"));
        (await TraceAsync("c-2")).ShouldSatisfyAllConditions(
            trace => (trace.InSource, trace.Deliverable, trace.StoppedAt, trace.Planned.Operation).ShouldBe((false, false, null, "none")));
        (await TraceAsync("c-3")).ShouldSatisfyAllConditions(
            trace => (trace.InSource, trace.Deliverable, trace.StoppedAt, trace.Planned.Operation).ShouldBe((true, false, "identifiers", "none")),
            trace => trace.Planned.Because.ShouldContain("identifiers"));
    }

    [Fact]
    public async Task Trace_AfterADelivery_ShowsTheLedgerAndTheRun()
    {
        _engine.Put("c-1", email: "ana@example.com");
        await _engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "mail", true), ("orders", "orders", false)) });
        var run = await _engine.RunAsync();

        var trace = await TraceAsync("c-1");
        trace.Ledger.ShouldNotBeNull().ShouldSatisfyAllConditions(
            ledger => (ledger.Status, ledger.OnList, ledger.PayloadCurrent, ledger.LastOperation, ledger.MappingVersion, ledger.MappingCurrent).ShouldBe(("accepted", true, true, "add", 1, true)),
            ledger => ledger.Keys.ShouldBe(new Dictionary<string, Cell> { ["mail"] = Cell.Of("a…@example.com") }));
        trace.LastDelivery.ShouldBe(new(run.Id, run.FinishedAt!.Value, "add", "delivered", null, null, 1));
        trace.Planned.Operation.ShouldBe("none");
        (await TraceAsync("c-1", isUnmasked: true)).Ledger!.Keys["mail"].AsText().ShouldBe("ana@example.com");

        _engine.Put("c-1", email: "ana@example.com", orders: 9);
        (await TraceAsync("c-1")).ShouldSatisfyAllConditions(
            changed => changed.Ledger!.PayloadCurrent.ShouldBe(false),
            changed => changed.Planned.ShouldBe(new("update", "The payload has changed since it was last accepted.")));
        _engine.Put("c-1", email: "new@example.com");
        (await TraceAsync("c-1")).Planned.Operation.ShouldBe("replace");
        _engine.Put("c-1", vip: false);
        (await TraceAsync("c-1")).Planned.ShouldBe(new("remove", "The destination holds the person, and the profile is no member any more."));
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.AddOnly });
        (await TraceAsync("c-1")).Planned.ShouldBe(new("none", "The mode 'addOnly' removes nobody."));
        await _engine.ChangeAsync(destination => destination with { Enabled = false });
        (await TraceAsync("c-1")).Planned.Because.ShouldContain("disabled");
    }

    [Fact]
    public async Task Trace_Consent_IsToldWithSourceAndTime()
    {
        var at = new DateTimeOffset(2026, 1, 5, 0, 0, 0, TimeSpan.Zero);
        await _engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose });
        _engine.Put("c-1", consent: true);
        await _engine.RunAsync();
        _engine.Put("c-1", consent: false);

        var trace = await TraceAsync("c-1", new() { [EngineHarness.Purpose] = new(ConsentState.Denied, "web form", at) });

        var gate = trace.Gates[0];
        (gate.Name, gate.Passed, gate.Consent).ShouldBe(("consent", false, new(EngineHarness.Purpose, "denied", "web form", at)));
        (trace.StoppedAt, trace.Planned.Operation).ShouldBe(("consent", "remove"));
        trace.Planned.Because.ShouldContain("'consent'");
        (await TraceAsync("c-1", [])).Gates[0].Consent.ShouldBe(new(EngineHarness.Purpose, "unknown", null, null));
    }

    [Fact]
    public async Task Trace_Refused_SaysByWhatAndWhenItIsTriedAgain()
    {
        _engine.Put("c-1");
        _engine.Platform.Script = _ => new Reply.PerRow(_ => new(RowFate.Rejected, "invalid_email", "No."));
        var run = await _engine.RunAsync();

        var trace = await TraceAsync("c-1");
        trace.Ledger.ShouldNotBeNull().ShouldSatisfyAllConditions(ledger => (ledger.Status, ledger.OnList, ledger.Attempts, ledger.LastCode, ledger.LastDetail).ShouldBe(("quarantined", false, 1, "invalid_email", "No.")));
        trace.LastDelivery.ShouldNotBeNull().ShouldSatisfyAllConditions(last => (last.RunId, last.Outcome, last.Code).ShouldBe((run.Id, "rejected", "invalid_email")));
        trace.Planned.ShouldSatisfyAllConditions(planned => planned.Operation.ShouldBe("none"), planned => planned.Because.ShouldContain("invalid_email"));
        _engine.Put("c-1", orders: 5);
        (await TraceAsync("c-1")).Planned.Operation.ShouldBe("add");
    }

    [Fact]
    public async Task Trace_SegmentGone_IsAProblem()
    {
        _engine.Put("c-1");
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfSegment("seg_none") });

        var trace = await TraceAsync("c-1");

        (trace.InSource, trace.Planned.Operation).ShouldBe((null, "none"));
        trace.Problem.ShouldNotBeNull().ShouldContain("seg_none");
    }

    /// <summary>Whatever happened before: what the trace of a profile says would be done is what the next run plans for it, and the gates that stop profiles are those the run counts.</summary>
    [Fact]
    public async Task Trace_RandomHistories_SaysWhatTheNextRunPlans()
    {
        var operations = new Dictionary<string, int>();
        for (var seed = 0; seed < 300; seed++)
        {
            try
            {
                foreach (var operation in await CompareAsync(seed))
                {
                    operations[operation] = operations.GetValueOrDefault(operation) + 1;
                }
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }

        foreach (var (operation, least) in ((string, int)[])[("none", 500), ("add", 100), ("update", 50), ("remove", 50), ("replace", 5)])
        {
            operations.GetValueOrDefault(operation).ShouldBeGreaterThan(least, operation);
        }
    }

    private static async Task<List<string>> CompareAsync(int seed)
    {
        var random = new Random(seed);
        var engine = new EngineHarness(seed);
        engine.Platform.KeyField = null;
        engine.Shards.ShardBits = random.Next(3);
        var mode = (DestinationMode)random.Next(6);
        await engine.ChangeAsync(destination => destination with
        {
            Mode = mode,
            FirstRun = (FirstRun)random.Next(3),
            ConsentPurpose = random.Next(2) == 0 ? EngineHarness.Purpose : null,
            Mapping = random.Next(2) == 0 ? destination.Mapping : EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)),
        });
        for (var round = random.Next(1, 4); round > 0; round--)
        {
            Edit(engine, random);
            engine.Platform.Script = _ => random.Next(3) == 0
                ? Reply.TimeoutAfterApply
                : new Reply.PerRow(_ => random.Next(4) switch { 0 => new(RowFate.Rejected, "no"), 1 => new(RowFate.Retryable, "busy"), _ => RowOutcome.Accepted });
            var run = await engine.RunAsync();
            if (run.Status is RunStatus.Held)
            {
                await engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default);
                await engine.PumpAsync();
            }

            if (random.Next(4) == 0)
            {
                await engine.ChangeAsync(destination => destination with { MappingVersion = destination.MappingVersion + 1 });
            }
        }

        Edit(engine, random);
        List<(string Id, DestinationMembership Trace)> traces = [];
        foreach (var id in engine.Profiles.Keys)
        {
            traces.Add((id, await TraceAsync(engine, id, new())));
        }

        var next = await engine.RunAsync(dryRun: true);
        var planned = (await engine.Rows.ListAsync(next.Id, new([], null, null, null), new(1_000, null), default)).ShouldBeOk().Items.ToLookup(row => row.ProfileId, row => row.Operation);
        foreach (var (id, trace) in traces)
        {
            var operation = planned[id].ToList() switch { [] => "none", [var only] => only, _ => "replace" };
            trace.Planned.Operation.ShouldBe(operation, $"{id}, {mode}: {trace.Planned.Because}");
        }

        long Count(string gate) => traces.Count(pair => pair.Trace.StoppedAt == gate);
        next.Funnel.ShouldBe(new(traces.Count(pair => pair.Trace.InSource is true), Count("consent"), Count("suppression"), Count("holdout"), Count("identifiers")));
        return [.. traces.Select(pair => pair.Trace.Planned.Operation)];
    }

    private static void Edit(EngineHarness engine, Random random)
    {
        for (var edit = random.Next(2, 14); edit > 0; edit--)
        {
            var id = EngineHarness.Id(random.Next(14));
            engine.Put(
                id, vip: random.Next(4) > 0, email: random.Next(6) == 0 ? "" : $"{id}-{random.Next(2)}@example.com", orders: random.Next(3),
                consent: random.Next(3) switch { 0 => false, 1 => null, _ => true });
        }
    }

    private Task<DestinationMembership> TraceAsync(string id, Dictionary<string, Consent>? consents = null, bool isUnmasked = false) =>
        TraceAsync(_engine, id, consents ?? [], isUnmasked);

    private static async Task<DestinationMembership> TraceAsync(EngineHarness engine, string id, Dictionary<string, Consent> consents, bool isUnmasked = false) =>
        await engine.Traces.TraceAsync(
            (await engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!,
            new(id, engine.Hasher.Key(id) & engine.Shards.KeyMask, engine.Profiles[id], consents, engine.Time.GetUtcNow(), isUnmasked),
            default);
}
