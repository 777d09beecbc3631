using System.Collections.Immutable;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Whom a campaign's groups hold, with all references to segments put in their place: a pure function of a profile.</summary>
/// <param name="Excluded">Members of any excluded segment; null where none is.</param>
public sealed record ResolvedCampaign(
    RuleNode Segment, RuleNode? Excluded, CampaignAssignment Assignment, string Salt, ImmutableArray<ResolvedSubAudience> SubAudiences)
{
    /// <summary>The group as one rule over profiles: segment ∧ ¬exclusions ∧ sub-audience ∧ ¬earlier ones (first match) ∧ its range of buckets.</summary>
    public RuleNode RuleOf(string subAudienceId, string groupId)
    {
        var at = SubAudiences.ToList().FindIndex(sub => sub.Id == subAudienceId);
        return RuleOf(at, SubAudiences[at].Groups.First(group => group.GroupId == groupId));
    }

    /// <param name="at">Place of the sub-audience.</param>
    internal RuleNode RuleOf(int at, GroupRange range)
    {
        ImmutableArray<ResolvedSubAudience> earlier = Assignment is CampaignAssignment.FirstMatch ? SubAudiences[..at] : [];
        if (earlier.Any(sub => sub.Rules is null) || range.From == range.To)
        {
            // An earlier sub-audience takes everyone, or the share is zero.
            return new RuleNode.Bucket(Salt, 0, 0);
        }

        ImmutableArray<RuleNode> taken = [.. earlier.Select(sub => sub.Rules!)];
        ImmutableArray<RuleNode?> parts =
        [
            Segment,
            Excluded is null ? null : new RuleNode.Not(Excluded),
            SubAudiences[at].Rules,
            taken.IsEmpty ? null : new RuleNode.Not(taken is [var only] ? only : new RuleNode.Any(taken)),
            range.To - range.From == Buckets.Count ? null : new RuleNode.Bucket(Salt, range.From, range.To),
        ];
        return new RuleNode.All([.. parts.OfType<RuleNode>()]);
    }
}

/// <param name="Rules">Null for everyone.</param>
public sealed record ResolvedSubAudience(string Id, RuleNode? Rules, ImmutableArray<GroupRange> Groups);
