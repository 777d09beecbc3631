using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>What is promised of the assignment, over 100,000 profiles: fair shares, and nobody who is moved.</summary>
public sealed class AssignmentPropertyTests
{
    private const int Profiles = 100_000;

    private static readonly RuleNode Everyone = new RuleNode.Compare("id", RuleOperator.Exists, RuleOperand.None.Value);

    private static readonly RuleNode Even = new RuleNode.Compare("even", RuleOperator.Eq, new RuleOperand.One(Cell.Of(true)));

    [Theory]
    [InlineData("spring", 9_000, 1_000)]
    [InlineData("summer", 5_000, 2_500, 2_500)]
    [InlineData("autumn", 3_333, 3_333, 3_334)]
    [InlineData("0123456789abcdef", 9_999, 1)]
    [InlineData("winter", 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000, 1_000)]
    public async Task Shares_AreWithinThreeSigma(string salt, params int[] shares)
    {
        var profiles = await CampaignProfiles.NumberedAsync(Profiles);

        var counts = (await profiles.AssignAsync(Campaign(salt, (Everyone, shares)))).Values.CountBy(groups => groups.Single()).ToDictionary();

        foreach (var (index, share) in shares.Index())
        {
            var p = share / 10_000.0;
            var sigma = Math.Sqrt(Profiles * p * (1 - p));
            Math.Abs(counts.GetValueOrDefault(Group(0, index)) - (Profiles * p)).ShouldBeLessThan(3 * sigma, $"group {index} of '{salt}'");
        }

        counts.Values.Sum().ShouldBe(Profiles);
    }

    [Theory]
    [InlineData(0, 10_000, 0)]
    [InlineData(10_000)]
    [InlineData(10_000, 0)]
    public async Task Shares_OfNothingAndOfEverything_AreExact(params int[] shares)
    {
        var profiles = await CampaignProfiles.NumberedAsync(5_000);

        var groups = await profiles.AssignAsync(Campaign("spring", (Everyone, shares)));

        groups.Count.ShouldBe(5_000);
        groups.Values.ShouldAllBe(of => of.Single() == Group(0, Array.IndexOf(shares, 10_000)));
    }

    /// <summary>Two campaigns draw apart from each other: who is in the control of one is as likely as anyone in the control of the other.</summary>
    [Fact]
    public async Task Salts_DrawIndependently()
    {
        var profiles = await CampaignProfiles.NumberedAsync(Profiles);
        var first = await profiles.AssignAsync(Campaign("spring", (Everyone, [5_000, 5_000])));
        var second = await profiles.AssignAsync(Campaign("summer", (Everyone, [5_000, 5_000])));

        var both = first.Count(pair => pair.Value[0] == Group(0, 0) && second[pair.Key][0] == Group(0, 0));

        Math.Abs(both - (Profiles / 4.0)).ShouldBeLessThan(3 * Math.Sqrt(Profiles * 0.25 * 0.75));
    }

    [Fact]
    public async Task Grow_Audience_MovesNobody()
    {
        var campaign = Campaign("spring", (Even, [9_000, 1_000]), (Everyone, [5_000, 5_000]));
        var before = await (await CampaignProfiles.NumberedAsync(Profiles / 2, Parity)).AssignAsync(campaign);

        var after = await (await CampaignProfiles.NumberedAsync(Profiles, Parity)).AssignAsync(campaign);

        before.Count.ShouldBe(Profiles / 2);
        after.Count.ShouldBe(Profiles);
        before.Count(pair => !after[pair.Key].SequenceEqual(pair.Value)).ShouldBe(0);
    }

    [Fact]
    public async Task Add_SubAudienceBehindTheOthers_MovesNobody()
    {
        var profiles = await CampaignProfiles.NumberedAsync(Profiles, Parity);
        var before = await profiles.AssignAsync(Campaign("spring", (Even, [9_000, 1_000])));

        var after = await profiles.AssignAsync(Campaign("spring", (Even, [9_000, 1_000]), (Everyone, [2_000, 8_000])));

        before.Count.ShouldBe(Profiles / 2);
        after.Count.ShouldBe(Profiles);
        before.Count(pair => !after[pair.Key].SequenceEqual(pair.Value)).ShouldBe(0);
    }

    /// <summary>Who leaves and comes back finds the group as it was: nothing is remembered, so nothing is lost.</summary>
    [Fact]
    public async Task Leave_AndComeBack_IsInTheSameGroup()
    {
        var campaign = Campaign("spring", (Even, [5_000, 5_000]));
        var before = await (await CampaignProfiles.NumberedAsync(1_000, Parity)).AssignAsync(campaign);
        (await (await CampaignProfiles.NumberedAsync(1_000)).AssignAsync(campaign)).ShouldBeEmpty();

        var after = await (await CampaignProfiles.NumberedAsync(1_000, Parity)).AssignAsync(campaign);

        after.Count(pair => !before[pair.Key].SequenceEqual(pair.Value)).ShouldBe(0);
    }

    private static Row Parity(int number) => new() { ["even"] = Cell.Of(number % 2 == 0) };

    private static string Group(int sub, int group) => $"grp_{sub}_{group}";

    private static ResolvedCampaign Campaign(string salt, params (RuleNode Rules, int[] Shares)[] subAudiences) => new(
        Everyone, null, CampaignAssignment.FirstMatch, salt,
        [.. subAudiences.Select((sub, at) => new ResolvedSubAudience(
            $"sub_{at}", sub.Rules,
            new SubAudience($"sub_{at}", "", null, [.. sub.Shares.Select((share, index) => new CampaignGroup(Group(at, index), "", GroupRole.Treatment, share))]).Ranges))]);
}
