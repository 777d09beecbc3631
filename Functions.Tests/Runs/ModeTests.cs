using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Modes, first runs, changes of the mapping, full resync.</summary>
public sealed class ModeTests
{
    private readonly EngineHarness _engine = new();

    private IEnumerable<string> Sent => _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {row.ProfileId}");

    [Fact]
    public async Task Mirror_Strangers_StayWhateverHappens()
    {
        _engine.Platform.List["stranger"] = "x";
        _engine.Platform.List["c-0009"] = "a stranger whose id we know";
        _engine.Put("c-0009", vip: false);
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Put("c-0001", vip: false);
        await _engine.RunAsync();

        _engine.ShouldHaveList("c-0000", "c-0002", "c-0009", "stranger");
    }

    [Fact]
    public async Task AddOnly_NeverChangesOrRemoves()
    {
        await SetModeAsync(DestinationMode.AddOnly);
        _engine.PutMany(3);
        await _engine.RunAsync();
        await ChangeTwoAsync();

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-new"]);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task AddOnly_FullResync_AddsEveryoneAgain()
    {
        await SetModeAsync(DestinationMode.AddOnly);
        _engine.PutMany(2);
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        await _engine.RunAsync(RunMode.Full);

        Sent.ShouldBe(["Add c-0000", "Add c-0001"], ignoreOrder: true);
    }

    [Fact]
    public async Task Upsert_ChangesButNeverRemoves()
    {
        await SetModeAsync(DestinationMode.Upsert);
        _engine.PutMany(3);
        await _engine.RunAsync();
        await ChangeTwoAsync();

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-new", "Update c-0001"]);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task UpdateOnly_NeverAdds()
    {
        await SetModeAsync(DestinationMode.UpdateOnly);
        _engine.PutMany(2);
        await _engine.RunAsync();
        _engine.Put("c-0001", orders: 9);

        await _engine.RunAsync();

        Sent.ShouldBe(["Update c-0000", "Update c-0001", "Update c-0001"], ignoreOrder: true);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task UpdateOnly_CleanUp_RemovesNobody()
    {
        await SetModeAsync(DestinationMode.UpdateOnly);
        _engine.PutMany(2);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Deleting = true });
        _engine.Platform.Calls.Clear();

        await _engine.Starter.StartCleanUpAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await _engine.PumpAsync();

        Sent.ShouldBeEmpty();
        (await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
    }

    [Fact]
    public async Task UpdateOnlyThenMirror_AddsEveryoneAndOwnsThemFromThenOn()
    {
        await SetModeAsync(DestinationMode.UpdateOnly);
        _engine.PutMany(3);
        await _engine.RunAsync();
        await SetModeAsync(DestinationMode.Mirror);
        _engine.Put("c-0002", vip: false); // changed by us, never added: it stays
        _engine.Platform.Calls.Clear();

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-0000", "Add c-0001"], ignoreOrder: true);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task RemoveOnly_TakesMembersOffTheListOnce()
    {
        _engine.Platform.List["c-0000"] = "x";
        _engine.Platform.List["stranger"] = "x";
        await SetModeAsync(DestinationMode.RemoveOnly);
        _engine.PutMany(150);

        var run = await _engine.RunAsync();

        run.Delivered.ShouldBe(new OperationCounts(0, 0, 150));
        _engine.ShouldHaveList("stranger");
        await ShouldBeSilentAsync();

        // Out of the segment and in again: removed again.
        _engine.Put("c-0000", vip: false);
        await _engine.RunAsync();
        _engine.Put("c-0000");
        (await _engine.RunAsync()).Delivered.Remove.ShouldBe(1);
    }

    [Fact]
    public async Task RemoveOnly_DefaultGuards_DoNotTakeItsRemovalsForLeavers()
    {
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.RemoveOnly, Guards = new() });
        _engine.PutMany(150);

        (await _engine.RunAsync()).Status.ShouldBe(RunStatus.Succeeded);
    }

    [Fact]
    public async Task RemoveOnlyThenMirror_AddsThemAgain()
    {
        await SetModeAsync(DestinationMode.RemoveOnly);
        _engine.PutMany(2);
        await _engine.RunAsync();
        await SetModeAsync(DestinationMode.Mirror);

        await _engine.RunAsync();

        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task MirrorThenRemoveOnly_TakesThemOff()
    {
        _engine.PutMany(2);
        await _engine.RunAsync();
        await SetModeAsync(DestinationMode.RemoveOnly);

        await _engine.RunAsync();

        _engine.Platform.List.ShouldBeEmpty();
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Events_EnteredChangedExited_AreSentOnceEach()
    {
        await SetModeAsync(DestinationMode.Events);
        _engine.Platform.KeyField = null;
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Calls.ShouldAllBe(call => call.Form == DeliveryForm.Events);
        await ChangeTwoAsync();

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-new", "Update c-0001", "Remove c-0002"]);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Events_MatchKeyChanges_IsAChangeNotAnExit()
    {
        await _engine.ChangeAsync(destination => destination with { Mode = DestinationMode.Events, Mapping = EngineHarness.Mapping(("email", "email", true)) });
        _engine.Platform.KeyField = null;
        _engine.PutMany(1);
        await _engine.RunAsync();
        _engine.Put("c-0000", email: "new@example.com");
        _engine.Platform.Calls.Clear();

        await _engine.RunAsync();

        Sent.ShouldBe(["Update c-0000"]);
    }

    [Fact]
    public async Task FirstRunBaseline_SendsNothingAndKeepsStepFromThenOn()
    {
        await _engine.ChangeAsync(destination => destination with { FirstRun = FirstRun.Baseline });
        _engine.PutMany(4);
        foreach (var (key, fields) in await _engine.ExpectedAsync())
        {
            _engine.Platform.List[key] = fields; // they are there already
        }

        var first = await _engine.RunAsync();
        (first.Status, first.Requests, first.Planned.Total).ShouldBe((RunStatus.Succeeded, 0, 0));
        (await _engine.LedgerAsync()).Accepted.ShouldBe(4);
        await ChangeTwoAsync();
        var run = await _engine.RunAsync();

        run.Delivered.ShouldBe(new OperationCounts(1, 1, 1));
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task FirstRunNewOnly_LeavesThoseWhoWereThereAlone()
    {
        await _engine.ChangeAsync(destination => destination with { FirstRun = FirstRun.NewOnly });
        _engine.PutMany(4);
        await _engine.RunAsync();
        await ChangeTwoAsync();

        await _engine.RunAsync();

        Sent.ShouldBe(["Add c-new"]);
        _engine.Put("c-0002"); // out and in again: entered in our time
        _engine.Platform.Calls.Clear();
        await _engine.RunAsync();
        Sent.ShouldBe(["Add c-0002"]);
    }

    [Fact]
    public async Task FirstRunBaseline_CancelledBeforeItSettled_IsStillTheFirst()
    {
        await _engine.ChangeAsync(destination => destination with { FirstRun = FirstRun.Baseline });
        _engine.PutMany(4);
        var run = await _engine.StartAsync();
        await _engine.PumpAsync(async () => await _engine.StatusAsync(run.Id) == RunStatus.Planning);
        await _engine.Runs.CancelAsync(run.Id, default);
        await _engine.PumpAsync();

        await _engine.RunAsync();

        _engine.Platform.Calls.ShouldBeEmpty();
    }

    [Fact]
    public async Task MappingChange_SendsAgainWhosePayloadDiffersAlone()
    {
        _engine.PutMany(3);
        _engine.Put("c-rich", orders: 9);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with
        {
            MappingVersion = 2,
            Mapping = [.. destination.Mapping[..2], new MappingEntry { Value = Values.Cell.Of(9), To = "orders" }],
        });
        _engine.Platform.Calls.Clear();

        await _engine.RunAsync();

        Sent.ShouldBe(["Update c-0000", "Update c-0001", "Update c-0002"], ignoreOrder: true);
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task MatchKeyChange_RemovesTheOldKeyThenAddsTheNew()
    {
        await UseEmailAsync();
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Put("c-0001", email: "new@example.com");
        _engine.Platform.Calls.Clear();

        var run = await _engine.RunAsync();

        run.Delivered.ShouldBe(new OperationCounts(1, 0, 1));
        _engine.Platform.Calls.Select(call => (call.Rows.Single().Operation, call.Rows.Single().Fields["email"].ToString()))
            .ShouldBe([(DeliveryOperation.Remove, "c-0001@example.com"), (DeliveryOperation.Add, "new@example.com")]);
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task MatchKeyChange_TwoMembersSwapKeys_BothEndUpRight()
    {
        await UseEmailAsync();
        _engine.Put("c-1", email: "a@example.com", orders: 1);
        _engine.Put("c-2", email: "b@example.com", orders: 2);
        await _engine.RunAsync();
        _engine.Put("c-1", email: "b@example.com", orders: 1);
        _engine.Put("c-2", email: "a@example.com", orders: 2);

        await _engine.RunAsync();

        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Theory]
    [InlineData(RowFate.Rejected)]
    [InlineData(RowFate.Uncertain)]
    public async Task MatchKeyChange_RemovalNotAccepted_DoesNotAddUnderTheNewKey(RowFate fate)
    {
        await UseEmailAsync();
        _engine.PutMany(2);
        await _engine.RunAsync();
        _engine.Put("c-0001", email: "new@example.com");
        _engine.Platform.Then(new Reply.PerRow(_ => new(fate, "no")));

        var run = await _engine.RunAsync();

        run.CarriedOver.Add.ShouldBe(1);
        EngineHarness.ShouldAddUp(run);
        _engine.ShouldHaveList("c-0000@example.com", "c-0001@example.com");
        if (fate is RowFate.Uncertain)
        {
            await _engine.RunAsync();
        }
        else
        {
            await _engine.Runs.RetryAsync(run.Id, default);
            await _engine.PumpAsync();
        }

        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task MatchKeyChange_StoppedBetweenRemovalAndAdd_AddsInTheNextRun()
    {
        await UseEmailAsync();
        _engine.PutMany(2);
        await _engine.RunAsync();
        _engine.Put("c-0001", email: "new@example.com");
        _engine.Platform.Then(Reply.Taken, new Reply.Misconfigured());

        await _engine.RunAsync();
        _engine.ShouldHaveList("c-0000@example.com");
        await _engine.RunAsync();

        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task MatchKeyChange_ByAnotherIdentifierFlag_MovesEveryoneToTheNewKey()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();
        await _engine.ChangeAsync(destination => destination with
        {
            MappingVersion = 2,
            Mapping = EngineHarness.Mapping(("id", "user_id", false), ("email", "email", true), ("orders", "orders", false)),
        });

        // The payload is the same; the key that the platform matches by is not.
        var run = await _engine.RunAsync();

        run.Delivered.ShouldBe(new OperationCounts(3, 0, 3));
        _engine.Platform.Calls.SelectMany(call => call.Rows).Where(row => row.Operation is DeliveryOperation.Remove)
            .ShouldAllBe(row => ScriptedConnectorClient.Show(row.Fields) == $"user_id={row.ProfileId}");
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Full_SendsEveryoneAgainAndStillRemovesLeavers()
    {
        _engine.PutMany(4);
        await _engine.RunAsync();
        _engine.Platform.List.Clear(); // the platform lost them
        _engine.Put("c-0003", vip: false);

        var run = await _engine.RunAsync(RunMode.Full);

        run.Delivered.ShouldBe(new OperationCounts(0, 3, 1));
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Full_CutShort_TheNextRunSendsTheRest()
    {
        _engine.PutMany(12);
        await _engine.RunAsync();
        _engine.Platform.List.Clear();
        _engine.Platform.Calls.Clear();
        _engine.Platform.Script = _ => _engine.Platform.Calls.Count < 3 ? Reply.Taken : new Reply.Misconfigured();
        await _engine.RunAsync(RunMode.Full);
        _engine.Platform.List.Count.ShouldBe(6);
        _engine.Platform.Script = _ => Reply.Taken;

        (await _engine.RunAsync()).Delivered.Update.ShouldBe(6);

        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Shards_LedgerHasFewerThanTheGeneration_IsReadByRange()
    {
        _engine.PutMany(60);
        await _engine.RunAsync();
        _engine.Shards.ShardBits = 3;
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
        (await _engine.LedgerAsync()).ShardBits.ShouldBe(0);
        await ChangeTwoAsync();

        (await _engine.RunAsync()).Delivered.ShouldBe(new OperationCounts(1, 1, 1));

        var ledger = await _engine.LedgerAsync();
        (ledger.ShardBits, ledger.Shards.Length, ledger.Accepted).ShouldBe((3, 8, 60));
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Shards_BatchesOfSeveral_AreNumberedThroughAndSentOnceEach()
    {
        _engine.Shards.ShardBits = 2;
        _engine.PutMany(40);

        var run = await _engine.RunAsync();

        _engine.Platform.Calls.Select(call => call.Number).ShouldBe(Enumerable.Range(0, (int)run.Requests), ignoreOrder: true);
        _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => row.ProfileId).ShouldBe(_engine.Profiles.Keys, ignoreOrder: true);
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Keys_SharedByManyMembers_AreToldApartById()
    {
        _engine.Shards.KeyMask = 3UL << 62;
        _engine.Shards.ShardBits = 1;
        _engine.PutMany(60);
        await _engine.RunAsync();
        await ChangeTwoAsync();

        (await _engine.RunAsync()).Delivered.ShouldBe(new OperationCounts(1, 1, 1));

        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task MixedOperations_GoInOneCallButRemovalsComeLast()
    {
        var engine = new EngineHarness(card: card => card with { MixesOperations = true, RowsPerBatch = 10 });
        engine.PutMany(3);
        await engine.RunAsync();
        engine.Put("c-0001", orders: 8);
        engine.Put("c-0002", vip: false);
        engine.Put("c-new");
        engine.Platform.Calls.Clear();

        await engine.RunAsync();

        engine.Platform.Calls.Select(call => call.Rows.Length).ShouldBe([2, 1]);
        engine.Platform.List.ShouldBe(await engine.ExpectedAsync());
    }

    [Fact]
    public async Task OneCallPerAudience_SendsOneAfterTheOther()
    {
        var engine = new EngineHarness(card: card => card with { OneCallPerAudience = true, ConcurrentCalls = 8 });
        engine.PutMany(30);
        var run = await engine.RunAsync();

        run.Spec!.Lanes.ShouldBe(1);
    }

    private async Task UseEmailAsync()
    {
        _engine.Platform.KeyField = "email";
        await _engine.ChangeAsync(destination => destination with { Mapping = EngineHarness.Mapping(("email", "email", true), ("orders", "orders", false)) });
    }

    private Task SetModeAsync(DestinationMode mode) => _engine.ChangeAsync(destination => destination with { Mode = mode });

    /// <summary>One changes, one leaves, one comes.</summary>
    private Task ChangeTwoAsync()
    {
        _engine.Put("c-0001", orders: 9);
        _engine.Put("c-0002", vip: false);
        _engine.Put("c-new");
        _engine.Platform.Calls.Clear();
        return Task.CompletedTask;
    }

    private async Task ShouldBeSilentAsync()
    {
        _engine.Errors.ShouldBeEmpty();
        _engine.Platform.Calls.Clear();
        var run = await _engine.RunAsync();
        (run.Status, run.Planned.Total).ShouldBe((RunStatus.Succeeded, 0));
        _engine.Platform.Calls.ShouldBeEmpty();
    }
}
