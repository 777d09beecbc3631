using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Why members are taken off, as a run counts it.</summary>
public sealed class RemovalReasonsTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Leavers_ByEachReason_AreCountedUnderTheFirstGateThatStopsThem()
    {
        await _engine.ChangeAsync(destination => destination with
        {
            ConsentPurpose = EngineHarness.Purpose,
            Mapping = EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)),
        });
        _engine.Platform.KeyField = "email";
        _engine.Shards.ShardBits = 1;
        for (var number = 0; number < 12; number++)
        {
            _engine.Put(EngineHarness.Id(number), consent: true);
        }

        await _engine.RunAsync();
        _engine.Put("c-0000", vip: false, consent: true);
        _engine.Profiles.Remove("c-0001");
        _engine.Put("c-0002", consent: false);
        _engine.Put("c-0003");
        _engine.Put("c-0004", consent: false);
        await _engine.SuppressAsync("c-0004");
        await _engine.SuppressAsync("c-0005");
        await _engine.SuppressAsync("c-0006@example.com", ProfileColumns.Email);
        _engine.Put("c-0007", email: "", consent: true);
        await _engine.Erasing.NoteAsync([new("c-0008", [], []), new("c-0009", [], [])], default);
        _engine.Profiles.Remove("c-0008");

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        run.RemovalReasons.ShouldBe(new(LeftSegment: 2, Consent: 3, Suppressed: 2, Holdout: 0, MissingIdentifier: 1, Erased: 2, Filtered: 0));
        run.Planned.Remove.ShouldBe(10);
        run.Funnel.ConsentBlocked.ShouldBe(3);
        RunView.Of(run).RemovalReasons.ShouldBe(run.RemovalReasons);
        RunSummary.Of(run).RemovalReasons.ShouldBe(run.RemovalReasons);
        (await _engine.RunAsync()).RemovalReasons.ShouldBe(default);
    }

    [Fact]
    public async Task Leavers_RandomGates_AddUpToThePlannedRemovals()
    {
        for (var seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var engine = new EngineHarness(seed);
            engine.Platform.KeyField = "email";
            engine.Shards.ShardBits = random.Next(3);
            await engine.ChangeAsync(destination => destination with
            {
                ConsentPurpose = EngineHarness.Purpose,
                Mode = random.Next(3) == 0 ? DestinationMode.Events : DestinationMode.Mirror,
                Mapping = EngineHarness.Mapping(("email", "email", true)),
            });
            engine.Platform.KeyField = (await engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!.Mode is DestinationMode.Events ? null : "email";
            Shuffle(engine, random);
            await engine.RunAsync();
            Shuffle(engine, random);
            foreach (var number in Enumerable.Range(0, 5))
            {
                await engine.SuppressAsync(EngineHarness.Id(random.Next(40)));
            }

            var run = await engine.RunAsync();

            var reasons = run.RemovalReasons;
            var rekeyed = run.Spec!.Mode is DestinationMode.Events ? 0 : run.Planned.Remove - Total(reasons);
            (Total(reasons) + rekeyed).ShouldBe(run.Planned.Remove, $"seed {seed}");
            rekeyed.ShouldBeInRange(0, run.Planned.Add, $"seed {seed}");
            reasons.Consent.ShouldBeLessThanOrEqualTo(run.Funnel.ConsentBlocked, $"seed {seed}");
            reasons.Suppressed.ShouldBeLessThanOrEqualTo(run.Funnel.Suppressed, $"seed {seed}");
            reasons.MissingIdentifier.ShouldBeLessThanOrEqualTo(run.Funnel.MissingIdentifier, $"seed {seed}");
        }
    }

    [Fact]
    public async Task CleanUp_TellsNoReasons()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Deleting = true });

        var runId = (await _engine.Starter.StartCleanUpAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default)).ShouldBeOk();
        await _engine.PumpAsync();

        (await _engine.GetAsync(runId)).ShouldSatisfyAllConditions(run => run.Delivered.Remove.ShouldBe(3), run => run.RemovalReasons.ShouldBe(default));
    }

    private static long Total(RemovalReasons reasons) =>
        reasons.LeftSegment + reasons.Consent + reasons.Suppressed + reasons.Holdout + reasons.MissingIdentifier + reasons.Erased;

    private static void Shuffle(EngineHarness engine, Random random)
    {
        for (var number = 0; number < 40; number++)
        {
            var id = EngineHarness.Id(number);
            if (random.Next(6) == 0)
            {
                engine.Profiles.Remove(id);
            }
            else
            {
                engine.Put(id, vip: random.Next(4) > 0, email: random.Next(6) == 0 ? "" : random.Next(8) == 0 ? $"{id}@other.example" : null, consent: random.Next(5) > 0 ? true : random.Next(2) == 0 ? false : null);
            }
        }
    }
}
