using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Counts how a campaign's audience is shared out, page by page: never more than a page in memory.</summary>
/// <remarks>
/// What moved is told by applying two definitions, the one counted last and the one of now, to the profiles as they are now. So a change of a profile is
/// no move; another salt, other shares, rules or an order that put somebody into another group is.
/// </remarks>
public sealed class CampaignAllocator(
    ICampaignStore store, CampaignResolver resolver, IHoldoutStore holdouts, IProfileShards profiles, IPageStore pages, TimeProvider time)
{
    /// <param name="asOf">The clock of the rules; null for now.</param>
    public async Task<Result<CampaignAllocation>> CountAsync(string id, DateTimeOffset? asOf, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } campaign)
        {
            return CampaignEditor.NotFound(id);
        }

        return await (await resolver.ResolveAsync(campaign, cancellationToken))
            .ThenAsync<CampaignAllocation>(async resolved => await CountAsync(campaign, resolved, asOf ?? time.GetUtcNow(), cancellationToken));
    }

    private async Task<CampaignAllocation> CountAsync(Campaign campaign, ResolvedCampaign resolved, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var last = await store.ReadAllocationAsync(campaign.Id, cancellationToken);
        var now = new CompiledAllocation(resolved, asOf);
        var before = last is null || IsSame(last.Basis, resolved) ? null : new CompiledAllocation(last.Basis, asOf);
        var holdout = (await holdouts.ReadAsync(cancellationToken)).Rule is { } rule ? RuleCompiler.Compile(rule, asOf) : null;
        var counts = new Counts(resolved);
        await foreach (var page in ReadAsync(await profiles.FoldAsync(cancellationToken), cancellationToken))
        {
            var allocation = now.Assign(page);
            counts.Add(allocation, holdout?.Select(page, allocation.Eligible) ?? new RowSet(page.Count));
            counts.Moved += before is null ? 0 : allocation.MovedFrom(before.Assign(page)).Count;
        }

        await store.WriteAllocationAsync(campaign.Id, new(time.GetUtcNow(), resolved), cancellationToken);
        return counts.Of(campaign, asOf, last?.CountedAt);
    }

    private static bool IsSame(ResolvedCampaign left, ResolvedCampaign right) => Bytes(left).AsSpan().SequenceEqual(Bytes(right));

    private static byte[] Bytes(ResolvedCampaign campaign) => JsonSerializer.SerializeToUtf8Bytes(campaign, CampaignsJson.Default.ResolvedCampaign);

    private async IAsyncEnumerable<PageReader> ReadAsync(
        ProfileSet set, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var chain in set.Shards.Select(shard => shard.Chain).OfType<string>())
        {
            await foreach (var page in pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, cancellationToken))
            {
                yield return page;
            }
        }
    }

    private sealed class Counts(ResolvedCampaign resolved)
    {
        private readonly (long Matches, long Overlap, long Allocated)[] _subAudiences = new (long, long, long)[resolved.SubAudiences.Length];
        private readonly (long Count, long Holdout)[][] _groups = [.. resolved.SubAudiences.Select(sub => new (long, long)[sub.Groups.Length])];
        private long _audience;
        private long _excluded;
        private long _holdout;
        private long _unmatched;
        private long _overlap;

        public long Moved { get; set; }

        public void Add(PageAllocation page, RowSet holdout)
        {
            _audience += page.Audience.Count;
            _excluded += page.Excluded.Count;
            _holdout += holdout.Count;
            _unmatched += page.Eligible.Except(page.Matched).Count;
            _overlap += page.Overlap.Count;
            foreach (var (index, sub) in page.SubAudiences.Index())
            {
                var (matches, overlap, allocated) = _subAudiences[index];
                _subAudiences[index] = (matches + sub.Matches.Count, overlap + sub.Overlap.Count, allocated + sub.Allocated.Count);
                foreach (var (at, group) in sub.Groups.Index())
                {
                    var (count, heldOut) = _groups[index][at];
                    _groups[index][at] = (count + group.Rows.Count, heldOut + group.Rows.And(holdout).Count);
                }
            }
        }

        public CampaignAllocation Of(Campaign campaign, DateTimeOffset asOf, DateTimeOffset? comparedWith) => new(
            campaign.Id, asOf, _audience, _excluded, _holdout, _unmatched, _overlap, Moved, comparedWith,
            [.. campaign.SubAudiences.Select((sub, index) => Of(sub, _subAudiences[index], _groups[index]))]);

        private static SubAudienceAllocation Of(SubAudience sub, (long Matches, long Overlap, long Allocated) counts, (long Count, long Holdout)[] groups) => new(
            sub.Id, sub.Name, counts.Matches, counts.Overlap, counts.Allocated,
            [.. sub.Groups.Zip(groups, (group, counted) => new GroupAllocation(
                group.Id, group.Name, group.Role, Percent.Of(group.Share), counted.Count,
                counts.Allocated == 0 ? null : decimal.Round(100m * counted.Count / counts.Allocated, 2), counted.Holdout))]);
    }
}
