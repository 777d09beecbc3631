using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>A campaign made ready for pages of profiles, its clock fixed: shares out the rows of a page among the groups.</summary>
internal sealed class CompiledAllocation
{
    private readonly ResolvedCampaign _campaign;
    private readonly CompiledRule _segment;
    private readonly CompiledRule? _excluded;
    private readonly ImmutableArray<CompiledRule?> _subAudiences;

    public CompiledAllocation(ResolvedCampaign campaign, DateTimeOffset asOf)
    {
        _campaign = campaign;
        _segment = RuleCompiler.Compile(campaign.Segment, asOf);
        _excluded = campaign.Excluded is { } excluded ? RuleCompiler.Compile(excluded, asOf) : null;
        _subAudiences = [.. campaign.SubAudiences.Select(sub => sub.Rules is { } rules ? RuleCompiler.Compile(rules, asOf) : null)];
    }

    public PageAllocation Assign(PageReader page)
    {
        var audience = _segment.Select(page);
        var excluded = _excluded?.Select(page, audience) ?? new RowSet(page.Count);
        var eligible = audience.Except(excluded);
        var buckets = BucketsOf(page, eligible);
        var matched = new RowSet(page.Count);
        var subAudiences = ImmutableArray.CreateBuilder<SubAudienceRows>(_subAudiences.Length);
        foreach (var (rules, sub) in _subAudiences.Zip(_campaign.SubAudiences))
        {
            var matches = rules?.Select(page, eligible) ?? eligible;
            var overlap = matches.And(matched);
            var allocated = _campaign.Assignment is CampaignAssignment.FirstMatch ? matches.Except(overlap) : matches;
            matched = matched.Or(matches);
            subAudiences.Add(new(
                matches, overlap, allocated,
                [.. sub.Groups.Select(range => new GroupRows(range.GroupId, allocated.Where(row => buckets[row] >= range.From && buckets[row] < range.To)))]));
        }

        return new(audience, excluded, eligible, matched, subAudiences.DrainToImmutable());
    }

    /// <summary>By row; of rows that are not asked for 0.</summary>
    private int[] BucketsOf(PageReader page, RowSet rows)
    {
        var buckets = new int[page.Count];
        var ids = page.Find(ProfileColumns.Id);
        foreach (var row in rows.ToArray())
        {
            buckets[row] = Buckets.Of(_campaign.Salt, (ids?[row] ?? default).ToString());
        }

        return buckets;
    }
}

/// <param name="Matched">Eligible rows of any sub-audience.</param>
internal sealed record PageAllocation(RowSet Audience, RowSet Excluded, RowSet Eligible, RowSet Matched, ImmutableArray<SubAudienceRows> SubAudiences)
{
    /// <summary>Rows of more than one sub-audience.</summary>
    public RowSet Overlap => SubAudiences.Aggregate(new RowSet(Audience.RowCount), (rows, sub) => rows.Or(sub.Overlap));

    /// <summary>Rows that are in a group now and have left one that they were in before.</summary>
    public RowSet MovedFrom(PageAllocation before)
    {
        var none = new RowSet(Audience.RowCount);
        var now = SubAudiences.SelectMany(sub => sub.Groups).ToDictionary(group => group.GroupId, group => group.Rows, StringComparer.Ordinal);
        var left = before.SubAudiences.SelectMany(sub => sub.Groups).Aggregate(none, (rows, group) => rows.Or(group.Rows.Except(now.GetValueOrDefault(group.GroupId) ?? none)));
        return left.And(now.Values.Aggregate(none, (rows, group) => rows.Or(group)));
    }
}

internal sealed record SubAudienceRows(RowSet Matches, RowSet Overlap, RowSet Allocated, ImmutableArray<GroupRows> Groups);

internal sealed record GroupRows(string GroupId, RowSet Rows);
