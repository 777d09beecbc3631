using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Fakes;
using AudienceSync.Observability;
using AudienceSync.Profiles;
using AudienceSync.Runs;

namespace AudienceSync.Erasures;

/// <summary>What an erasure does with one destination, whatever that is and does at the time.</summary>
public sealed class ErasureTests
{
    private readonly EngineHarness _engine = new();

    private IEnumerable<string> Sent => _engine.Platform.Calls.SelectMany(call => call.Rows).Select(row => $"{row.Operation} {row.ProfileId}");

    [Fact]
    public async Task Erase_Member_IsRemovedAndForgottenAndOthersStay()
    {
        _engine.PutMany(5);
        var before = await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        var id = await EraseAsync("c-0002");

        Sent.ShouldBe(["Remove c-0002"]);
        _engine.Platform.Calls[0].Rows[0].Fields.Select(field => field.Key).ShouldBe(["user_id"], "by the keys last accepted, and nothing else");
        _engine.ShouldHaveList("c-0000", "c-0001", "c-0003", "c-0004");
        var receipt = await _engine.ReceiptAsync(id);
        (receipt.Outcome, receipt.Attempts, receipt.PlatformStatus, receipt.DestinationName, receipt.Connector).ShouldBe((ErasureOutcome.Removed, 1, 200, "VIPs", "receiver"));
        receipt.Remaining.ShouldNotBeNull();
        (await _engine.ErasureAsync(id)).ShouldSatisfyAllConditions(
            done => done.FinishedAt.ShouldNotBeNull(), done => done.Sealed.ShouldBeNull(), done => done.Key.ShouldBe(0UL));
        (await _engine.LedgerAsync()).Accepted.ShouldBe(4);
        (await _engine.FindAsync("c-0002")).ShouldBeEmpty();
        _engine.Erasures.Dump.ShouldNotContain("c-0002");
        var run = await _engine.GetAsync(receipt.RunId!);
        (run.Purpose, run.Trigger, run.Status, run.Delivered).ShouldBe((RunPurpose.Erasure, RunTrigger.Erasure, RunStatus.Succeeded, new OperationCounts(0, 0, 1)));
        (await RowsAsync(receipt.RunId!)).ShouldBe([("erased", "remove", "delivered")]);
        (await RowsAsync(before.Id)).ShouldBe(
            [("c-0000", "add", "delivered"), ("c-0001", "add", "delivered"), ("c-0003", "add", "delivered"), ("c-0004", "add", "delivered"), ("erased", "add", "delivered")]);
        await ShouldBeSilentAsync();
    }

    [Theory]
    [InlineData(DestinationMode.Mirror, ErasureOutcome.Removed, "Remove c-0001")]
    [InlineData(DestinationMode.AddOnly, ErasureOutcome.Removed, "Remove c-0001")]
    [InlineData(DestinationMode.Upsert, ErasureOutcome.Removed, "Remove c-0001")]
    [InlineData(DestinationMode.UpdateOnly, ErasureOutcome.Removed, "Remove c-0001")]
    [InlineData(DestinationMode.RemoveOnly, ErasureOutcome.Removed, null)]
    [InlineData(DestinationMode.Events, ErasureOutcome.Unsupported, "Remove c-0001")]
    public async Task Erase_EveryMode_TakesThePersonOff(DestinationMode mode, ErasureOutcome outcome, string? sent)
    {
        _engine.Platform.KeyField = mode is DestinationMode.Events ? null : "user_id";
        await _engine.ChangeAsync(destination => destination with { Mode = mode });
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        var id = await EraseAsync("c-0001");

        Sent.ShouldBe(sent is null ? [] : [sent]);
        var receipt = await _engine.ReceiptAsync(id);
        receipt.Outcome.ShouldBe(outcome);
        receipt.Remaining.ShouldNotBeNullOrEmpty();
        (await _engine.FindAsync("c-0001")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_PlatformWithoutRemovals_SaysWhatToDoByHand()
    {
        var engine = new EngineHarness(card: card => card with { Operations = [DeliveryOperation.Add, DeliveryOperation.Update] });
        await engine.ChangeAsync(destination => destination with { Mode = DestinationMode.Upsert });
        engine.PutMany(3);
        await engine.RunAsync();
        engine.Platform.Calls.Clear();

        var id = (await engine.EraseAsync("c-0001"))[0];
        await engine.PumpErasuresAsync();

        engine.Platform.Calls.ShouldBeEmpty();
        var receipt = await engine.ReceiptAsync(id);
        receipt.Outcome.ShouldBe(ErasureOutcome.Unsupported);
        receipt.Remaining.ShouldNotBeNull().ShouldContain("'VIPs' by hand");
        (await engine.LedgerAsync()).Accepted.ShouldBe(2);
        (await engine.FindAsync("c-0001")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_DestinationSwitchedOff_RemovesAllTheSame()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        await _engine.ChangeAsync(destination => destination with { Enabled = false });

        var id = await EraseAsync("c-0001");

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        _engine.ShouldHaveList("c-0000", "c-0002");
        (await _engine.States.GetAsync(EngineHarness.DestinationId, default))!.LastRunStatus.ShouldBe("succeeded");
    }

    [Fact]
    public async Task Erase_NeverDelivered_IsTold_AndNothingRuns()
    {
        _engine.PutMany(2);
        _engine.Put("outsider", vip: false);
        await _engine.RunAsync();

        var id = await EraseAsync("outsider");

        (await _engine.ReceiptAsync(id)).ShouldSatisfyAllConditions(
            receipt => receipt.Outcome.ShouldBe(ErasureOutcome.NeverThere), receipt => receipt.RunId.ShouldBeNull(), receipt => receipt.At.ShouldNotBeNull());
        (await _engine.Store.ListAsync(null, new(10, null), null, default)).Items.Count.ShouldBe(1);
        (await _engine.FindAsync("outsider")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_LeftTheSegmentBefore_IsToldAsRemoved()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Put("c-0001", vip: false);
        var run = await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        var id = await EraseAsync("c-0001");

        Sent.ShouldBeEmpty();
        (await _engine.ReceiptAsync(id)).ShouldSatisfyAllConditions(
            receipt => receipt.Outcome.ShouldBe(ErasureOutcome.Removed), receipt => receipt.RunId.ShouldBe(run.Id), receipt => receipt.Remaining.ShouldNotBeNull());
        (await _engine.FindAsync("c-0001")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_LeftOutByTheFirstRunOrRefusedAsAnAdd_WasNeverThere()
    {
        await _engine.ChangeAsync(destination => destination with { FirstRun = FirstRun.NewOnly });
        _engine.Put("ignored");
        await _engine.RunAsync();
        _engine.Platform.IsBad = row => row.ProfileId == "bad";
        _engine.Platform.Script = _ => new Reply.RefuseBad();
        _engine.Put("bad");
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        var ids = await _engine.EraseAsync("ignored", "bad");
        await _engine.PumpErasuresAsync();

        foreach (var id in ids)
        {
            (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.NeverThere);
        }

        Sent.ShouldBeEmpty();
        (await _engine.LedgerAsync()).Shards.Sum(shard => shard.Rows).ShouldBe(0);
        (await _engine.FindAsync("ignored", "bad")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_BaselinedMember_IsRemoved()
    {
        await _engine.ChangeAsync(destination => destination with { FirstRun = FirstRun.Baseline });
        _engine.Platform.List["c-0001"] = "was there";
        _engine.PutMany(2);
        await _engine.RunAsync();

        var id = await EraseAsync("c-0001");

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        _engine.Platform.List.ShouldNotContainKey("c-0001");
    }

    [Fact]
    public async Task Erase_WhileARunDelivers_NobodyIsAddedAfterAndTheRemovalComesBeforeTheNextRun()
    {
        _engine.PutMany(9);
        var id = "";
        _engine.Platform.OnCallAsync = async batch =>
        {
            if (id.Length == 0)
            {
                // Under erasure from the first call on: whoever of them is not sent yet stays out.
                id = "asked";
                id = (await _engine.EraseAsync("c-0000", "c-0001", "c-0002", "c-0003", "c-0004", "c-0005", "c-0006", "c-0007"))[0];
                await _engine.Leases.RequestAgainAsync(EngineHarness.DestinationId, default);
                (await _engine.EraseStepAsync()).ShouldBeTrue();
                _engine.Time.Advance(TimeSpan.FromSeconds(6));
            }
        };
        await _engine.StartAsync();

        await _engine.PumpErasuresAsync();

        var first = _engine.Platform.Calls[0].Rows.Select(row => row.ProfileId).ToHashSet();
        var adds = _engine.Platform.Calls.SelectMany(call => call.Rows).Where(row => row.Operation is DeliveryOperation.Add).Select(row => row.ProfileId);
        adds.Where(profile => profile != "c-0008").ShouldBe(first.Where(profile => profile != "c-0008"), ignoreOrder: true);
        _engine.ShouldHaveList("c-0008");
        var runs = (await _engine.Store.ListAsync(null, new(10, null), null, default)).Items.OrderBy(run => run.Fence).Select(run => run.Trigger);
        runs.ShouldBe([RunTrigger.Manual, RunTrigger.Erasure, RunTrigger.Again]);
        (await _engine.FindAsync("c-0000", "c-0001", "c-0002", "c-0003", "c-0004", "c-0005", "c-0006", "c-0007")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_WhileAHeldPlanHasThePerson_ThePlanGivesWayAndIsMadeAnew()
    {
        await _engine.ChangeAsync(destination => destination with { Guards = new() { MaxRemovePercent = 20, MaxRemoveCount = 1 } });
        _engine.PutMany(4);
        await _engine.RunAsync();
        _engine.Put("c-0000", vip: false);
        _engine.Put("c-0001", vip: false);
        _engine.Put("c-new");
        var held = await _engine.RunAsync();
        held.Status.ShouldBe(RunStatus.Held);

        var id = await EraseAsync("c-new");

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.NeverThere);
        (await _engine.StatusAsync(held.Id)).ShouldBe(RunStatus.Cancelled);
        var again = (await _engine.Store.ListAsync(null, new(10, null), null, default)).Items.MaxBy(run => run.Fence)!;
        (again.Status, again.Trigger, again.Planned).ShouldBe((RunStatus.Held, RunTrigger.Again, new OperationCounts(0, 0, 2)));
        await _engine.Runs.DecideAsync(again.Id, ApprovalAction.Approve, default);
        await _engine.PumpAsync();
        _engine.ShouldHaveList("c-0002", "c-0003");
    }

    [Fact]
    public async Task Erase_WhileAPlanIsHeld_TheRemovalDoesNotWait()
    {
        await _engine.ChangeAsync(destination => destination with { Guards = new() { MaxRemovePercent = 20, MaxRemoveCount = 1 } });
        _engine.PutMany(4);
        await _engine.RunAsync();
        _engine.Put("c-0000", vip: false);
        _engine.Put("c-0001", vip: false);
        (await _engine.RunAsync()).Status.ShouldBe(RunStatus.Held);

        var id = await EraseAsync("c-0003");

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        _engine.ShouldHaveList("c-0000", "c-0001", "c-0002");
    }

    [Fact]
    public async Task Erase_ManyAtOnce_TakesOneRunThatNoGuardHolds()
    {
        await _engine.ChangeAsync(destination => destination with { Guards = new() });
        _engine.Shards.ShardBits = 2;
        _engine.PutMany(160);
        await _engine.RunAsync();
        _engine.Platform.Calls.Clear();

        var ids = await _engine.EraseAsync([.. Enumerable.Range(0, 150).Select(EngineHarness.Id)]);
        await _engine.PumpErasuresAsync();

        _engine.Platform.List.Count.ShouldBe(10);
        var receipts = await Task.WhenAll(ids.Select(id => _engine.ReceiptAsync(id)));
        receipts.ShouldAllBe(receipt => receipt.Outcome == ErasureOutcome.Removed);
        receipts.Select(receipt => receipt.RunId).Distinct().Count().ShouldBe(1);
        (await _engine.FindAsync([.. Enumerable.Range(0, 150).Select(EngineHarness.Id)])).ShouldBeEmpty();
        await ShouldBeSilentAsync();
    }

    [Fact]
    public async Task Erase_PlatformRefusesCredentials_StaysPendingUntilItTakesThem()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Script = _ => new Reply.Unauthorized();

        var id = (await _engine.EraseAsync("c-0001"))[0];
        await _engine.PumpUntilAsync(id, erasure => erasure.ReceiptOf(EngineHarness.DestinationId) is { Attempts: >= 2, IsRunning: false } && erasure.PurgedAt is not null);

        var receipt = await _engine.ReceiptAsync(id);
        (receipt.Outcome, receipt.Code).ShouldBe((ErasureOutcome.Pending, "unauthorized"));
        receipt.NextTryAt.ShouldNotBeNull().ShouldBeGreaterThan(_engine.Time.GetUtcNow());
        var found = await _engine.FindAsync("c-0001");
        found.ShouldNotBeEmpty("the ledger keeps what the removal needs");

        await _engine.PumpUntilAsync(id, erasure => erasure.IsReported);
        _engine.Erasing.StatusOf(await _engine.ErasureAsync(id)).ShouldBe(ErasureStatus.Attention);
        (await new ErasureNotice(_engine.Erasures, _engine.Erasing).FindAsync(default)).ShouldNotBeNull().ShouldStartWith("1 erasure is not done");
        using (var measurements = new Measurements(_engine.Instruments))
        {
            await _engine.Worker.TickAsync(default);
            measurements.All.Select(each => (each.Instrument, each.Value)).ShouldBe([(InstrumentNames.ErasuresOpen, 1), (InstrumentNames.ErasuresAttention, 1)]);
        }

        (await _engine.ReceiptAsync(id)).Attempts.ShouldBeInRange(6, 14, "ever more seldom");

        _engine.Platform.Script = _ => Reply.Taken;
        await _engine.PumpErasuresAsync();
        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
        _engine.ShouldHaveList("c-0000", "c-0002");
        (await _engine.FindAsync("c-0001")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_PersonWhomOnlyTheEventTesterSent_SaysWhatToDoByHand()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Put("tested");
        await _engine.Records.TryWriteAsync(
            new()
            {
                Id = DeliveryRecord.CreateId(EngineHarness.DestinationId, _engine.Time.GetUtcNow()),
                At = _engine.Time.GetUtcNow(),
                DestinationId = EngineHarness.DestinationId,
                RunId = "test_1",
                ConnectionId = "con_1",
                Connector = "fake",
                Call = DeliveryCall.Batch,
                Attempt = 1,
                Outcome = DeliveryVerdict.Delivered,
                Accepted = 1,
                Person = _engine.PersonHashes.Of("tested"),
            },
            default);

        var ids = await _engine.EraseAsync("tested", "c-0001");
        await _engine.PumpErasuresAsync();

        var receipt = await _engine.ReceiptAsync(ids[0]);
        (receipt.Outcome, receipt.Detail).ShouldBe((ErasureOutcome.Unsupported, ReceiptWords.Tested));
        receipt.Remaining.ShouldNotBeNull().ShouldContain("by hand");
        (await _engine.ReceiptAsync(ids[1])).Outcome.ShouldBe(ErasureOutcome.Removed);
    }

    [Fact]
    public async Task Erase_PlatformRejectsTheRow_IsFailedAndTriedAgain()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.IsBad = row => row.Operation is DeliveryOperation.Remove;
        _engine.Platform.Script = _ => new Reply.RefuseBad();

        var id = (await _engine.EraseAsync("c-0001"))[0];
        await _engine.PumpUntilAsync(id, erasure => erasure.ReceiptOf(EngineHarness.DestinationId) is { Attempts: 2, IsRunning: false });

        (await _engine.ReceiptAsync(id)).ShouldSatisfyAllConditions(
            receipt => receipt.Outcome.ShouldBe(ErasureOutcome.Failed), receipt => receipt.Code.ShouldNotBeNullOrEmpty(), receipt => receipt.NextTryAt.ShouldNotBeNull());
        _engine.Platform.IsBad = _ => false;
        await _engine.PumpErasuresAsync();
        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
    }

    [Fact]
    public async Task Erase_AnOrdinaryRunRemovesFirst_TheReceiptSaysSo()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Script = batch => batch.Rows.Any(row => row.Operation is DeliveryOperation.Remove) ? new Reply.Unauthorized() : Reply.Taken;
        var id = (await _engine.EraseAsync("c-0001"))[0];
        await _engine.PumpUntilAsync(id, erasure => erasure.ReceiptOf(EngineHarness.DestinationId) is { Attempts: 1, IsRunning: false });
        _engine.Platform.Script = _ => Reply.Taken;

        await _engine.StartAsync();
        await _engine.PumpErasuresAsync();

        (await _engine.ReceiptAsync(id)).ShouldSatisfyAllConditions(
            receipt => receipt.Outcome.ShouldBe(ErasureOutcome.Removed), receipt => receipt.Attempts.ShouldBe(1), receipt => receipt.Detail.ShouldBe(ReceiptWords.RemovedWithOthers));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Erase_FileDestination_TheNextFilesSaySo(bool full)
    {
        var engine = Files(full);
        engine.PutMany(6);
        await engine.RunAsync();

        var id = (await engine.EraseAsync("c-0003"))[0];
        await engine.PumpErasuresAsync();

        engine.ShouldHaveList("c-0000", "c-0001", "c-0002", "c-0004", "c-0005");
        engine.Platform.Published.Count.ShouldBe(2);
        engine.Platform.Published[1].IsFull.ShouldBe(full);
        var receipt = await engine.ReceiptAsync(id);
        (receipt.Outcome, receipt.Remaining).ShouldBe((ErasureOutcome.Removed, ReceiptWords.AfterFile));
        (await engine.FindAsync("c-0003")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_FullFilesOfADestinationSwitchedOff_WritesNothingAndSaysWhatToDo()
    {
        var engine = Files(full: true);
        engine.PutMany(4);
        await engine.RunAsync();
        await engine.ChangeAsync(destination => destination with { Enabled = false });

        var id = (await engine.EraseAsync("c-0003"))[0];
        await engine.PumpErasuresAsync();

        engine.Platform.Published.Count.ShouldBe(1, "a set without anybody in it would take everyone off");
        (await engine.ReceiptAsync(id)).ShouldSatisfyAllConditions(
            receipt => receipt.Outcome.ShouldBe(ErasureOutcome.Unsupported), receipt => receipt.Remaining.ShouldNotBeNull().ShouldContain("written anew"));
        (await engine.FindAsync("c-0003")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_DestinationIsDeletedBeforeItAccepts_SaysWhatToDoByHand()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Script = _ => new Reply.Unauthorized();
        var id = (await _engine.EraseAsync("c-0001"))[0];
        await _engine.PumpUntilAsync(id, erasure => erasure.ReceiptOf(EngineHarness.DestinationId) is { Attempts: 1, IsRunning: false });

        await _engine.Destinations.TryDeleteAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await _engine.Ledgers.DeleteAsync(EngineHarness.DestinationId, default);
        await _engine.PumpErasuresAsync();

        (await _engine.ReceiptAsync(id)).ShouldSatisfyAllConditions(
            receipt => receipt.Outcome.ShouldBe(ErasureOutcome.Unsupported), receipt => receipt.Code.ShouldBe("destination_gone"), receipt => receipt.Remaining.ShouldNotBeNull());
        (await _engine.FindAsync("c-0001")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, ErasureOutcome.Unsupported, "destination_gone")]
    [InlineData(true, ErasureOutcome.Removed, null)]
    public async Task Erase_DestinationWasDeletedBefore_ItsRunsTellWhatIsLeftThere(bool leftBefore, ErasureOutcome outcome, string? code)
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        if (leftBefore)
        {
            _engine.Put("c-0001", vip: false);
            await _engine.RunAsync();
        }

        await _engine.Destinations.TryDeleteAsync((await _engine.Destinations.GetAsync(EngineHarness.DestinationId, default))!, default);
        await _engine.Ledgers.DeleteAsync(EngineHarness.DestinationId, default);
        var ids = await _engine.EraseAsync("c-0001", "nobody");
        await _engine.PumpErasuresAsync();

        var receipt = await _engine.ReceiptAsync(ids[0]);
        (receipt.Outcome, receipt.Code, receipt.DestinationName, receipt.Connector).ShouldBe((outcome, code, "VIPs", "receiver"));
        receipt.Remaining.ShouldNotBeNullOrEmpty();
        (await _engine.ErasureAsync(ids[1])).Receipts.ShouldBeEmpty();
        (await _engine.FindAsync("c-0001")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_PlatformNamesThePersonInItsRefusal_TheReceiptDoesNot()
    {
        _engine.Put("c-0001", email: "Ana.B@example.com");
        _engine.Put("c-0002");
        await _engine.RunAsync();
        _engine.Platform.Script = _ => new Reply.PerRow(_ => new(RowFate.Rejected, "not_welcome", "We know no 'c-0001' <ana.b@EXAMPLE.com>"));

        var id = (await _engine.EraseAsync("c-0001"))[0];
        await _engine.PumpUntilAsync(id, erasure => erasure.ReceiptOf(EngineHarness.DestinationId) is { Attempts: 1, IsRunning: false });

        var receipt = await _engine.ReceiptAsync(id);
        (receipt.Outcome, receipt.Code).ShouldBe((ErasureOutcome.Failed, "not_welcome"));
        receipt.Detail.ShouldNotBeNull().ShouldNotContain("c-0001");
        receipt.Detail.ShouldNotContain("ana.b", Case.Insensitive);
        _engine.Erasures.Dump.ShouldNotContain("c-0001");
    }

    [Fact]
    public async Task Erase_Twice_IsTheSameErasureWhileItIsOpenAndHarmlessAfter()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Script = _ => new Reply.Unauthorized();
        var first = (await _engine.EraseAsync("c-0001"))[0];
        var again = (await _engine.Erasing.EraseAsync(new NewErasure("c-0001"), default)).ShouldBeOk();
        again.Id.ShouldBe(first);
        (await _engine.Erasing.EraseAsync("c-0001", default)).ShouldBeRefused("not_found");

        _engine.Platform.Script = _ => Reply.Taken;
        await _engine.PumpErasuresAsync();
        var later = (await _engine.Erasing.EraseAsync(new NewErasure("c-0001"), default)).ShouldBeOk();
        await _engine.PumpErasuresAsync();

        later.Id.ShouldNotBe(first);
        (await _engine.ReceiptAsync(first)).Outcome.ShouldBe(ErasureOutcome.Removed);
        (await _engine.ReceiptAsync(later.Id)).Outcome.ShouldBe(ErasureOutcome.NeverThere);
        _engine.ShouldHaveList("c-0000", "c-0002");
    }

    [Fact]
    public async Task Erase_PersonWhoComesBack_StaysOffUntilTheTombstoneIsLifted()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        await EraseAsync("c-0001");

        _engine.Put("c-0001");
        _engine.Put("other-id", email: "C-0001@example.com");
        var run = await _engine.RunAsync();

        run.Funnel.ShouldBe(new(4, 0, 2, 0, 0));
        _engine.ShouldHaveList("c-0000", "c-0002");
        await _engine.UnsuppressAsync("c-0001");
        await _engine.UnsuppressAsync("c-0001@example.com", ProfileColumns.Email);
        await _engine.RunAsync();
        _engine.ShouldHaveList("c-0000", "c-0001", "c-0002", "other-id");
    }

    [Fact]
    public async Task Erase_PersonImportedAgainMeanwhile_KeepsTheNewProfile()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Platform.Script = _ => new Reply.Unauthorized();
        var id = (await _engine.EraseAsync("c-0001"))[0];
        await _engine.PumpUntilAsync(id, erasure => erasure.FoldedAt is not null);
        _engine.Put("c-0001", orders: 99);
        _engine.Platform.Script = _ => Reply.Taken;

        await _engine.PumpErasuresAsync();

        _engine.Profiles["c-0001"]["orders"].AsInteger().ShouldBe(99);
        _engine.ShouldHaveList("c-0000", "c-0002");
        (await _engine.ErasureAsync(id)).FinishedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task Erase_RemoteIdsAndWordsOfThePlatform_AreForgotten()
    {
        _engine.PutMany(2);
        _engine.Platform.Script = _ => new Reply.PerRow(row => row.ProfileId == "c-0001"
            ? new RowOutcome(RowFate.Accepted, "taken", "as 4711 of c-0001") { RemoteId = "remote-c-0001" }
            : RowOutcome.AcceptedAs($"remote-{row.ProfileId}"));
        var run = await _engine.RunAsync();

        await EraseAsync("c-0001");

        var records = await _engine.Outcomes.ReadAsync(run.Id, null, null, default).ToListAsync();
        records.SelectMany(record => record.RemoteIds ?? []).Select(known => known.Id).ShouldBe(["remote-c-0000"]);
        records.SelectMany(record => record.Groups).ShouldAllBe(group => group.Detail == null);
        records.SelectMany(record => record.Groups).ShouldContain(group => group.Code == "taken");
        (await _engine.FindAsync("remote-c-0001")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Erase_EveryMessageLost_ComesThroughByTheTicks()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        var id = (await _engine.EraseAsync("c-0001"))[0];
        _engine.ErasureQueue.Clear();

        await _engine.PumpErasuresAsync();

        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
    }

    [Fact]
    public async Task Erase_RequestStoppedBeforeItWasDone_IsDoneByTheWorker()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        var id = (await _engine.Erasing.NoteAsync([new("c-0001", [], [])], default))[0];
        _engine.Profiles.Remove("c-0001");

        await _engine.PumpErasuresAsync();

        (await _engine.ErasureAsync(id)).IsNoted.ShouldBeTrue();
        (await _engine.ReceiptAsync(id)).Outcome.ShouldBe(ErasureOutcome.Removed);
    }

    [Fact]
    public async Task Suppress_MemberDeliveredBefore_IsRemovedByTheNextRunAndCounted()
    {
        _engine.PutMany(4);
        await _engine.RunAsync();
        await _engine.SuppressAsync("c-0001");
        await _engine.SuppressAsync("c-0002@example.com", ProfileColumns.Email);

        var run = await _engine.RunAsync();

        (run.Funnel, run.Delivered).ShouldBe((new(4, 0, 2, 0, 0), new OperationCounts(0, 0, 2)));
        _engine.ShouldHaveList("c-0000", "c-0003");
        await _engine.UnsuppressAsync("c-0001");
        (await _engine.RunAsync()).Delivered.ShouldBe(new OperationCounts(1, 0, 0));
    }

    private async Task<string> EraseAsync(string profileId)
    {
        var id = (await _engine.EraseAsync(profileId))[0];
        await _engine.PumpErasuresAsync();
        return id;
    }

    private async Task<List<(string, string, string)>> RowsAsync(string runId) =>
        [.. (await _engine.Rows.ListAsync(runId, new([], null, null, null), new(50, null), default)).ShouldBeOk().Items.Select(row => (row.ProfileId, row.Operation, row.Outcome)).Order()];

    private async Task ShouldBeSilentAsync()
    {
        _engine.Platform.Calls.Clear();
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
        _engine.Platform.Calls.ShouldBeEmpty();
    }

    private static EngineHarness Files(bool full)
    {
        return new(card: card => card with { Forms = [DeliveryForm.File], MixesOperations = true, FullFiles = full });
    }
}
