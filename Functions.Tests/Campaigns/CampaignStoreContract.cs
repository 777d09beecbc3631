using System.Text.Json;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>What every <see cref="ICampaignStore"/> and <see cref="IHoldoutStore"/> promise.</summary>
public abstract class CampaignStoreContract
{
    protected abstract ICampaignStore Store { get; }

    protected abstract IHoldoutStore Holdouts { get; }

    [Fact]
    public async Task Create_Campaign_IsReadBackWhole()
    {
        var created = (await Store.TryCreateAsync(Sample("cmp_1", "one"), default)).ShouldNotBeNull();

        var read = (await Store.GetAsync("cmp_1", default)).ShouldNotBeNull();

        Json(read).ShouldBe(Json(Sample("cmp_1", "one")));
        read.Version.ShouldBe(created.Version);
        (await Store.ListAllAsync(default).SingleAsync()).Version.ShouldBe(created.Version);
    }

    [Fact]
    public async Task Create_KeyTaken_IsNull()
    {
        await Store.TryCreateAsync(Sample("cmp_1", "one"), default);

        (await Store.TryCreateAsync(Sample("cmp_2", "one"), default)).ShouldBeNull();

        (await Store.GetAsync("cmp_2", default)).ShouldBeNull();
    }

    [Theory]
    [InlineData("cmp_none")]
    [InlineData("")]
    [InlineData("a/b#c?d\\e")]
    public async Task Get_WhatIsNoId_IsNull(string text) => (await Store.GetAsync(text, default)).ShouldBeNull();

    [Fact]
    public async Task ReplaceAndDelete_OldVersion_AreRefused()
    {
        var first = (await Store.TryCreateAsync(Sample("cmp_1", "one"), default))!;
        var second = (await Store.TryReplaceAsync(first with { Name = "New" }, default)).ShouldNotBeNull();

        (await Store.TryReplaceAsync(first with { Name = "Late" }, default)).ShouldBeNull();
        (await Store.TryDeleteAsync(first, default)).ShouldBeFalse();
        (await Store.GetAsync("cmp_1", default))!.Name.ShouldBe("New");
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue();
        (await Store.TryDeleteAsync(second, default)).ShouldBeTrue("there is none any more");
        (await Store.TryCreateAsync(Sample("cmp_2", "one"), default)).ShouldNotBeNull();
    }

    [Fact]
    public async Task List_Campaigns_AreInTheOrderOfIds()
    {
        foreach (var number in new[] { 3, 1, 2 })
        {
            await Store.TryCreateAsync(Sample($"cmp_{number}", $"k{number}"), default);
        }

        await Store.WriteAllocationAsync("cmp_1", new(default, Basis), default);
        await Holdouts.TryWriteAsync(Holdout.None with { Share = 1 }, default);

        (await Store.ListAllAsync(default).Select(campaign => campaign.Id).ToListAsync()).ShouldBe(["cmp_1", "cmp_2", "cmp_3"]);
    }

    [Fact]
    public async Task Allocation_IsKeptUntilItsCampaignGoes()
    {
        var campaign = (await Store.TryCreateAsync(Sample("cmp_1", "one"), default))!;
        var counted = new CountedAllocation(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), Basis);

        (await Store.ReadAllocationAsync("cmp_1", default)).ShouldBeNull();
        await Store.WriteAllocationAsync("cmp_1", new(default, Basis), default);
        await Store.WriteAllocationAsync("cmp_1", counted, default);

        var read = (await Store.ReadAllocationAsync("cmp_1", default)).ShouldNotBeNull();
        JsonSerializer.Serialize(read, CampaignsJson.Default.CountedAllocation).ShouldBe(JsonSerializer.Serialize(counted, CampaignsJson.Default.CountedAllocation));
        (await Store.TryDeleteAsync(campaign, default)).ShouldBeTrue();
        (await Store.ReadAllocationAsync("cmp_1", default)).ShouldBeNull();
    }

    [Fact]
    public async Task Holdout_OldOrMissingVersion_IsRefused()
    {
        var none = await Holdouts.ReadAsync(default);
        none.ShouldBe(Holdout.None);

        var first = (await Holdouts.TryWriteAsync(none with { Share = 1_000, Salt = "s", Revision = 1 }, default)).ShouldNotBeNull();
        (await Holdouts.TryWriteAsync(none with { Share = 1 }, default)).ShouldBeNull("there is one already");
        var second = (await Holdouts.TryWriteAsync(first with { Share = 2_000, Revision = 2 }, default)).ShouldNotBeNull();
        (await Holdouts.TryWriteAsync(first with { Share = 3 }, default)).ShouldBeNull();

        (await Holdouts.ReadAsync(default)).ShouldBe(second);
    }

    private static ResolvedCampaign Basis { get; } = new(
        new RuleNode.Bucket("s", 0, 5), null, CampaignAssignment.AllMatches, "salt",
        [new("sub_1", new RuleNode.Compare("orders", RuleOperator.Gte, new RuleOperand.One(Cell.Of(3L))), [new("grp_1", 0, 10_000)])]);

    private static Campaign Sample(string id, string key) => new()
    {
        Id = id,
        Key = key,
        Name = "Größe → 日本",
        Description = "d",
        SegmentId = "seg_1",
        Exclusions = ["seg_2", "seg_3"],
        Assignment = CampaignAssignment.AllMatches,
        Enabled = true,
        Schedule = new(new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero), new() { Cron = "0 0 6 * * *", TimeZone = "Europe/Berlin" }),
        Salt = "salt",
        LaunchesAt = new(2026, 5, 1, 0, 0, 0, TimeSpan.Zero),
        SubAudiences =
        [
            new("sub_1", "Active", new RuleNode.Compare("orders", RuleOperator.Gte, new RuleOperand.One(Cell.Of(3L))), [new("grp_1", "Mail", GroupRole.Treatment, 3_333), new("grp_2", "Control", GroupRole.Control, 6_667)]),
            new("sub_2", "The rest", null, []),
        ],
        CreatedAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        UpdatedAt = new DateTimeOffset(2026, 1, 2, 0, 0, 0, TimeSpan.Zero).AddTicks(7),
        Revision = 3,
    };

    private static string Json(Campaign campaign) => JsonSerializer.Serialize(campaign, CampaignsJson.Default.Campaign);
}
