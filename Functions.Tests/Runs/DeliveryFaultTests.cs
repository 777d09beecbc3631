using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>What a platform may answer, one fact each: the list ends equal to the segment, nothing is lost, and the run after makes no call.</summary>
public sealed class DeliveryFaultTests
{
    private readonly EngineHarness _engine = new();

    [Fact]
    public async Task Run_EverythingTaken_ListIsTheSegmentAndTheNextRunIsSilent()
    {
        _engine.PutMany(10);
        _engine.Put("c-out", vip: false);

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        (run.Planned, run.Delivered).ShouldBe((new OperationCounts(10, 0, 0), new OperationCounts(10, 0, 0)));
        run.Requests.ShouldBe(4);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_MemberEntersChangesLeaves_SendsEachOnceAddsFirst()
    {
        _engine.PutMany(6);
        await _engine.RunAsync();
        _engine.Put("c-0001", orders: 7);
        _engine.Put("c-0002", vip: false);
        _engine.Profiles.Remove("c-0003");
        _engine.Put("c-new");
        _engine.Platform.Calls.Clear();

        var run = await _engine.RunAsync();

        run.Delivered.ShouldBe(new OperationCounts(1, 1, 2));
        _engine.Platform.Calls.Select(call => call.Rows[0].Operation).ShouldBe([DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove]);
        _engine.Platform.Calls[^1].Rows.ShouldAllBe(row => ScriptedConnectorClient.Show(row.Fields) == $"user_id={row.ProfileId}");
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_500ThenTaken_SendsTheSameOperationsAgain()
    {
        _engine.PutMany(2);
        _engine.Platform.Then(Reply.Http500);
        var start = _engine.Time.GetUtcNow();

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        var (first, second) = (_engine.Platform.Calls[0], _engine.Platform.Calls[1]);
        second.MessageId.ShouldBe(first.MessageId);
        second.Rows.Select(row => row.OperationId).ShouldBe(first.Rows.Select(row => row.OperationId));
        (_engine.Time.GetUtcNow() - start).ShouldBeGreaterThanOrEqualTo(_engine.Delivery.RetryBase / 2);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_500ForAsLongAsTheRunTries_CarriesTheRestOverAndConvergesLater()
    {
        _engine.PutMany(12);
        _engine.Platform.Script = _ => Reply.Http500;

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Failed);
        run.CarriedOver.Add.ShouldBe(12);
        run.TopErrors.ShouldContain(error => error.Code == "http_500" && error.Retryable);
        EngineHarness.ShouldAddUp(run);

        // Two batches in a row are enough to know that the platform is down: not each of the four takes all its tries.
        _engine.Platform.Calls.Count.ShouldBeLessThan(4 * _engine.Delivery.MaxAttempts);

        _engine.Platform.Script = _ => Reply.Taken;
        (await _engine.RunAsync()).Status.ShouldBe(RunStatus.Succeeded);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_Throttled_WaitsAsToldAndCountsNoAttempt()
    {
        _engine.PutMany(1);
        _engine.Platform.Then([.. Enumerable.Repeat(new Reply.Throttle(TimeSpan.FromMinutes(7)), _engine.Delivery.MaxAttempts + 2)]);
        List<DateTimeOffset> calls = [];
        _engine.Platform.OnCallAsync = _ => Noted(calls);

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        calls.Count.ShouldBe(_engine.Delivery.MaxAttempts + 3);
        calls.Zip(calls.Skip(1)).ShouldAllBe(pair => pair.Second - pair.First >= TimeSpan.FromMinutes(7) && pair.Second - pair.First < TimeSpan.FromMinutes(8));
        (await _engine.Rows.ListAsync(run.Id, new([], null, null, null), new(10, null), default)).ShouldBeOk().Items.ShouldHaveSingleItem().Attempts.ShouldBe(1);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_ThrottledWithoutAHint_WaitsTheDefault()
    {
        _engine.PutMany(1);
        _engine.Platform.Then(new Reply.Throttle(null));
        List<DateTimeOffset> calls = [];
        _engine.Platform.OnCallAsync = _ => Noted(calls);

        await _engine.RunAsync();

        (calls[1] - calls[0]).ShouldBeGreaterThanOrEqualTo(_engine.Delivery.ThrottleDefault);
    }

    [Fact]
    public async Task Run_OneLaneThrottled_TheOthersOfTheConnectionWaitToo()
    {
        _engine.PutMany(6); // two batches, two lanes
        _engine.Platform.Then(new Reply.Throttle(TimeSpan.FromMinutes(5)));
        List<DateTimeOffset> calls = [];
        _engine.Platform.OnCallAsync = _ => Noted(calls);

        await _engine.RunAsync();

        calls.Count.ShouldBe(3);
        calls.Skip(1).ShouldAllBe(call => call - calls[0] >= TimeSpan.FromMinutes(5));
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_ToldToWaitLongerThanARunMayLast_CarriesOver()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.Throttle(TimeSpan.FromDays(1)));

        var run = await _engine.RunAsync();

        (run.Status, run.CarriedOver.Add, run.Requests).ShouldBe((RunStatus.Failed, 3, 1));
        (await _engine.LedgerAsync()).Shards.ShouldAllBe(shard => shard.Uncertain == 0);
        await _engine.RunAsync();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_ThrottledForLongAfterALostAnswer_RowsAreUncertain()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(Reply.ResetAfterApply, new Reply.Throttle(TimeSpan.FromDays(1)));

        await _engine.RunAsync();

        (await _engine.LedgerAsync()).Shards.Sum(shard => shard.Uncertain).ShouldBe(3);
        foreach (var id in _engine.Profiles.Keys.ToList())
        {
            _engine.Put(id, vip: false);
        }

        // They are on the list, so leaving takes them off it.
        await _engine.RunAsync();
        await ShouldHoldAndApproveAsync();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_SomeRowsRejected_AreQuarantinedUntilTheirPayloadChanges()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Rejected, "invalid_email", "Not an address.") : RowOutcome.Accepted));

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Partial);
        (run.Delivered.Add, run.Rejected.Add).ShouldBe((2, 1));
        run.TopErrors.ShouldHaveSingleItem().ShouldBe(new RunError("invalid_email", "Not an address.", 1, Retryable: false));
        (await _engine.LedgerAsync()).Shards.Sum(shard => shard.Quarantined).ShouldBe(1);

        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
        _engine.Platform.Calls.Count.ShouldBe(1);

        _engine.Put("c-0001", email: "better@example.com");
        (await _engine.RunAsync()).Delivered.ShouldBe(new OperationCounts(1, 0, 0));
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_RejectedRow_IsSentAgainWhenTheMappingChanges()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Rejected, "bad") : RowOutcome.Accepted));
        await _engine.RunAsync();

        // Another version of the mapping with the same payload: only what was refused is worth another try.
        await _engine.ChangeAsync(destination => destination with { MappingVersion = 2 });
        var run = await _engine.RunAsync();

        run.Planned.ShouldBe(new OperationCounts(1, 0, 0));
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Retry_RejectedRow_IsSentAgainByHand()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Rejected, "bad") : RowOutcome.Accepted));
        var first = await _engine.RunAsync();

        var retried = (await _engine.Runs.RetryAsync(first.Id, default)).ShouldBeOk();
        await _engine.PumpAsync();

        (await _engine.GetAsync(retried.Id)).Delivered.ShouldBe(new OperationCounts(1, 0, 0));
        await ShouldBeInStepAsync();
        (await _engine.Runs.RetryAsync(first.Id, default)).ShouldBeRefused("nothing_to_retry");
    }

    [Fact]
    public async Task Retry_CutShort_StaysOwedToTheNextRun()
    {
        _engine.PutMany(1);
        _engine.Platform.Then(new Reply.PerRow(_ => new(RowFate.Rejected, "bad")));
        var first = await _engine.RunAsync();
        _engine.Platform.Then(new Reply.Misconfigured());
        await _engine.Runs.RetryAsync(first.Id, default);
        await _engine.PumpAsync();

        (await _engine.RunAsync()).Delivered.ShouldBe(new OperationCounts(1, 0, 0));
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_SomeRowsRefusedForNow_SendsThoseAloneAgain()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Retryable, "busy") : RowOutcome.Accepted));

        var run = await _engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        _engine.Platform.Calls[1].Rows.ShouldHaveSingleItem().ProfileId.ShouldBe("c-0001");
        await ShouldBeInStepAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Run_RowsTheAnswerDoesNotMention_AreSentAgainByTheNextRun(bool applied)
    {
        _engine.PutMany(3);
        _engine.Platform.Then(new Reply.PerRow(row => row.ProfileId == "c-0001" ? new(RowFate.Uncertain, "unmentioned") : RowOutcome.Accepted, applied));

        var run = await _engine.RunAsync();

        (run.Status, run.CarriedOver.Add).ShouldBe((RunStatus.Partial, 1));
        var before = _engine.Platform.Calls[0].Rows.Single(row => row.ProfileId == "c-0001");
        (await _engine.RunAsync()).Planned.ShouldBe(new OperationCounts(1, 0, 0));
        var again = _engine.Platform.Calls[1].Rows.ShouldHaveSingleItem();
        again.OperationId.ShouldBe(before.OperationId);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_UncertainThenAnotherPayloadThenTheFirst_NeverRepeatsAnOperationId()
    {
        var unknown = new Reply.PerRow(_ => new(RowFate.Uncertain, "unmentioned"), AppliesUncertain: true);
        _engine.Platform.Then(unknown, unknown);
        _engine.Put("c-1", orders: 1);
        await _engine.RunAsync();
        _engine.Put("c-1", orders: 2);
        await _engine.RunAsync();
        _engine.Put("c-1", orders: 1);
        await _engine.RunAsync();

        // A platform that drops repeats would otherwise drop the third and keep what the second said.
        _engine.Platform.Calls.Select(call => call.Rows[0].OperationId).ShouldBeUnique();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_Unauthorized_MarksTheConnectionKeepsRowsPendingAndResumesByItself()
    {
        _engine.PutMany(12);
        await _engine.ChangeAsync(destination => destination with { AutoSync = true });
        _engine.Platform.IsAuthorized = false;
        _engine.Platform.Script = _ => new Reply.Unauthorized();
        await _engine.States.UpdateAsync(EngineHarness.DestinationId, state => state with { NextRunAt = _engine.Time.GetUtcNow().AddHours(6) }, default);

        var run = await _engine.RunAsync();

        run.CarriedOver.Add.ShouldBe(12);
        run.Stopped.ShouldNotBeNull().Code.ShouldBe(RunNames.Unauthorized);
        (await _engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default))!.Status.ShouldBe(ConnectionStatus.Unauthorized);
        var calls = _engine.Platform.Calls.Count;
        calls.ShouldBeLessThanOrEqualTo(2); // no lane goes on after the first refusal

        // Probed, not synced, for as long as the credentials are refused.
        var later = _engine.Time.GetUtcNow().AddMinutes(30);
        await _engine.PumpAsync(() => Task.FromResult(_engine.Time.GetUtcNow() > later));
        _engine.Platform.Calls.Count.ShouldBe(calls);

        _engine.Platform.IsAuthorized = true;
        _engine.Platform.Script = _ => Reply.Taken;
        await _engine.PumpAsync(() => Task.FromResult(_engine.Platform.List.Count == 12));
        await _engine.PumpAsync();
        (await _engine.ConnectionStore.GetAsync(EngineHarness.ConnectionId, default))!.Status.ShouldBe(ConnectionStatus.Healthy);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_OneBadRowRefusesItsBatch_IsFoundByHalvingAndTheRestIsTaken()
    {
        var engine = new EngineHarness(card: card => card with { RowsPerBatch = 16 });
        engine.PutMany(16);
        engine.Platform.IsBad = row => row.ProfileId == "c-0005";
        engine.Platform.Script = _ => new Reply.RefuseBad();

        var run = await engine.RunAsync();

        (run.Delivered.Add, run.Rejected.Add).ShouldBe((15, 1));
        (await engine.Rows.ListAsync(run.Id, new(["rejected"], null, null, null), new(10, null), default)).ShouldBeOk()
            .Items.ShouldHaveSingleItem().ProfileId.ShouldBe("c-0005");
        run.Requests.ShouldBe(9); // 1 whole, then two halves at each of four levels
        (await engine.RunAsync()).Requests.ShouldBe(0);
        engine.ShouldHaveList(engine.Profiles.Keys.Where(id => id != "c-0005"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Run_AnswerLost_EndsWithTheListRight(int kind)
    {
        _engine.PutMany(7);
        await _engine.RunAsync();
        _engine.Put("c-0001", orders: 9);
        _engine.Put("c-0002", vip: false);
        _engine.Put("c-new");
        Reply[] lost = [Reply.TimeoutBeforeApply, Reply.TimeoutAfterApply, Reply.ResetAfterApply, Reply.NoConnection];
        _engine.Platform.Then(lost[kind], lost[kind], lost[kind]);

        (await _engine.RunAsync()).Status.ShouldBe(RunStatus.Succeeded);

        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_AnswerLostOnEveryTry_LeaversAreStillTakenOff()
    {
        _engine.Put("c-1");
        _engine.Platform.Script = _ => Reply.ResetAfterApply; // it is on the list, and nobody told us
        await _engine.RunAsync();
        _engine.Put("c-1", vip: false);
        _engine.Put("c-2");
        _engine.Platform.Script = _ => Reply.Taken;

        await _engine.RunAsync();

        _engine.ShouldHaveList("c-2");
    }

    [Fact]
    public async Task Run_NeverConnected_NobodyIsUncertainAndNoStrangerIsRemoved()
    {
        _engine.Platform.List["c-1"] = "a stranger with the id of one of ours";
        _engine.Put("c-1");
        _engine.Put("c-2");
        _engine.Platform.Script = _ => Reply.NoConnection;
        await _engine.RunAsync();
        (await _engine.LedgerAsync()).Shards.ShouldAllBe(shard => shard.Rows == 0);

        _engine.Put("c-1", vip: false);
        _engine.Platform.Script = _ => Reply.Taken;
        await _engine.RunAsync();

        _engine.ShouldHaveList("c-1", "c-2");
    }

    [Fact]
    public async Task Run_CallHangsLongerThanAClaim_NobodyElseTakesTheStep()
    {
        _engine.PutMany(2);
        var run = await _engine.StartAsync();
        _engine.Platform.Then(Reply.TimeoutAfterApply);
        _engine.Platform.OnCallAsync = async _ =>
        {
            _engine.Platform.OnCallAsync = _ => Task.CompletedTask;
            for (var third = 0; third < 9; third++)
            {
                var claims = _engine.Store.Claims;
                _engine.Time.Advance(_engine.Options.ClaimFor / 3);
                while (_engine.Store.Claims == claims)
                {
                    await Task.Yield(); // the renewal runs beside us
                }

                await _engine.Steps.RunAsync(new(run.Id, RunStep.Lane, 0, RunPhase.Upserts), default);
            }

            _engine.Platform.Calls.Count.ShouldBe(1);
        };

        await _engine.PumpAsync();

        (await _engine.StatusAsync(run.Id)).ShouldBe(RunStatus.Succeeded);
        _engine.Platform.Calls.Count.ShouldBe(2);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_DestinationIsSetUpWrongly_StopsAtOnceAndKeepsRowsPending()
    {
        _engine.PutMany(30);
        _engine.Platform.Script = _ => new Reply.Misconfigured();

        var run = await _engine.RunAsync();

        (run.Status, run.CarriedOver.Add).ShouldBe((RunStatus.Failed, 30));
        run.Requests.ShouldBeLessThanOrEqualTo(2);
        _engine.Platform.Script = _ => Reply.Taken;
        await _engine.RunAsync();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_RefusedRemoval_KeepsTheMemberInSightUntilItIsTriedByHand()
    {
        _engine.PutMany(3);
        await _engine.RunAsync();
        _engine.Put("c-0001", vip: false);
        _engine.Platform.Then(new Reply.PerRow(_ => new(RowFate.Rejected, "protected")));

        var run = await _engine.RunAsync();

        run.Rejected.ShouldBe(new OperationCounts(0, 0, 1));
        (await _engine.RunAsync()).Planned.Total.ShouldBe(0);
        (await _engine.LedgerAsync()).Shards.Sum(shard => shard.Quarantined).ShouldBe(1);
        await _engine.Runs.RetryAsync(run.Id, default);
        await _engine.PumpAsync();
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_MemberOfARefusedRemovalComesBack_IsSentAgain()
    {
        _engine.PutMany(2);
        await _engine.RunAsync();
        _engine.Put("c-0001", vip: false);
        _engine.Platform.Then(new Reply.PerRow(_ => new(RowFate.Rejected, "protected")));
        await _engine.RunAsync();
        _engine.Put("c-0001", orders: 5);

        await _engine.RunAsync();

        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_Job_IsAskedAfterUntilItEndsAndNothingIsSentTwice()
    {
        _engine.PutMany(3);
        _engine.Platform.Then(
            new Reply.Job("job-1", TimeSpan.FromSeconds(30)), new Reply.Job("job-1", TimeSpan.FromMinutes(1)), Reply.Http500,
            new Reply.Throttle(TimeSpan.FromMinutes(1)), Reply.Taken);

        var run = await _engine.RunAsync();

        (run.Status, run.Requests).ShouldBe((RunStatus.Succeeded, 5));
        _engine.Platform.Calls.Count.ShouldBe(1);
        _engine.Platform.Polls.ShouldAllBe(poll => poll.JobId == "job-1" && poll.Batch.Rows.Length == 3);
        await ShouldBeInStepAsync();
    }

    [Fact]
    public async Task Run_JobOfHalfABatch_IsAskedAfterWithItsOwnRows()
    {
        var engine = new EngineHarness(card: card => card with { RowsPerBatch = 8 });
        engine.PutMany(8);
        engine.Platform.IsBad = _ => true;
        engine.Platform.Then(new Reply.RefuseBad(), new Reply.Job("job-1", TimeSpan.FromSeconds(30)));

        var run = await engine.RunAsync();

        run.Status.ShouldBe(RunStatus.Succeeded);
        engine.Platform.Polls.ShouldHaveSingleItem().Batch.Rows.Select(row => row.OperationId).ShouldBe(engine.Platform.Calls[1].Rows.Select(row => row.OperationId));
        engine.Platform.Calls[2].Rows.Length.ShouldBe(4);
        engine.ShouldHaveList(engine.Profiles.Keys);
    }

    [Fact]
    public async Task Run_ManyDifferentDetails_AreKeptWithinARecord()
    {
        var engine = new EngineHarness(card: card => card with { RowsPerBatch = 10_000 });
        engine.PutMany(2_000);
        engine.Platform.Then(new Reply.PerRow(row => new(RowFate.Rejected, $"code-{row.ProfileId}", $"{row.ProfileId} {new string('é', 400)}")));

        var run = await engine.RunAsync();

        run.Rejected.Add.ShouldBe(2_000);
        var record = (await engine.Outcomes.FindAsync(run.Id, RunPhase.Upserts, 0, 0, default)).ShouldNotBeNull();
        record.Groups.Length.ShouldBeLessThanOrEqualTo((2 * BatchRecord.MaxDetails) + 1);
        record.Groups.ShouldAllBe(group => group.Detail == null || group.Detail.Length <= BatchRecord.MaxDetail);
    }

    private Task Noted(List<DateTimeOffset> calls)
    {
        calls.Add(_engine.Time.GetUtcNow());
        return Task.CompletedTask;
    }

    /// <summary>A segment that emptied is held: here it is meant.</summary>
    private async Task ShouldHoldAndApproveAsync()
    {
        var lease = await _engine.Leases.ReadAsync(EngineHarness.DestinationId, default);
        (await _engine.Runs.DecideAsync(lease.RunId.ShouldNotBeNull(), ApprovalAction.Approve, default)).ShouldBeOk();
        await _engine.PumpAsync();
    }

    private async Task ShouldBeInStepAsync()
    {
        _engine.Errors.ShouldBeEmpty();
        _engine.Platform.List.ShouldBe(await _engine.ExpectedAsync());
        _engine.Platform.Calls.Clear();
        var run = await _engine.RunAsync();
        (run.Status, run.Planned.Total, run.Requests).ShouldBe((RunStatus.Succeeded, 0, 0));
        _engine.Platform.Calls.ShouldBeEmpty();
    }
}
