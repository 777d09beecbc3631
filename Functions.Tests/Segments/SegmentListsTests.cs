using System.Globalization;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class SegmentListsTests
{
    private static readonly DateTimeOffset Then = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);
    private static readonly RuleNode Anyone = new RuleNode.Compare("id", RuleOperator.Exists, RuleOperand.None.Value);

    private readonly MemorySegmentStore _store = new();
    private readonly MemorySegmentSizes _sizes = new();
    private readonly FakeSegmentUsage _usage = new();
    private readonly SegmentLists _lists;

    public SegmentListsTests() => _lists = new(_store, _sizes, [_usage]);

    [Fact]
    public async Task List_WhatUsesASegment_MakesItInUse()
    {
        await AddAsync("free");
        await AddAsync("hidden", SegmentVisibility.Private);
        await AddAsync("referred", SegmentVisibility.Private);
        await AddAsync("referrer", rule: new RuleNode.Not(new RuleNode.InSegment("seg_referred")));
        await AddAsync("fed");
        _usage.Feed("seg_fed", "dst_1", locks: true);
        _usage.Feed("seg_referrer", "dst_2", locks: true);

        var page = await _lists.ListAsync(new(new(10, null), Order: new(ListSort.Name)), SegmentFilter.None, default);

        page.Items.Select(view => (view.Key, view.Status, view.Visibility, string.Join(',', view.LockedBy.Select(by => by.Id)))).ShouldBe(
        [
            ("fed", SegmentStatus.InUse, SegmentVisibility.Shared, "dst_1"),
            ("free", SegmentStatus.Shared, SegmentVisibility.Shared, ""),
            ("hidden", SegmentStatus.Private, SegmentVisibility.Private, ""),
            ("referred", SegmentStatus.InUse, SegmentVisibility.Private, "dst_2"),
            ("referrer", SegmentStatus.InUse, SegmentVisibility.Shared, "dst_2"),
        ]);
        (await KeysAsync(new([SegmentStatus.InUse], []))).ShouldBe(["fed", "referred", "referrer"]);
        (await KeysAsync(new([SegmentStatus.InUse], [SegmentVisibility.Private]))).ShouldBe(["referred"]);
        (await KeysAsync(new([SegmentStatus.Private, SegmentStatus.Shared], []))).ShouldBe(["free", "hidden"]);
        (await KeysAsync(new([], [SegmentVisibility.Private]))).ShouldBe(["hidden", "referred"]);
    }

    [Fact]
    public async Task List_SizesAndDrafts_AreShownBesideTheirSegments()
    {
        var counted = await AddAsync("counted");
        await AddAsync("uncounted");
        await _sizes.NoteAsync("seg_counted", new(428, Then.AddHours(1), Then.AddHours(1)), default);
        await _store.TryWriteDraftAsync(Draft(counted), default);
        await _store.TryReplaceAsync(counted with { Description = "changed" }, default);

        var views = (await _lists.ListAsync(new(new(10, null), Order: new(ListSort.Name)), SegmentFilter.None, default)).Items;

        (views[0].Size, views[0].SizeAsOf, views[0].Draft).ShouldBe((428, Then.AddHours(1), new(Then.AddDays(1), Stale: true)));
        (views[1].Size, views[1].SizeAsOf, views[1].Draft).ShouldBe((null, null, null));
    }

    [Fact]
    public async Task List_ThousandsOfSegments_ComeInPagesEachOnce()
    {
        const int Count = 3_000;
        foreach (var number in Enumerable.Range(0, Count))
        {
            await AddAsync(string.Create(CultureInfo.InvariantCulture, $"s{number * 7_919 % Count:D4}"));
        }

        _usage.Feed("seg_s2999", "dst_1", locks: false);
        List<string> keys = [];
        string? after = null;
        do
        {
            var page = await _lists.ListAsync(new(new(200, after), Order: new(ListSort.Name)), SegmentFilter.None, default);
            keys.AddRange(page.Items.Select(view => view.Key));
            after = page.Next;
        }
        while (after is not null);

        keys.ShouldBe(Enumerable.Range(0, Count).Select(number => $"s{number:D4}"));
        (await KeysAsync(new([SegmentStatus.InUse], []))).ShouldBe(["s2999"]);
    }

    private async Task<IEnumerable<string>> KeysAsync(SegmentFilter filter) =>
        (await _lists.ListAsync(new(new(10, null), Order: new(ListSort.Name)), filter, default)).Items.Select(view => view.Key);

    private async Task<Segment> AddAsync(string key, SegmentVisibility visibility = SegmentVisibility.Shared, RuleNode? rule = null) => (await _store.TryCreateAsync(
        new()
        {
            Id = $"seg_{key}",
            Key = key,
            Name = key,
            Description = "",
            Visibility = visibility,
            Rules = rule ?? Anyone,
            CreatedAt = Then,
            UpdatedAt = Then,
        },
        default)).ShouldNotBeNull();

    private static SegmentDraft Draft(Segment segment) =>
        new() { SegmentId = segment.Id, Rules = Anyone, BaseETag = segment.ETag, CreatedAt = Then, UpdatedAt = Then.AddDays(1) };
}
