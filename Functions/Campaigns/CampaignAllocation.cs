using System.Collections.Immutable;

namespace AudienceSync.Campaigns;

/// <summary>How a campaign's audience is shared out: counted over all profiles, before the gates of single destinations.</summary>
/// <remarks>
/// Always: <c>Audience = Excluded + Unmatched + the sum of (Matches − Overlap)</c>. Under first match <c>Allocated = Matches − Overlap</c>, under all matches
/// <c>Allocated = Matches</c>; the groups of a sub-audience make up its <c>Allocated</c>.
/// </remarks>
/// <param name="Audience">Members of the segment.</param>
/// <param name="Excluded">Of these, members of an excluded segment.</param>
/// <param name="Holdout">Of the others, those whom no campaign sends to. They are counted in their groups all the same.</param>
/// <param name="Unmatched">Not excluded, and in no sub-audience.</param>
/// <param name="Overlap">Members of more than one sub-audience.</param>
/// <param name="MovedSinceLast">Members who are in a group now, and by the definition counted last were in one that they are no longer in.</param>
/// <param name="ComparedWith">When that definition was counted; null when none was yet.</param>
public sealed record CampaignAllocation(
    string CampaignId,
    DateTimeOffset AsOf,
    long Audience,
    long Excluded,
    long Holdout,
    long Unmatched,
    long Overlap,
    long MovedSinceLast,
    DateTimeOffset? ComparedWith,
    ImmutableArray<SubAudienceAllocation> SubAudiences);

/// <param name="Matches">Whom its rules hold, of the audience without the exclusions.</param>
/// <param name="Overlap">Of these, members of a sub-audience before it.</param>
/// <param name="Allocated">Whom its groups share.</param>
public sealed record SubAudienceAllocation(
    string Id, string Name, long Matches, long Overlap, long Allocated, ImmutableArray<GroupAllocation> Groups);

/// <param name="Share">Percent, as the group has it.</param>
/// <param name="ActualShare">Percent of the sub-audience's allocated members, rounded to two decimals; null where there are none.</param>
/// <param name="Holdout">Of <paramref name="Count"/>, those whom no campaign sends to.</param>
public sealed record GroupAllocation(string Id, string Name, GroupRole Role, decimal Share, long Count, decimal? ActualShare, long Holdout);
