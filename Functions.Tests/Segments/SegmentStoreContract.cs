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
    public async Task List_PageByPage_GivesEachOnceInTheOrderOfIds()
    {
        var store = await OpenAsync();
        foreach (var number in (int[])[3, 1, 5, 2, 4])
        {
            await store.TryCreateAsync(Segment(number), default);
        }

        var seen = new List<string>();
        string? after = null;
        do
        {
            var page = await store.ListAsync(new(2, after), default);
            page.Items.Count.ShouldBeLessThanOrEqualTo(2);
            page.Items.ShouldAllBe(segment => segment.ETag != "");
            seen.AddRange(page.Items.Select(segment => segment.Id));
            after = page.Next;
        }
        while (after is not null);

        seen.ShouldBe([.. Enumerable.Range(1, 5).Select(number => Segment(number).Id)]);
    }

    [Fact]
    public async Task List_ExactlyOnePage_HasNoNext()
    {
        var store = await OpenAsync();
        await store.TryCreateAsync(Segment(1), default);
        await store.TryCreateAsync(Segment(2), default);

        (await store.ListAsync(new(2, null), default)).Next.ShouldBeNull();
        (await store.ListAsync(new(2, Segment(2).Id), default)).Items.ShouldBeEmpty();
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

    private static RuleNode Rule(string json)
    {
        var faults = new List<Fault>();
        return RuleReader.Read(JsonDocument.Parse(json, new() { MaxDepth = 128 }).RootElement, "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults).ShouldNotBeNull();
    }
}
