using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>Changes campaigns: the document under its ETag, then the destinations that follow from it.</summary>
/// <remarks>Stopped in between, or refused at a destination, the same request completes what is left: destinations that no group has any more go with the next change at the latest.</remarks>
public sealed class CampaignEditor(ICampaignStore store, OwnedDestinations destinations, CampaignViews views, TimeProvider time)
{
    /// <summary>Most times a change is made again on top of another's.</summary>
    private const int MaxAttempts = 8;

    /// <param name="ifMatch">See <see cref="ETags.Holds"/>; null where whatever is there now may be changed.</param>
    /// <param name="remote">What becomes of members whose destination goes.</param>
    /// <param name="change">Makes the changed campaign, or tells faults.</param>
    internal async Task<Result<Campaign>> ChangeAsync(
        string id, string? ifMatch, RemoteMembers remote, Func<Campaign, List<Fault>, Task<Result<CampaignDraft>>> change, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(id, cancellationToken) is not { } current)
            {
                return NotFound(id);
            }

            if (ifMatch is not null && !ETags.Holds(ifMatch, current.ETag))
            {
                return Refusal.Stale((await views.OfAsync(current, cancellationToken)).ETag);
            }

            var faults = new List<Fault>();
            var made = await change(current, faults);
            if (made is Result<CampaignDraft>.Refused(var refusal))
            {
                return refusal;
            }

            if (faults.Count > 0)
            {
                return Invalid(faults);
            }

            var draft = ((Result<CampaignDraft>.Ok)made).Value;
            var changed = draft.Campaign with { UpdatedAt = time.GetUtcNow(), Revision = current.Revision + 1 };
            if (await store.TryReplaceAsync(changed, cancellationToken) is { } replaced)
            {
                return await FollowAsync(replaced, draft.Plans, remote, cancellationToken) is { } failure ? failure : replaced;
            }
        }

        return new Refusal(RefusalKind.Unavailable, "busy", "The campaign is being changed", "Others change this campaign at the moment. Try again.");
    }

    /// <summary>Makes the destinations what the campaign says. Repeatable.</summary>
    internal async Task<Refusal?> FollowAsync(Campaign campaign, ImmutableArray<OwnedPlan> plans, RemoteMembers remote, CancellationToken cancellationToken)
    {
        foreach (var plan in plans)
        {
            if (await destinations.ApplyAsync(plan, remote, cancellationToken) is { } failure)
            {
                return failure;
            }
        }

        var owned = await OwnedByAsync(campaign, cancellationToken);
        var orphans = owned.Where(destination => !destination.Deleting && CampaignSource.FactsOf(campaign, destination.Source) is null);
        return (await destinations.RemoveAsync(orphans, remote, cancellationToken)).Failure
            ?? await destinations.GovernAsync(owned, source => CampaignSource.FactsOf(campaign, source), cancellationToken);
    }

    /// <summary>Every destination of a campaign, those of groups it no longer has too.</summary>
    internal Task<ImmutableArray<Destination>> OwnedByAsync(Campaign campaign, CancellationToken cancellationToken) =>
        destinations.OfAsync(source => source is DestinationSource.OfGroup(var campaignId, _, _) && campaignId == campaign.Id, cancellationToken);

    internal static Refusal NotFound(string id) => Refusal.NotFound("campaign", id);

    /// <summary>Wrong shares have a code of their own.</summary>
    internal static Refusal Invalid(IReadOnlyList<Fault> faults) => faults.All(fault => fault.Code == GroupInput.SharesNot100)
        ? new(RefusalKind.Invalid, GroupInput.SharesNot100, "The shares do not make 100 percent", faults[0].Detail) { Faults = [.. faults] }
        : Refusal.Invalid(faults);
}

/// <param name="Plans">What becomes of the destinations of single groups.</param>
internal sealed record CampaignDraft(Campaign Campaign, ImmutableArray<OwnedPlan> Plans);
