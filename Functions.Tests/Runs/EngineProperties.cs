using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Whole runs under random faults and random deaths of workers: once the faults are over, the list is the segment, and nobody else was touched.</summary>
public sealed class EngineProperties
{
    private static readonly RowFate[] Fates = [RowFate.Accepted, RowFate.Accepted, RowFate.Rejected, RowFate.Retryable, RowFate.Uncertain];

    /// <summary>Four blocks of seeds, 1,000 cases in all.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Runs_UnderAnyFaults_ConvergeExactly(int block)
    {
        var kills = 0;
        for (var seed = block * 250; seed < (block + 1) * 250; seed++)
        {
            try
            {
                kills += await ConvergeAsync(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }

        kills.ShouldBeGreaterThan(100);
    }

    [Fact]
    public async Task CleanUp_UnderAnyFaults_RemovesWhomWeAddedAndNobodyElse()
    {
        for (var seed = 0; seed < 250; seed++)
        {
            try
            {
                await CleanUpAsync(seed);
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
            }
        }
    }

    private static async Task<int> ConvergeAsync(int seed)
    {
        var random = new Random(seed);
        var (engine, strangers) = await CreateAsync(seed, random);
        for (var round = random.Next(2, 5); round > 0; round--)
        {
            Edit(engine, random);
            if (random.Next(4) == 0)
            {
                engine.Shards.ShardBits = random.Next(3);
            }

            await FaultyRunAsync(engine, random);
        }

        Heal(engine);
        await engine.PumpAsync();
        foreach (var purpose in (RunPurpose[])[RunPurpose.Retry, RunPurpose.Sync])
        {
            ShouldAddUp(await ApproveAsync(engine, await engine.RunAsync(purpose: purpose)), engine);
        }

        engine.Errors.ShouldAllBe(error => error is ScriptedFailureException);
        engine.Platform.List.ShouldBe(await engine.ExpectedAsync(strangers));
        engine.Platform.Calls.Clear();
        var silent = await engine.RunAsync();
        (silent.Status, silent.Planned.Total, silent.Requests, engine.Platform.Calls.Count).ShouldBe((RunStatus.Succeeded, 0, 0, 0));
        return engine.Kills;
    }

    private static async Task CleanUpAsync(int seed)
    {
        var random = new Random(seed);
        var (engine, strangers) = await CreateAsync(seed, random);
        Edit(engine, random);
        await FaultyRunAsync(engine, random);
        Edit(engine, random);
        engine.KillChance = random.NextDouble() * 0.2;
        engine.Platform.Script = _ => Fault(random);
        await engine.ChangeAsync(destination => destination with { Deleting = true });
        await engine.Starter.StartCleanUpAsync((await engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await engine.PumpAsync();

        Heal(engine);
        await engine.PumpAsync(async () => await engine.Destinations.GetAsync(EngineHarness.DestinationId, default) is null);
        await engine.PumpAsync();

        engine.Platform.List.ShouldBe(new SortedDictionary<string, string>(strangers));
        (await engine.LedgerAsync()).Version.ShouldBe(0);
    }

    private static async Task<(EngineHarness Engine, Dictionary<string, string> Strangers)> CreateAsync(int seed, Random random)
    {
        var isFile = random.Next(5) == 0;
        var isMixed = random.Next(2) == 0;
        var engine = new EngineHarness(seed, card => card with
        {
            RowsPerBatch = random.Next(1, 6),
            ConcurrentCalls = random.Next(1, 4),
            MixesOperations = isMixed || isFile,
            Forms = isFile ? [DeliveryForm.File] : card.Forms,
            FullFiles = isFile && random.Next(2) == 0,
        });
        engine.Shards.ShardBits = random.Next(3);
        engine.Shards.KeyMask = random.Next(3) == 0 ? 7UL << 61 : ulong.MaxValue;
        engine.Queue.Doubles = random.Next(4) == 0;
        engine.Delivery.MaxAttempts = random.Next(1, 4);
        if (random.Next(3) == 0)
        {
            engine.Platform.KeyField = "email";
            await engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)) });
        }

        if (random.Next(3) == 0)
        {
            await engine.ChangeAsync(destination => destination with { ConsentPurpose = EngineHarness.Purpose });
        }

        // Full files say who is there: a stranger on such a list is nobody's.
        var strangers = engine.Connector.Capabilities.FullFiles
            ? []
            : Enumerable.Range(0, 3).ToDictionary(number => $"stranger-{number}", _ => "x");
        foreach (var (key, fields) in strangers)
        {
            engine.Platform.List[key] = fields;
        }

        return (engine, strangers);
    }

    private static void Edit(EngineHarness engine, Random random)
    {
        for (var edit = random.Next(10); edit > 0; edit--)
        {
            var id = EngineHarness.Id(random.Next(14));
            if (random.Next(8) == 0)
            {
                engine.Profiles.Remove(id);
                continue;
            }

            // An e-mail belongs to one person at a time.
            var email = string.Create(CultureInfo.InvariantCulture, $"{id}-{random.Next(3)}@example.com");
            engine.Put(id, vip: random.Next(4) > 0, email, orders: random.Next(3), consent: random.Next(3) switch { 0 => false, 1 => null, _ => true });
        }
    }

    private static async Task FaultyRunAsync(EngineHarness engine, Random random)
    {
        engine.KillChance = random.Next(2) == 0 ? 0 : random.NextDouble() * 0.3;
        var share = random.NextDouble();
        engine.Platform.Script = _ => random.NextDouble() < share ? Fault(random) : Reply.Taken;
        engine.Platform.PublishScript = () => random.NextDouble() < share ? Pick(random, Reply.Http500, Reply.TimeoutAfterApply, Reply.NoConnection, new Reply.Throttle(null)) : Reply.Taken;
        var run = await engine.StartAsync(random.Next(6) == 0 ? RunMode.Full : RunMode.Incremental, dryRun: random.Next(10) == 0);
        if (random.Next(5) == 0)
        {
            var steps = random.Next(40);
            await engine.PumpAsync(async () => steps-- <= 0 || await engine.IsIdleAsync());
            await engine.Runs.CancelAsync(run.Id, default);
        }

        await engine.PumpAsync();
        ShouldAddUp(await ApproveAsync(engine, await engine.GetAsync(run.Id), random), engine);
        if (random.Next(4) == 0)
        {
            await engine.ChangeAsync(destination => destination with { MappingVersion = destination.MappingVersion + 1 });
        }
    }

    private static Reply Fault(Random random) => Pick(
        random,
        Reply.Http500, Reply.NoConnection, Reply.ResetAfterApply, Reply.TimeoutAfterApply, Reply.TimeoutBeforeApply,
        new Reply.Throttle(null), new Reply.Throttle(TimeSpan.FromMinutes(random.Next(1, 90))), new Reply.Misconfigured(), new Reply.Unauthorized(),
        new Reply.Crash(), PerRow(random), PerRow(random), PerRow(random));

    private static Reply.PerRow PerRow(Random random) => new(_ => Pick(random, Fates) is var fate && fate is RowFate.Accepted ? RowOutcome.Accepted : new(fate, "scripted"), random.Next(2) == 0);

    private static T Pick<T>(Random random, params T[] all) => all[random.Next(all.Length)];

    private static void Heal(EngineHarness engine)
    {
        engine.KillChance = 0;
        engine.Queue.Doubles = false;
        engine.Platform.Script = _ => Reply.Taken;
        engine.Platform.PublishScript = () => Reply.Taken;
    }

    /// <summary>Decides on the run if it is held: an emptied segment always is.</summary>
    private static async Task<Run> ApproveAsync(EngineHarness engine, Run run, Random? random = null)
    {
        if (run.Status is RunStatus.Held)
        {
            await engine.Runs.DecideAsync(run.Id, random is null ? ApprovalAction.Approve : Pick(random, Enum.GetValues<ApprovalAction>()), default);
            await engine.PumpAsync();
        }

        return await engine.GetAsync(run.Id);
    }

    private static void ShouldAddUp(Run run, EngineHarness engine)
    {
        run.Status.IsActive().ShouldBeFalse();
        EngineHarness.ShouldAddUp(run);
        if (run.Status is RunStatus.Succeeded or RunStatus.Partial)
        {
            // Everyone deliverable is sent something or left as they are.
            run.Funnel.Deliverable.ShouldBe(run.Unchanged + run.Planned.Add + run.Planned.Update, $"{run.Id} of {engine.Profiles.Count} profiles");
        }
    }
}
