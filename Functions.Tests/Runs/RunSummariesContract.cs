using AudienceSync.Delivery;
using AudienceSync.Fakes;

namespace AudienceSync.Runs;

/// <summary>What every store of run summaries does: run on the fake and on the real tables.</summary>
public abstract class RunSummariesContract
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    private protected abstract Task<IRunSummaries> OpenAsync();

    [Fact]
    public async Task Write_Twice_IsReadOnceAsItWasLast()
    {
        var store = await OpenAsync();
        var summary = Summary("run_1", Midnight);

        await store.WriteAsync(summary with { Planned = 1 }, default);
        await store.WriteAsync(summary, default);

        var read = (await ReadAsync(store, Midnight, Midnight.AddHours(1))).ShouldHaveSingleItem();
        (read with { Reasons = summary.Reasons }).ShouldBe(summary);
        read.Reasons.ShouldBe(summary.Reasons);
        read.Latency.Percentile(0.5).ShouldBe(108);
    }

    [Fact]
    public async Task Read_Span_TakesItsBeginAndNotItsEnd()
    {
        var store = await OpenAsync();
        foreach (var hours in (int[])[-25, -1, 0, 23, 24, 49])
        {
            await store.WriteAsync(Summary($"run_{hours + 100}", Midnight.AddHours(hours)), default);
        }

        (await NamesAsync(Midnight, Midnight.AddDays(1))).ShouldBe(["run_100", "run_123"]);
        (await NamesAsync(Midnight.AddHours(-1), Midnight.AddHours(24).AddTicks(1))).ShouldBe(["run_100", "run_123", "run_124", "run_99"]);
        (await NamesAsync(Midnight.AddDays(5), Midnight.AddDays(6))).ShouldBeEmpty();

        async Task<IEnumerable<string>> NamesAsync(DateTimeOffset from, DateTimeOffset to) =>
            (await ReadAsync(store, from, to)).Select(summary => summary.RunId).Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Trim_DropsWholeDaysThatEndedBefore()
    {
        var store = await OpenAsync();
        foreach (var days in (int[])[-3, -2, -1, 0])
        {
            await store.WriteAsync(Summary($"run_{days}", Midnight.AddDays(days).AddHours(12)), default);
        }

        await store.TrimAsync(Midnight.AddDays(-1).AddHours(13), default);

        (await ReadAsync(store, Midnight.AddDays(-9), Midnight.AddDays(9))).Select(summary => summary.RunId).Order(StringComparer.Ordinal).ShouldBe(["run_-1", "run_0"]);
        (await store.ListAsync("dst_1", null, null, new(9, null), default)).Items.Select(summary => summary.RunId).ShouldBe(["run_0", "run_-1"]);
        (await store.ListAsync("seg_1", null, null, new(9, null), default)).Items.Select(summary => summary.RunId).ShouldBe(["run_0", "run_-1"]);
    }

    [Fact]
    public async Task List_OfOneOwner_NewestFirstInPagesWithinItsSpan()
    {
        var store = await OpenAsync();
        foreach (var hours in (int[])[0, 30, 10, 20, 40])
        {
            await store.WriteAsync(Summary($"run_{hours}", Midnight.AddHours(hours)), default);
        }

        await store.WriteAsync(Summary("run_41", Midnight.AddHours(41)) with { DestinationId = "dst_2", SegmentId = "seg_1" }, default);
        await store.WriteAsync(Summary("run_42", Midnight.AddHours(42)) with { DestinationId = "dst_3", SegmentId = null }, default);
        await store.WriteAsync(Summary("run_43", Midnight.AddHours(43)) with { Entered = null }, default);
        await store.WriteAsync(Summary("run_40", Midnight.AddHours(40)), default);

        (await PagesAsync("seg_1", null, null)).ShouldBe("run_41,run_40|run_30,run_20|run_10,run_0");
        (await PagesAsync("dst_1", null, null)).ShouldBe("run_40,run_30|run_20,run_10|run_0");
        (await PagesAsync("dst_3", null, null)).ShouldBe("run_42");
        (await PagesAsync("dst_4", null, null)).ShouldBe("");
        (await PagesAsync("dst_1", Midnight.AddHours(10), Midnight.AddHours(40))).ShouldBe("run_30,run_20|run_10");
        (await PagesAsync("dst_1", Midnight.AddHours(10).AddTicks(1), Midnight.AddHours(40).AddTicks(1))).ShouldBe("run_40,run_30|run_20");

        async Task<string> PagesAsync(string ownerId, DateTimeOffset? from, DateTimeOffset? to)
        {
            List<string> pages = [];
            string? after = null;
            do
            {
                var page = await store.ListAsync(ownerId, from, to, new(2, after), default);
                pages.Add(string.Join(',', page.Items.Select(summary => summary.RunId)));
                after = page.Next;
            }
            while (after is not null);

            return string.Join('|', pages);
        }
    }

    private static RunSummary Summary(string id, DateTimeOffset finishedAt) => new()
    {
        RunId = id,
        DestinationId = "dst_1",
        Connector = "webhook",
        StartedAt = finishedAt.AddMinutes(-1),
        FinishedAt = finishedAt,
        Status = RunStatus.Partial,
        SegmentId = "seg_1",
        AsOf = finishedAt.AddMinutes(-1),
        Funnel = new(9, 1, 2, 3, 1),
        Entered = 4,
        Left = 5,
        Accepted = 6,
        Unchanged = 1,
        Leavers = 5,
        Unplanned = 0,
        Planned = 6,
        Delivered = 3,
        Rejected = 2,
        CarriedOver = 1,
        Reasons = [new("bad", null, 2, false), new("other", null, 1, true)],
        Requests = 4,
        Latency = LatencyHistogram.Empty.Add(TimeSpan.FromMilliseconds(100)),
    };

    private static async Task<List<RunSummary>> ReadAsync(IRunSummaries store, DateTimeOffset from, DateTimeOffset to) =>
        await store.ReadAsync(from, to, default).ToListAsync();
}

public sealed class MemoryRunSummariesTests : RunSummariesContract
{
    private protected override Task<IRunSummaries> OpenAsync() => Task.FromResult<IRunSummaries>(new MemoryRunSummaries());
}
