using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>The process is killed between two steps of a run, and started again: no row is lost, no stranger touched, nothing unchanged is sent afterwards.</summary>
/// <remarks>Each seed names a place of its own: the steps of an undisturbed run are divided evenly among the seeds of a class.</remarks>
public abstract class KillTests(KilledApp killed) : IClassFixture<KilledApp>
{
    protected const int Seeds = 11;

    /// <summary>People of an audience; nine of ten are members.</summary>
    private const int Size = 160;

    /// <summary>Three batches a lane.</summary>
    private const string Settings = "\"batchSize\":20,\"concurrency\":3";

    /// <summary>Steps after which each of a class's processes dies a second time, in its recovery.</summary>
    private const int MostStepsOfRecovery = 25;

    private static readonly TimeSpan KillLimit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan RestLimit = TimeSpan.FromSeconds(2);

    public static TheoryData<int> AllSeeds => [.. Enumerable.Range(0, Seeds)];

    [Theory]
    [MemberData(nameof(AllSeeds))]
    public async Task Run_ProcessKilledBetweenTwoSteps_EndsWithTheListEqualToTheSegment(int seed)
    {
        var random = new Random(seed);
        await killed.EnsureRunningAsync();
        var undisturbed = await CountStepsAsync();
        var place = 1 + (int)((seed + random.NextDouble()) * undisturbed / Seeds);
        await using var receiver = await Receiver.StartAsync(killed.Steps);
        var audience = await PrepareAsync(receiver, $"s{seed}");

        var isKilled = Arm(place);
        await killed.RunThroughAsync(audience.DestinationId, DisturbRecovery);
        await ShouldDieAsync(isKilled, mayBeOver: seed == Seeds - 1);
        await killed.RunThroughAsync(audience.DestinationId, DisturbRecovery);
        killed.Steps.Disarm();

        audience.ShouldBeOnTheList();
        var calls = receiver.Calls.Count;
        var quiet = await killed.RunThroughAsync(audience.DestinationId);
        receiver.Calls.Count.ShouldBe(calls, "an unchanged row was sent");
        RunNumbers.Of(quiet, "planned").ShouldBe("0/0/0");

        Task<string> Arm(int step) => killed.Steps.Arm(step, (KillMoment)random.Next(2), () => killed.App.KillHard());

        void DisturbRecovery(int restart)
        {
            if (seed % 3 == 0 && restart == 1)
            {
                _ = Arm(random.Next(1, MostStepsOfRecovery));
            }
        }
    }

    /// <param name="mayBeOver">The place is among the last steps of a run, whose number may differ by a few: then the process dies when it is over.</param>
    private async Task ShouldDieAsync(Task<string> isKilled, bool mayBeOver)
    {
        try
        {
            await isKilled.WaitAsync(mayBeOver ? RestLimit : KillLimit);
        }
        catch (TimeoutException) when (mayBeOver)
        {
            killed.Steps.Disarm();
            killed.App.KillHard();
        }
    }

    /// <summary>Brings an audience to where the run is started that is then disturbed.</summary>
    private protected abstract Task<TestAudience> PrepareAsync(Receiver receiver, string key);

    private protected Task<TestAudience> CreateAsync(Receiver receiver, string key) =>
        TestAudience.CreateAsync(killed.App.Api, receiver, key, Size, Settings);

    private protected async Task<TestAudience> CreateAndRunAsync(Receiver receiver, string key, bool matchByEmail = false)
    {
        var audience = await CreateAsync(receiver, key);
        if (matchByEmail)
        {
            await audience.MatchByEmailAsync(killed.App.Api);
        }

        await killed.RunThroughAsync(audience.DestinationId);
        audience.ShouldBeOnTheList();
        await audience.ChangeAsync(killed.App.Api, emails: matchByEmail);
        return audience;
    }

    /// <summary>Steps of a run that nothing disturbs, measured once a class.</summary>
    private async Task<int> CountStepsAsync()
    {
        if (killed.StepsOfARun is { } known)
        {
            return known;
        }

        await using var receiver = await Receiver.StartAsync(killed.Steps);
        var audience = await PrepareAsync(receiver, "undisturbed");
        var before = killed.Steps.Count;
        var run = await killed.RunThroughAsync(audience.DestinationId);
        audience.ShouldBeOnTheList();

        // The run is over before the destination says so and may be used again: these steps count too.
        await Eventually.HoldsAsync(
            async () => (await killed.App.Api.GetAsync($"destinations/{audience.DestinationId}")).Json["lastRun"]?["id"]?.GetValue<string>() == run["id"]!.GetValue<string>(),
            "the destination knows its last run");
        killed.StepsOfARun = killed.Steps.Count - before;
        return killed.StepsOfARun.Value;
    }
}

/// <summary>Everyone is added.</summary>
public sealed class FirstRunKillTests(KilledApp killed) : KillTests(killed)
{
    private protected override Task<TestAudience> PrepareAsync(Receiver receiver, string key) => CreateAsync(receiver, key);
}

/// <summary>Some enter, some change, some leave.</summary>
public sealed class LaterRunKillTests(KilledApp killed) : KillTests(killed)
{
    private protected override Task<TestAudience> PrepareAsync(Receiver receiver, string key) => CreateAndRunAsync(receiver, key);
}

/// <summary>The same, and some are known under a new match key: removed under the old one, then added under the new.</summary>
public sealed class NewMatchKeyKillTests(KilledApp killed) : KillTests(killed)
{
    private protected override Task<TestAudience> PrepareAsync(Receiver receiver, string key) => CreateAndRunAsync(receiver, key, matchByEmail: true);
}
