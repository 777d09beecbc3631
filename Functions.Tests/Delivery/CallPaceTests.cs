using AudienceSync.Connectors;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Delivery;

public sealed class CallPaceTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly ManualTimeProvider _time = new(Noon);
    private readonly MemoryConnectionPaces _paces = new();

    [Theory]
    [InlineData(10, 4)]
    [InlineData(3, 1)]
    [InlineData(0.7, 3)]
    [InlineData(0.1, 2)]
    [InlineData(250.0 / 60, 5)]
    public async Task Reserve_ManyHoldersForAMinute_KeepsTheRateAndUsesMostOfIt(double perSecond, int holders)
    {
        var random = new Random(7);
        var calls = new List<DateTimeOffset>();
        CallPace[] lanes = [.. Enumerable.Range(0, holders).Select(_ => new CallPace(_paces, "con_1", new(perSecond, 0), holders, _time))];
        for (var tick = 0; tick < 6_000; tick++, _time.Advance(TimeSpan.FromMilliseconds(10)))
        {
            var lane = lanes[random.Next(holders)];
            if (await lane.NextAsync(default) is null)
            {
                (await lane.WaitAsync(default)).ShouldBeNull();
                calls.Add(_time.GetUtcNow());
            }
        }

        calls.Count.ShouldBeLessThanOrEqualTo((int)Math.Ceiling((60 * perSecond) + Math.Max(1, 5 * perSecond)));
        calls.Count.ShouldBeGreaterThanOrEqualTo((int)(60 * perSecond * 0.6));
        var most = calls.Max(first => calls.Count(call => call >= first && call < first + TimeSpan.FromSeconds(5)));
        most.ShouldBeLessThanOrEqualTo((int)Math.Max(2, 2 * 5 * perSecond), "two windows may touch");
    }

    [Fact]
    public async Task Reserve_ManyCalls_WritesTheRowSomeTimesAWindow()
    {
        using var lane = new CallPace(_paces, "con_1", new(100, 0), 1, _time);
        for (var call = 0; call < 1_000; call++)
        {
            if (await lane.NextAsync(default) is { } later)
            {
                _time.Advance(later.From - _time.GetUtcNow());
            }

            (await lane.WaitAsync(default)).ShouldBeNull();
        }

        (_time.GetUtcNow() - Noon).TotalSeconds.ShouldBeInRange(9, 12);
        _paces.Writes.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public async Task Reserve_DayUsedUp_WaitsForMidnightForAllOfTheConnection()
    {
        using var one = new CallPace(_paces, "con_1", new(0, 150), 1, _time);
        for (var call = 0; call < 150; call++)
        {
            (await one.WaitAsync(default)).ShouldBeNull();
        }

        using var other = new CallPace(_paces, "con_1", new(0, 150), 1, _time);
        var refused = (await other.WaitAsync(default)).ShouldNotBeNull();
        refused.Code.ShouldBe("daily_limit");
        refused.RetryAfter.ShouldBe(TimeSpan.FromHours(12));
        using var stranger = new CallPace(_paces, "con_2", new(0, 150), 1, _time);
        (await stranger.WaitAsync(default)).ShouldBeNull();

        _time.Advance(TimeSpan.FromHours(12));
        (await other.WaitAsync(default)).ShouldBeNull();
    }

    [Fact]
    public async Task Reserve_AfterAThrottle_IsHalfAsManyForAWhile()
    {
        await _paces.WaitUntilAsync("con_1", Noon, default);
        var limits = new CallLimits(10, 0);

        (await _paces.ReserveAsync("con_1", limits, 1_000, _time, default)).Calls.ShouldBe(25);
        _time.Advance(TimeSpan.FromMinutes(5));
        (await _paces.ReserveAsync("con_1", limits, 1_000, _time, default)).Calls.ShouldBe(50);
    }

    [Fact]
    public async Task WaitUntil_EarlierWord_ChangesNothing()
    {
        await _paces.WaitUntilAsync("con_1", Noon.AddMinutes(5), default);
        await _paces.WaitUntilAsync("con_1", Noon.AddMinutes(2), default);

        (await _paces.NotBeforeAsync("con_1", default)).ShouldBe(Noon.AddMinutes(5));
    }

    [Fact]
    public async Task Deliver_PartsOfABatch_FollowEachOtherAtThePace()
    {
        List<DateTimeOffset> calls = [];
        var outbound = new ScriptedOutbound(Enumerable.Range(0, 6).Select<int, Func<SentRequest, HttpResponseMessage>>(_ => sent =>
        {
            calls.Add(_time.GetUtcNow());
            return ScriptedOutbound.Answer(200)(sent);
        }));
        var step = Samples.Post("https://api.example/") with { Parts = Parts.EachRow() };
        var batch = Samples.Batch([.. Enumerable.Range(0, 6).Select(row => Samples.Row($"c-{row}", DeliveryOperation.Add))]);
        using var pace = new CallPace(_paces, "con_1", new(2, 0), 1, _time);

        var delivery = new ConnectorClient(outbound, _time).DeliverAsync(Samples.Connector(step), Samples.Settings() with { Pace = pace }, batch, default);
        for (var tick = 0; tick < 100 && !delivery.IsCompleted; tick++)
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        (await delivery).Outcome.ShouldBeOfType<DeliveryOutcome.Settled>().Rows.Length.ShouldBe(6);
        calls.Select(at => (at - Noon).TotalSeconds).ShouldBe([0, 0.5, 1, 1.5, 2, 2.5]);
    }

    [Fact]
    public async Task Deliver_DayUsedUpInTheMidst_KeepsWhatWasAnswered()
    {
        var outbound = new ScriptedOutbound(ScriptedOutbound.Answer(200), ScriptedOutbound.Answer(200));
        var step = Samples.Post("https://api.example/") with { Parts = Parts.EachRow() };
        var batch = Samples.Batch([.. Enumerable.Range(0, 4).Select(row => Samples.Row($"c-{row}", DeliveryOperation.Add))]);
        using var pace = new CallPace(_paces, "con_1", new(0, 2), 1, _time);

        var report = await new ConnectorClient(outbound, _time).DeliverAsync(Samples.Connector(step), Samples.Settings() with { Pace = pace }, batch, default);

        report.Outcome.ShouldBeOfType<DeliveryOutcome.Throttled>().Code.ShouldBe("daily_limit");
        report.Answers.Select(answer => answer?.Fate).ShouldBe([RowFate.Accepted, RowFate.Accepted, null, null]);
    }

    [Theory]
    [InlineData(5, new[] { 5, 10, 20, 40, 50, 50 })]
    [InlineData(30, new[] { 30, 60, 120, 240, 300, 300 })]
    [InlineData(1_800, new[] { 1_800, 1_800 })]
    public void Poll_Questions_GrowFurtherApart(int first, int[] expected) =>
        expected.Index().Select(at => (int)RetrySchedule.Poll(TimeSpan.FromSeconds(first), at.Index).TotalSeconds).ShouldBe(expected);
}
