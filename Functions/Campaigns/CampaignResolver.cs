using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Looks up the segments of a campaign and puts their rules in place.</summary>
public sealed class CampaignResolver(SegmentService segments)
{
    /// <summary>Nodes of the largest group's rule. Ours, as for a segment with its references.</summary>
    public const int MaxNodes = 5_000;

    /// <summary>Bytes of the largest group's rule as JSON. Ours: a run keeps it in one table entity of at most 720 KiB.</summary>
    public const int MaxRuleBytes = 512 * 1024;

    /// <summary>By the segments as they are now. Refused when one is missing, or the rules have become too large.</summary>
    public Task<Result<ResolvedCampaign>> ResolveAsync(Campaign campaign, CancellationToken cancellationToken) =>
        ResolveAsync(campaign, segments.Resolver(), cancellationToken);

    /// <param name="resolver">The segments as they are to be seen.</param>
    public static async Task<Result<ResolvedCampaign>> ResolveAsync(Campaign campaign, SegmentResolver resolver, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        return await ResolveAsync(campaign, resolver, faults, cancellationToken) is { } resolved ? resolved : SegmentService.RuleInvalid(faults);
    }

    /// <param name="faults">Receives everything wrong, with pointers into the campaign.</param>
    internal Task<ResolvedCampaign?> ResolveAsync(Campaign campaign, List<Fault> faults, CancellationToken cancellationToken) =>
        ResolveAsync(campaign, segments.Resolver(), faults, cancellationToken);

    private static async Task<ResolvedCampaign?> ResolveAsync(Campaign campaign, SegmentResolver resolver, List<Fault> faults, CancellationToken cancellationToken)
    {
        var before = faults.Count;
        var segment = await ResolveAsync(new RuleNode.InSegment(campaign.SegmentId), "/segmentId", resolver, faults, cancellationToken);
        var exclusions = ImmutableArray.CreateBuilder<RuleNode>();
        foreach (var (index, id) in campaign.Exclusions.Index())
        {
            if (await ResolveAsync(new RuleNode.InSegment(id), $"/exclusions/{index}", resolver, faults, cancellationToken) is { } rule)
            {
                exclusions.Add(rule);
            }
        }

        var subAudiences = ImmutableArray.CreateBuilder<ResolvedSubAudience>(campaign.SubAudiences.Length);
        foreach (var (index, sub) in campaign.SubAudiences.Index())
        {
            var rules = sub.Rules is null ? null : await resolver.ResolveAsync(sub.Rules, $"/subAudiences/{index}/rules", owner: null, faults, cancellationToken);
            subAudiences.Add(new(sub.Id, rules, sub.Ranges));
        }

        if (faults.Count > before)
        {
            return null;
        }

        var excluded = exclusions.Count switch { 0 => null, 1 => exclusions[0], _ => new RuleNode.Any(exclusions.DrainToImmutable()) };
        var resolved = new ResolvedCampaign(segment!, excluded, campaign.Assignment, campaign.Salt, subAudiences.DrainToImmutable());
        if (CheckSize(resolved) is { } fault)
        {
            faults.Add(fault);
            return null;
        }

        return resolved;
    }

    private static async Task<RuleNode?> ResolveAsync(
        RuleNode.InSegment reference, string pointer, SegmentResolver resolver, List<Fault> faults, CancellationToken cancellationToken)
    {
        // A bare reference is the value itself: its fault belongs to the value, not to a member of it.
        var found = new List<Fault>();
        var rule = await resolver.ResolveAsync(reference, pointer, owner: null, found, cancellationToken);
        faults.AddRange(found.Select(fault => fault with { Pointer = pointer }));
        return rule;
    }

    private static Fault? CheckSize(ResolvedCampaign campaign)
    {
        foreach (var index in Enumerable.Range(0, campaign.SubAudiences.Length))
        {
            var rule = campaign.RuleOf(index, new("", 0, 1));
            if (RuleReferences.Count(rule) > MaxNodes || RuleWriter.ToUtf8(rule).Length > MaxRuleBytes)
            {
                return new(
                    $"/subAudiences/{index}/rules", "rule_too_large",
                    $"With the segment, the exclusions and the sub-audiences before it, this makes more than {MaxNodes:N0} rules or {MaxRuleBytes:N0} bytes. Use fewer or smaller ones.");
            }
        }

        return null;
    }
}
