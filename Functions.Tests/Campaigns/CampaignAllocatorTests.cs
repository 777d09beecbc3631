using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

public sealed class CampaignAllocatorTests
{
    private readonly CampaignWorld _world = new();

    public CampaignAllocatorTests()
    {
        for (var number = 0; number < 600; number++)
        {
            _world.Put($"c-{number}", ("orders", Cell.Of(number % 6)), ("staff", Cell.Of(number % 10 == 0)));
        }
    }

    [Fact]
    public async Task Count_FirstMatch_AddsUp()
    {
        var campaign = await CreateAsync("firstMatch");

        var counted = await _world.CountAsync(campaign);

        // 600 profiles, 60 of them staff, who all have 0, 2 or 4 orders, 20 each: 80 others have each of these, 100 each of 1, 3 and 5.
        (counted.Audience, counted.Excluded, counted.Unmatched, counted.Overlap, counted.MovedSinceLast, counted.ComparedWith).ShouldBe((600, 60, 160, 200, 0, null));
        counted.SubAudiences.Select(sub => (sub.Name, sub.Matches, sub.Overlap, sub.Allocated)).ShouldBe([("Loyal", 280, 0, 280), ("Active", 300, 200, 100)]);
        counted.SubAudiences.ShouldAllBe(sub => sub.Groups.Sum(group => group.Count) == sub.Allocated);
        counted.SubAudiences[0].Groups.Select(group => group.Count).ShouldBe([InBuckets(number => number % 6 >= 3 && number % 10 != 0, 0, 9_000), InBuckets(number => number % 6 >= 3 && number % 10 != 0, 9_000, 10_000)]);
        counted.SubAudiences[0].Groups[0].ActualShare.ShouldBe(decimal.Round(100m * counted.SubAudiences[0].Groups[0].Count / 280, 2));
    }

    [Fact]
    public async Task Count_AllMatches_CountsOverlapsInEach()
    {
        var counted = await _world.CountAsync(await CreateAsync("allMatches"));

        counted.SubAudiences.Select(sub => (sub.Matches, sub.Overlap, sub.Allocated)).ShouldBe([(280, 0, 280), (300, 200, 300)]);
        (counted.Unmatched, counted.Overlap).ShouldBe((160, 200));
    }

    /// <summary>Other exclusions are another audience: who comes or goes by them has moved between no groups.</summary>
    [Fact]
    public async Task Count_OtherExclusions_MovesNobodyElse()
    {
        var campaign = await CreateAsync("firstMatch");
        await _world.CountAsync(campaign);

        await _world.PatchAsync(campaign, """{"exclusions":[]}""");
        var open = await _world.CountAsync(campaign);
        await _world.PatchAsync(await _world.GetAsync(campaign.Id), """{"exclusions":["seg_staff","seg_staff",{"segmentId":"seg_vip"}]}""");
        var closed = await _world.CountAsync(campaign);

        (open.Excluded, open.Unmatched, open.MovedSinceLast).ShouldBe((0, 200, 0));
        (closed.Excluded, closed.Unmatched, closed.MovedSinceLast).ShouldBe((60, 160, 0));
        (await _world.GetAsync(campaign.Id)).Exclusions.ShouldBe(["seg_staff", "seg_vip"]);
    }

    [Fact]
    public async Task Count_SharesOfNothingAndOfEverything_AreCounted()
    {
        var campaign = await _world.CreateAsync(
            """{"name":"x","segmentId":"seg_all","subAudiences":[{"name":"All","groups":[{"name":"None","share":0},{"name":"All","share":100.00},{"role":"control","share":0}]}]}""");

        (await _world.CountAsync(campaign)).SubAudiences[0].Groups.Select(group => (group.Name, group.Count, group.ActualShare)).ShouldBe([("None", 0, 0m), ("All", 600, 100m), ("Control", 0, 0m)]);
    }

    [Fact]
    public async Task Count_Holdout_IsCountedInTheGroupsAndBeside()
    {
        await _world.Holdout.PutAsync(JsonElement.Parse("""{"percent":25,"salt":"out"}"""), Holdout.None.ETag, default);

        var counted = await _world.CountAsync(await CreateAsync("firstMatch"));

        counted.Holdout.ShouldBe(Enumerable.Range(0, 600).Count(number => number % 10 != 0 && Buckets.Of("out", $"c-{number}") < 2_500));
        counted.SubAudiences.Sum(sub => sub.Groups.Sum(group => group.Holdout))
            .ShouldBe(Enumerable.Range(0, 600).Count(number => number % 10 != 0 && number % 6 is 1 or 3 or 4 or 5 && Buckets.Of("out", $"c-{number}") < 2_500));
        counted.SubAudiences[0].Allocated.ShouldBe(280, "who is held out is in a group all the same");
    }

    [Fact]
    public async Task Moved_AudienceGrowsOrProfilesChange_IsZero()
    {
        var campaign = await CreateAsync("firstMatch");
        await _world.CountAsync(campaign);
        for (var number = 600; number < 900; number++)
        {
            _world.Put($"c-{number}", ("orders", Cell.Of(number % 6)));
        }

        _world.Put("c-1", ("orders", Cell.Of(5)));
        _world.Time.Advance(TimeSpan.FromHours(1));
        var counted = await _world.CountAsync(campaign);

        (counted.MovedSinceLast, counted.ComparedWith).ShouldBe((0, new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero)));
        (await _world.SubAudiences.AddAsync(campaign.Id, JsonElement.Parse("""{"name":"The rest","groups":[{"share":100}]}"""), null, default)).ShouldBeOk();
        counted = await _world.CountAsync(campaign);
        (counted.MovedSinceLast, counted.Unmatched).ShouldBe((0, 0));
    }

    /// <summary>What does move people is counted, once.</summary>
    [Fact]
    public async Task Moved_OtherSharesSaltOrOrder_AreCounted()
    {
        var campaign = await CreateAsync("firstMatch");
        await _world.CountAsync(campaign);

        await _world.PutGroupsAsync(campaign, """{"groups":[{"name":"Mail","share":80},{"name":"Control","role":"control","share":20}]}""");
        (await _world.CountAsync(campaign)).MovedSinceLast.ShouldBe(InBuckets(number => number % 6 >= 3 && number % 10 != 0, 8_000, 9_000));
        (await _world.CountAsync(campaign)).MovedSinceLast.ShouldBe(0);

        await _world.PatchAsync(await _world.GetAsync(campaign.Id), """{"salt":"other"}""");
        (await _world.CountAsync(campaign)).MovedSinceLast.ShouldBeGreaterThan(50);

        // The second sub-audience goes first: it takes the 200 that both hold.
        var read = await _world.GetAsync(campaign.Id);
        await _world.SubAudiences.PatchAsync(read.Id, read.SubAudiences[1].Id, JsonElement.Parse("""{"position":0}"""), read.ETag, default);
        (await _world.CountAsync(campaign)).MovedSinceLast.ShouldBe(200);
    }

    [Fact]
    public async Task Count_SegmentGone_IsRefused()
    {
        var campaign = await CreateAsync("firstMatch");
        var staff = (await _world.SegmentStore.GetAsync("seg_staff", default))!;
        await _world.SegmentStore.TryDeleteAsync(staff, default);

        (await _world.Allocator.CountAsync(campaign.Id, null, default)).ShouldBeRefused("rule_invalid").Faults.ShouldHaveSingleItem().Pointer.ShouldBe("/exclusions/0");
        (await _world.Allocator.CountAsync("cmp_none", null, default)).ShouldBeRefused("not_found");
    }

    private static int InBuckets(Func<int, bool> isIn, int from, int to) =>
        Enumerable.Range(0, 600).Count(number => isIn(number) && Buckets.Of("salt", $"c-{number}") is var bucket && bucket >= from && bucket < to);

    private Task<CampaignView> CreateAsync(string assignment) => _world.CreateAsync($$"""
        {"name":"Spring","segmentId":"seg_all","exclusions":["seg_staff"],"assignment":"{{assignment}}","salt":"salt","subAudiences":[
          {"name":"Loyal","rules":{"attr":"orders","op":"gte","value":3},"groups":[{"name":"Mail","share":90},{"name":"Control","role":"control","share":10}]},
          {"name":"Active","rules":{"attr":"orders","op":"in","value":[1,3,5]},"groups":[{"name":"Ads","share":100}]}]}
        """);
}
