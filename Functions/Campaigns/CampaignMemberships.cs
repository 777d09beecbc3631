using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Says of campaigns in which group a profile is: the one profile is shared out the way that all of them are.</summary>
public sealed class CampaignMemberships(ICampaignStore store, CampaignResolver resolver, IHoldoutStore holdouts)
{
    /// <param name="takes">Which campaigns are asked for.</param>
    /// <returns>In order of their ids.</returns>
    internal async Task<ImmutableArray<CampaignMembership>> ReadAsync(Row profile, Func<Campaign, bool> takes, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var page = SinglePage.Of(profile);
        var holdout = await holdouts.ReadAsync(cancellationToken);
        var isHeldOut = holdout.Rule is { } rule && RuleCompiler.Compile(rule, asOf).Select(page)[0];
        var found = ImmutableArray.CreateBuilder<CampaignMembership>();
        await foreach (var campaign in store.ListAllAsync(cancellationToken).Where(takes))
        {
            var membership = new CampaignMembership(
                campaign.Id, campaign.Key, campaign.Name, campaign.Enabled, InSegment: null, Excluded: null, isHeldOut, Buckets.Of(campaign.Salt, profile[ProfileColumns.Id].ToString()), []);
            found.Add((await resolver.ResolveAsync(campaign, cancellationToken)).Match(
                resolved => Of(membership, campaign, new CompiledAllocation(resolved, asOf).Assign(page)),
                refusal => membership with { Problem = refusal.Faults.FirstOrDefault()?.Detail ?? refusal.Title }));
        }

        return [.. found.OrderBy(campaign => campaign.Id, StringComparer.Ordinal)];
    }

    private static CampaignMembership Of(CampaignMembership membership, Campaign campaign, PageAllocation allocation) => membership with
    {
        InSegment = allocation.Audience[0],
        Excluded = allocation.Excluded[0],
        SubAudiences =
        [
            .. campaign.SubAudiences.Zip(allocation.SubAudiences, (sub, rows) => new SubAudienceMembership(
                sub.Id, sub.Name, rows.Matches[0], rows.Allocated[0],
                sub.Groups.Zip(rows.Groups).Where(pair => pair.Second.Rows[0]).Select(pair => new GroupMembership(pair.First.Id, pair.First.Name, pair.First.Role)).FirstOrDefault())),
        ],
    };
}

/// <param name="InSegment">Of the campaign's audience; null when that cannot be told.</param>
/// <param name="Excluded">A member of the audience who is in an excluded segment.</param>
/// <param name="HeldOut">In the holdout of all campaigns: in no group's destinations, whatever the group.</param>
/// <param name="Bucket">The profile's draw, 0 to 9,999: which group of a sub-audience it falls into.</param>
public sealed record CampaignMembership(
    string Id, string Key, string Name, bool Enabled, bool? InSegment, bool? Excluded, bool HeldOut, int Bucket, ImmutableArray<SubAudienceMembership> SubAudiences)
{
    /// <summary>Why it cannot be told.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Problem { get; init; }
}

/// <param name="Matches">Its rules hold for the profile, which takes part in the campaign.</param>
/// <param name="Member">It takes the profile: under <c>firstMatch</c> only where no one before it did.</param>
/// <param name="Group">Null where it does not take the profile, or has no groups yet.</param>
public sealed record SubAudienceMembership(string Id, string Name, bool Matches, bool Member, GroupMembership? Group);

/// <param name="Role"><c>treatment</c>, or <c>control</c>, to which nothing is ever sent.</param>
public sealed record GroupMembership(string Id, string Name, GroupRole Role);
