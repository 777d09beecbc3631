using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>Runs on file connectors: nothing counts until the set is published.</summary>
public sealed class FileRunTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_SetPublished_ListIsTheSegment(bool full)
    {
        var engine = Create(full);
        engine.PutMany(20);
        var first = await engine.RunAsync();
        Change(engine);

        var second = await engine.RunAsync();

        (first.Delivered, second.Delivered).ShouldBe((new OperationCounts(20, 0, 0), new OperationCounts(1, 1, 1)));
        engine.Platform.Published.Count.ShouldBe(2);
        engine.Platform.Published[1].FieldNames.ShouldBe(["user_id", "email", "orders"]);
        await ShouldBeInStepAsync(engine);
        (await engine.Rows.ListAsync(second.Id, new([], null, null, null), new(10, null), default)).ShouldBeOk().Items.Select(row => (row.ProfileId, row.Outcome))
            .ShouldBe([("c-0001", "delivered"), ("c-0002", "delivered"), ("c-new", "delivered")], ignoreOrder: true);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_EveryoneLeft_IsPublishedToo(bool full)
    {
        var engine = Create(full);
        engine.PutMany(3);
        await engine.RunAsync();
        engine.Profiles.Clear();
        var held = await engine.RunAsync();

        await engine.Runs.DecideAsync(held.Id, ApprovalAction.Approve, default);
        await engine.PumpAsync();

        (await engine.GetAsync(held.Id)).Delivered.Remove.ShouldBe(3);
        engine.Platform.List.ShouldBeEmpty();
    }

    [Fact]
    public async Task CleanUp_FullFiles_PublishesAnEmptySet()
    {
        var engine = Create(full: true);
        engine.PutMany(3);
        await engine.RunAsync();
        await engine.ChangeAsync(destination => destination with { Deleting = true });

        await engine.Starter.StartCleanUpAsync((await engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await engine.PumpAsync();

        engine.Platform.List.ShouldBeEmpty();
        (await engine.Destinations.GetAsync(EngineHarness.DestinationId, default)).ShouldBeNull();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_PublicationFailsThenWorks_IsTriedAgain(bool full)
    {
        var engine = Create(full);
        engine.PutMany(5);
        var replies = new Queue<Reply>([Reply.Http500, new Reply.Throttle(TimeSpan.FromMinutes(8)), Reply.TimeoutAfterApply]);
        engine.Platform.PublishScript = () => replies.TryDequeue(out var reply) ? reply : Reply.Taken;

        var run = await engine.RunAsync();

        (run.Status, run.Requests).ShouldBe((RunStatus.Succeeded, 2 + 4)); // two files, and four tries to publish them
        await ShouldBeInStepAsync(engine);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_NeverPublished_NothingOfItCounts(bool full)
    {
        var engine = Create(full);
        engine.PutMany(5);
        engine.Platform.PublishScript = () => Reply.NoConnection;

        var run = await engine.RunAsync();

        (run.Status, run.CarriedOver.Add).ShouldBe((RunStatus.Failed, 5));
        (await engine.LedgerAsync()).Shards.ShouldAllBe(shard => shard.Rows == 0);
        engine.Platform.PublishScript = () => Reply.Taken;
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_MaybePublished_RowsAreUncertainAndLeaversAreStillRemoved(bool full)
    {
        var engine = Create(full);
        engine.PutMany(5);
        engine.Platform.PublishScript = () => Reply.TimeoutAfterApply;

        var run = await engine.RunAsync();

        (run.Status, run.CarriedOver.Add).ShouldBe((RunStatus.Failed, 5));
        (await engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(5);
        engine.Platform.PublishScript = () => Reply.Taken;
        engine.Put("c-0001", vip: false);
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Fact]
    public async Task Run_FullSetWithAFileMissing_IsNotPublished()
    {
        var engine = Create(full: true);
        engine.PutMany(20);
        await engine.RunAsync();
        Change(engine);
        engine.Platform.Script = batch => batch.Number == 1 ? Reply.Http500 : Reply.Taken;
        var small = engine.Platform.Published.Count;

        await engine.RunAsync();

        engine.Platform.Published.Count.ShouldBe(small);
        engine.Platform.List.Count.ShouldBe(20);
        engine.Platform.Script = _ => Reply.Taken;
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Fact]
    public async Task Run_DifferenceWithAFileMissing_PublishesTheRestAndCarriesItOver()
    {
        var engine = Create(full: false);
        engine.PutMany(9);
        engine.Platform.Script = batch => batch.Number == 1 ? Reply.Http500 : Reply.Taken;

        var run = await engine.RunAsync();

        (run.Delivered.Add, run.CarriedOver.Add).ShouldBe((6, 3));
        engine.Platform.Script = _ => Reply.Taken;
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Fact]
    public async Task Run_FileRefused_IsNotCutInHalves()
    {
        var engine = Create(full: false);
        engine.PutMany(3);
        engine.Platform.IsBad = _ => true;
        engine.Platform.Then(new Reply.RefuseBad());

        var run = await engine.RunAsync();

        (run.Requests, run.CarriedOver.Add, run.TopErrors[0].Code).ShouldBe((1, 3, "http_400"));
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Fact]
    public async Task Run_CancelledBeforePublication_NothingCounts()
    {
        var engine = Create(full: false);
        engine.PutMany(9);
        var run = await engine.StartAsync();
        await engine.PumpAsync(async () => (await engine.GetAsync(run.Id)).Phase == RunPhase.Publish);
        await engine.Runs.CancelAsync(run.Id, default);
        await engine.PumpAsync();

        engine.Platform.Published.ShouldBeEmpty();
        var ended = await engine.GetAsync(run.Id);
        (ended.Status, ended.CarriedOver.Add).ShouldBe((RunStatus.Cancelled, 9));
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Fact]
    public async Task Poison_Publication_RowsAreUncertain()
    {
        var engine = Create(full: false);
        engine.PutMany(3);
        engine.Platform.PublishScript = () => new Reply.Crash();

        var run = await engine.RunAsync();

        run.CarriedOver.Add.ShouldBe(3);
        (await engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(3);
        engine.Errors.Clear();
        engine.Platform.PublishScript = () => Reply.Taken;
        await engine.RunAsync();
        await ShouldBeInStepAsync(engine);
    }

    [Fact]
    public async Task Run_Full_EveryFileHasItsOwnOperationIds()
    {
        var engine = Create(full: true);
        engine.PutMany(9);

        await engine.RunAsync();

        engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => row.OperationId).ShouldBeUnique();
        engine.Platform.Calls.Select(call => call.MessageId).ShouldBeUnique();
    }

    private static EngineHarness Create(bool full) => new(card: card => card with
    {
        Forms = [DeliveryForm.File],
        MixesOperations = true,
        FullFiles = full,
    });

    private static void Change(EngineHarness engine)
    {
        engine.Put("c-0001", orders: 9);
        engine.Put("c-0002", vip: false);
        engine.Put("c-new");
    }

    private static async Task ShouldBeInStepAsync(EngineHarness engine)
    {
        engine.Errors.ShouldBeEmpty();
        engine.Platform.List.ShouldBe(await engine.ExpectedAsync());
        var published = engine.Platform.Published.Count;
        engine.Platform.Calls.Clear();
        (await engine.RunAsync()).Planned.Total.ShouldBe(0);
        (engine.Platform.Calls.Count, engine.Platform.Published.Count).ShouldBe((0, published));
    }
}
