using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Runs;

public sealed class DraftImpactTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Read_DestinationWithALedger_ComparesWithWhomItHolds()
    {
        for (var number = 0; number < 40; number++)
        {
            _engine.Put(EngineHarness.Id(number), vip: number < 30, orders: number);
        }

        await _engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose, Guards = new() { MaxRemoveCount = 5 } });
        foreach (var profile in _engine.Profiles)
        {
            profile.Value[Profiles.ProfileColumns.Consent(EngineHarness.Purpose)] = Cell.Of(profile.Key != EngineHarness.Id(35));
        }

        await _engine.RunAsync();
        _engine.Profiles.Remove(EngineHarness.Id(29));
        await DraftAsync("""{"attr":"orders","op":"gte","value":10}""");

        var impact = (await _engine.Impacts.ReadAsync("seg_1", asOf: null, isUnmasked: true, default)).ShouldBeOk();

        // Was: 0–29. Is now: 0–28. Would be: 10–28 and 30–39, of whom 35 gave no consent.
        (impact.Stale, impact.OfTotal, impact.Before, impact.After, impact.Entering.Count, impact.Leaving.Count, impact.Staying).ShouldBe((false, 39, 29, 29, 10, 10, 19));
        impact.Leaving.Sample.Select(member => member.Id).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(0, 10).Select(EngineHarness.Id));
        var destination = impact.Destinations.ShouldHaveSingleItem();
        (destination.Id, destination.Through.Length, destination.Members, destination.Deliverable, destination.Accepted).ShouldBe((EngineHarness.DestinationId, 0, 29, 28, 30));
        (destination.Entering.Count, destination.Leaving.Count, destination.Staying, destination.Removes).ShouldBe((9, 11, 19, true));
        destination.WithoutDraft.ShouldBe(new(0, 1));
        destination.Leaving.Sample.Select(member => member.Id).Order(StringComparer.Ordinal).ShouldBe([.. Enumerable.Range(0, 10).Select(EngineHarness.Id), EngineHarness.Id(29)]);
        destination.HeldBecause.ShouldNotBeNull().ShouldContain("11 of 30");
        (await _engine.Drafts.PublishAsync("seg_1", null, default)).ShouldBeOk();
        var run = await _engine.RunAsync();
        (run.Status, run.HeldBecause, run.Planned).ShouldBe((RunStatus.Held, destination.HeldBecause, new(9, 0, 11)));
    }

    [Fact]
    public async Task Read_BelowEditor_MasksTheSamples()
    {
        _engine.Put("ana@example.com", orders: 1, email: "ana@example.com");
        await DraftAsync("""{"attr":"orders","op":"gte","value":9}""");

        var impact = (await _engine.Impacts.ReadAsync("seg_1", asOf: null, isUnmasked: false, default)).ShouldBeOk();

        var member = impact.Leaving.Sample.ShouldHaveSingleItem();
        (member.Id, member.Identifiers["email"]).ShouldBe(("a…@example.com", "a…@example.com"));
    }

    [Fact]
    public async Task Read_ThroughOtherSegments_NamesTheWay()
    {
        _engine.PutMany(30);
        var middle = (await _engine.Segments.CreateAsync(JsonElement.Parse("""{"name":"Middle","rules":{"segment":"seg_1"}}"""), default)).ShouldBeOk();
        var outer = (await _engine.Segments.CreateAsync(JsonElement.Parse($$$"""{"name":"Outer","rules":{"all":[{"segment":"{{{middle.Id}}}"}]}}"""), default)).ShouldBeOk();
        await _engine.ChangeAsync(destination => destination with { Source = new DestinationSource.OfSegment(outer.Id) });
        await DraftAsync("""{"attr":"orders","op":"gte","value":9}""");

        var destination = (await _engine.Impacts.ReadAsync("seg_1", asOf: null, isUnmasked: true, default)).ShouldBeOk().Destinations.ShouldHaveSingleItem();

        destination.Through.ShouldBe([new("segment", middle.Id, "Middle"), new("segment", outer.Id, "Outer")]);
        (destination.Members, destination.Accepted, destination.WithoutDraft).ShouldBe((0, 0, new(30, 0)), "it never ran: everyone would be added by the present rules");
        destination.HeldBecause.ShouldBeNull("nobody is removed");
    }

    [Fact]
    public async Task Read_NoDraft_IsNotFound()
    {
        (await _engine.Impacts.ReadAsync("seg_1", null, true, default)).ShouldBeRefused("not_found");
        (await _engine.Impacts.ReadAsync("seg_none", null, true, default)).ShouldBeRefused("not_found");
    }

    [Fact]
    public async Task Read_DestinationWithoutASource_IsAProblemOfItsOwn()
    {
        _engine.PutMany(3);
        await _engine.ChangeAsync(destination => destination with { ConnectionId = "con_none" });
        await DraftAsync("""{"attr":"orders","op":"gte","value":9}""");

        var impact = (await _engine.Impacts.ReadAsync("seg_1", null, true, default)).ShouldBeOk();

        (impact.Before, impact.After).ShouldBe((3, 0));
        impact.Destinations.ShouldHaveSingleItem().Problem.ShouldNotBeNull();
    }

    /// <summary>Whatever was sent before, in shards of any number and with keys that several people share: what the impact says is what the run after the publication plans, and holds for.</summary>
    [Fact]
    public async Task Read_RandomHistories_IsWhatTheRunAfterThePublicationPlans()
    {
        var (held, moved) = (0, 0L);
        for (var seed = 0; seed < 300; seed++)
        {
            var random = new Random(seed);
            var engine = new EngineHarness(seed);
            engine.Shards.ShardBits = random.Next(3);
            engine.Shards.KeyMask = random.Next(3) == 0 ? 7UL << 61 : ulong.MaxValue;
            await engine.ChangeAsync(destination => destination with
            {
                ConsentPurpose = random.Next(2) == 0 ? EngineHarness.Purpose : null,
                Guards = new() { MaxRemovePercent = 20, MaxRemoveCount = 2, MaxInvalidPercent = 40 },
                Mapping = EngineHarness.Mapping(("id", "user_id", true)),
            });
            for (var round = random.Next(3); round > 0; round--)
            {
                Edit(engine, random);
                var run = await engine.RunAsync();
                if (run.Status is RunStatus.Held)
                {
                    await engine.Runs.DecideAsync(run.Id, ApprovalAction.Approve, default);
                    await engine.PumpAsync();
                }
            }

            Edit(engine, random);
            (await engine.Drafts.PutAsync("seg_1", JsonElement.Parse($$$"""{"rules":{"attr":"orders","op":"gte","value":{{{random.Next(4)}}}}}"""), ETags.Any, default)).ShouldBeOk();
            var impact = (await engine.Impacts.ReadAsync("seg_1", asOf: null, isUnmasked: true, default)).ShouldBeOk().Destinations.ShouldHaveSingleItem();
            (await engine.Drafts.PublishAsync("seg_1", null, default)).ShouldBeOk();
            var next = await engine.RunAsync();

            (next.Planned.Add, next.Planned.Remove, next.Funnel.Members, next.Funnel.Deliverable).ShouldBe(
                (impact.Entering.Count, impact.Leaving.Count, impact.Members, impact.Deliverable), $"seed {seed}");
            (next.Status is RunStatus.Held ? next.HeldBecause : null).ShouldBe(impact.HeldBecause, $"seed {seed}");
            (impact.Accepted, impact.Deliverable).ShouldBe((impact.Staying + impact.Leaving.Count, impact.Staying + impact.Entering.Count), $"seed {seed}");
            (held, moved) = (held + (impact.HeldBecause is null ? 0 : 1), moved + impact.Entering.Count + impact.Leaving.Count);
        }

        held.ShouldBeInRange(30, 270);
        moved.ShouldBeGreaterThan(500);
    }

    private static void Edit(EngineHarness engine, Random random)
    {
        for (var edit = random.Next(2, 16); edit > 0; edit--)
        {
            var id = EngineHarness.Id(random.Next(16));
            if (random.Next(8) == 0)
            {
                engine.Profiles.Remove(id);
                continue;
            }

            engine.Put(id, vip: random.Next(4) > 0, orders: random.Next(4), consent: random.Next(3) switch { 0 => false, 1 => null, _ => true });
        }
    }

    private async Task DraftAsync(string rule) =>
        (await _engine.Drafts.PutAsync("seg_1", JsonElement.Parse($$$"""{"rules":{{{rule}}}}"""), ETags.Any, default)).ShouldBeOk();
}
