using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>What every store of segments keeps: run on the fake and on the real table.</summary>
public abstract class SegmentStoreContract
{
    private static readonly DateTimeOffset Then = new(2026, 11, 22, 10, 0, 0, 123, TimeSpan.Zero);

    [Fact]
    public async Task Get_WhatWasCreated_IsWhole()
    {
        var store = await OpenAsync();
        var segment = Segment(1) with { Description = "Ünïcödé \"quoted\"", Visibility = SegmentVisibility.Private };

        var created = (await store.TryCreateAsync(segment, default)).ShouldNotBeNull();
        var read = (await store.GetAsync(segment.Id, default)).ShouldNotBeNull();

        created.ETag.ShouldNotBeEmpty();
        read.ETag.ShouldBe(created.ETag);
        RuleWriter.ToUtf8(read.Rules).ShouldBe(RuleWriter.ToUtf8(segment.Rules));
        (read with { Rules = segment.Rules, ETag = "" }).ShouldBe(segment);
    }

    [Fact]
    public async Task Get_LargestRule_IsWhole()
    {
        var store = await OpenAsync();
        // Ten thousand long values take more bytes than one property of a table entity holds.
        var values = string.Join(',', Enumerable.Range(0, 10_000).Select(value => $"\"some-longer-article-number-{value:D8}\""));
        var segment = Segment(1) with { Rules = Rule($$"""{"attr":"article","op":"in","value":[{{values}}]}""") };

        await store.TryCreateAsync(segment, default);

        RuleWriter.ToUtf8((await store.GetAsync(segment.Id, default)).ShouldNotBeNull().Rules).ShouldBe(RuleWriter.ToUtf8(segment.Rules));
    }

    [Fact]
    public async Task Get_DeepestRule_IsWhole()
    {
        var store = await OpenAsync();
        var (open, close) = (string.Concat(Enumerable.Repeat("{\"all\":[", 31)), string.Concat(Enumerable.Repeat("]}", 31)));
        var segment = Segment(1) with { Rules = Rule($$$"""{{{open}}}{"attr":"when","op":"withinLast","value":{"days":60}}{{{close}}}""") };

        await store.TryCreateAsync(segment, default);

        RuleWriter.ToUtf8((await store.GetAsync(segment.Id, default)).ShouldNotBeNull().Rules).ShouldBe(RuleWriter.ToUtf8(segment.Rules));
    }

    [Fact]
    public async Task Get_Unknown_IsNull()
    {
        var store = await OpenAsync();

        (await store.GetAsync("seg_none", default)).ShouldBeNull();
        (await store.GetAsync("a/b\\c#d?e", default)).ShouldBeNull();
    }

    [Fact]
    public async Task TryCreate_KeyTaken_IsNullUntilItsHolderIsDeleted()
    {
        var store = await OpenAsync();
        var first = (await store.TryCreateAsync(Segment(1) with { Key = "vip" }, default)).ShouldNotBeNull();

        (await store.TryCreateAsync(Segment(2) with { Key = "vip" }, default)).ShouldBeNull();
        (await store.GetAsync(Segment(2).Id, default)).ShouldBeNull();

        (await store.TryDeleteAsync(first, default)).ShouldBeTrue();
        (await store.TryCreateAsync(Segment(2) with { Key = "vip" }, default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task TryReplace_CurrentETag_ReplacesOnce()
    {
        var store = await OpenAsync();
        var created = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();

        var replaced = (await store.TryReplaceAsync(created with { Name = "New" }, default)).ShouldNotBeNull();
        replaced.ETag.ShouldNotBe(created.ETag);
        (await store.TryReplaceAsync(created with { Name = "Late" }, default)).ShouldBeNull();

        var read = (await store.GetAsync(created.Id, default)).ShouldNotBeNull();
        (read.Name, read.ETag).ShouldBe(("New", replaced.ETag));
    }

    [Fact]
    public async Task TryReplace_Deleted_IsNull()
    {
        var store = await OpenAsync();
        var created = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();
        await store.TryDeleteAsync(created, default);

        (await store.TryReplaceAsync(created, default)).ShouldBeNull();
        (await store.GetAsync(created.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task TryDelete_StaleETag_KeepsTheSegment()
    {
        var store = await OpenAsync();
        var created = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();
        var replaced = (await store.TryReplaceAsync(created with { Name = "New" }, default)).ShouldNotBeNull();

        (await store.TryDeleteAsync(created, default)).ShouldBeFalse();
        (await store.GetAsync(created.Id, default)).ShouldNotBeNull();

        (await store.TryDeleteAsync(replaced, default)).ShouldBeTrue();
        (await store.TryDeleteAsync(replaced, default)).ShouldBeTrue(); // gone before
        (await store.GetAsync(created.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task ListAll_Segments_InTheOrderOfIds()
    {
        var store = await OpenAsync();
        foreach (var number in (int[])[3, 1, 5, 2, 4])
        {
            await store.TryCreateAsync(Segment(number), default);
        }

        var all = await store.ListAllAsync(default).ToListAsync();
        all.ShouldAllBe(segment => segment.ETag != "");
        all.Select(segment => segment.Id).ShouldBe([.. Enumerable.Range(1, 5).Select(number => Segment(number).Id)]);
    }

    [Fact]
    public async Task TryReplaceRules_CurrentETag_KeepsTheRulesBefore()
    {
        var store = await OpenAsync();
        var created = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();
        (await store.GetPreviousRulesAsync(created.Id, default)).ShouldBeNull();

        var second = (await store.TryReplaceRulesAsync(created with { Rules = Second }, created.Rules, null, default)).ShouldNotBeNull();
        (await store.TryReplaceRulesAsync(created with { Rules = Third }, Third, null, default)).ShouldBeNull("the ETag is stale");
        await ShouldHaveAsync(store, second.Id, Second, before: created.Rules);

        var third = (await store.TryReplaceRulesAsync(second with { Rules = Third }, Second, null, default)).ShouldNotBeNull();
        await ShouldHaveAsync(store, third.Id, Third, before: Second);
        (await store.TryReplaceAsync(third with { Name = "New" }, default)).ShouldNotBeNull();
        await ShouldHaveAsync(store, third.Id, Third, before: Second);
    }

    [Fact]
    public async Task TryReplaceRules_TwoOfTheLargestRules_KeepsBothWhole()
    {
        var store = await OpenAsync();
        var values = string.Join(',', Enumerable.Range(0, 10_000).Select(value => $"\"some-longer-article-number-{value:D20}\""));
        var large = Rule($$"""{"attr":"article","op":"in","value":[{{values}}]}""");
        var created = (await store.TryCreateAsync(Segment(1) with { Rules = large }, default)).ShouldNotBeNull();
        var draft = (await store.TryWriteDraftAsync(Draft(created) with { Rules = large }, default)).ShouldNotBeNull();

        (await store.TryReplaceRulesAsync(created with { Rules = draft.Rules }, created.Rules, draft, default)).ShouldNotBeNull();

        await ShouldHaveAsync(store, created.Id, large, before: large);
    }

    [Fact]
    public async Task Draft_WholeLife_IsGuardedByItsETag()
    {
        var store = await OpenAsync();
        var segment = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();
        (await store.GetDraftAsync(segment.Id, default)).ShouldBeNull();

        var first = (await store.TryWriteDraftAsync(Draft(segment) with { Name = "New name" }, default)).ShouldNotBeNull();
        (await store.TryWriteDraftAsync(Draft(segment), default)).ShouldBeNull("there is one already");
        var second = (await store.TryWriteDraftAsync(first with { Rules = Third, UpdatedAt = Then.AddDays(1) }, default)).ShouldNotBeNull();
        (await store.TryWriteDraftAsync(first, default)).ShouldBeNull();
        (await store.TryDeleteDraftAsync(first, default)).ShouldBeFalse();

        var read = (await store.GetDraftAsync(segment.Id, default)).ShouldNotBeNull();
        RuleWriter.AreSame(read.Rules, Third).ShouldBeTrue();
        (read with { Rules = second.Rules }).ShouldBe(second);
        (await store.ListDraftsAsync(default).ToListAsync()).ShouldBe([new(segment.Id, segment.ETag, Then.AddDays(1))]);

        (await store.TryDeleteDraftAsync(second, default)).ShouldBeTrue();
        (await store.TryDeleteDraftAsync(second, default)).ShouldBeTrue("there is none any more");
        (await store.GetDraftAsync(segment.Id, default)).ShouldBeNull();
        (await store.ListAllAsync(default).CountAsync()).ShouldBe(1, "a draft is no segment");
    }

    [Fact]
    public async Task TryReplaceRules_Published_DropsTheDraftOrDoesNothing()
    {
        var store = await OpenAsync();
        var segment = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();
        var stale = (await store.TryWriteDraftAsync(Draft(segment), default)).ShouldNotBeNull();
        var draft = (await store.TryWriteDraftAsync(stale with { Name = "Newer" }, default)).ShouldNotBeNull();

        (await store.TryReplaceRulesAsync(segment with { Rules = Second }, segment.Rules, stale, default)).ShouldBeNull("another draft has taken its place");
        await ShouldHaveAsync(store, segment.Id, segment.Rules, before: null);
        (await store.GetDraftAsync(segment.Id, default)).ShouldNotBeNull();

        (await store.TryReplaceRulesAsync(segment with { Rules = Second }, segment.Rules, draft, default)).ShouldNotBeNull();
        await ShouldHaveAsync(store, segment.Id, Second, before: segment.Rules);
        (await store.GetDraftAsync(segment.Id, default)).ShouldBeNull();
    }

    [Fact]
    public async Task TryDelete_SegmentWithADraft_LeavesNothing()
    {
        var store = await OpenAsync();
        var created = (await store.TryCreateAsync(Segment(1), default)).ShouldNotBeNull();
        var changed = (await store.TryReplaceRulesAsync(created with { Rules = Second }, created.Rules, null, default)).ShouldNotBeNull();
        await store.TryWriteDraftAsync(Draft(changed), default);

        (await store.TryDeleteAsync(changed, default)).ShouldBeTrue();

        (await store.GetDraftAsync(created.Id, default)).ShouldBeNull();
        (await store.GetPreviousRulesAsync(created.Id, default)).ShouldBeNull();
        (await store.ListDraftsAsync(default).ToListAsync()).ShouldBeEmpty();
    }

    /// <summary>An empty store.</summary>
    private protected abstract Task<ISegmentStore> OpenAsync();

    private static Segment Segment(int number) => new()
    {
        Id = $"seg_01K9{number.ToString("D22", CultureInfo.InvariantCulture)}",
        Key = $"segment-{number}",
        Name = $"Segment {number}",
        Description = "",
        Visibility = SegmentVisibility.Shared,
        Rules = Rule("""{"all":[{"attr":"orders","op":"gte","value":3},{"segment":"seg_other"},{"bucket":{"salt":"s","from":0,"to":5000}}]}"""),
        CreatedAt = Then,
        UpdatedAt = Then.AddSeconds(number),
    };

    private static RuleNode Second { get; } = Rule("""{"attr":"orders","op":"gte","value":4}""");

    private static RuleNode Third { get; } = Rule("""{"not":{"attr":"orders","op":"gte","value":5}}""");

    private static SegmentDraft Draft(Segment segment) =>
        new() { SegmentId = segment.Id, Rules = Second, BaseETag = segment.ETag, CreatedAt = Then, UpdatedAt = Then };

    private static async Task ShouldHaveAsync(ISegmentStore store, string id, RuleNode rules, RuleNode? before)
    {
        RuleWriter.AreSame((await store.GetAsync(id, default)).ShouldNotBeNull().Rules, rules).ShouldBeTrue();
        var former = await store.GetPreviousRulesAsync(id, default);
        (former is null).ShouldBe(before is null);
        if (before is not null)
        {
            RuleWriter.AreSame(former!, before).ShouldBeTrue();
        }
    }

    private static RuleNode Rule(string json)
    {
        var faults = new List<Fault>();
        return RuleReader.Read(JsonDocument.Parse(json, new() { MaxDepth = 128 }).RootElement, "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults).ShouldNotBeNull();
    }
}
