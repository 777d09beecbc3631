using System.Collections.Immutable;
using AudienceSync.Campaigns;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Journeys;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Answers "why is this person in, or not?": one profile, as it is now, beside every segment, campaign, journey and destination.</summary>
public sealed class Memberships(
    ProfileReader profiles, SegmentTraces segments, CampaignMemberships campaigns, JourneyMemberships journeys, MembershipTraces traces, IDestinationStore destinations,
    MemberHasher hasher, TimeProvider time)
{
    /// <summary>Destinations looked at side by side: of each a page or two are read.</summary>
    private const int Degree = 4;

    /// <param name="isUnmasked">Whether the caller sees identifiers of people.</param>
    /// <returns>404 when there is no such profile.</returns>
    public async Task<Result<ProfileMemberships>> ReadAsync(string profileId, MembershipQuery query, bool isUnmasked, CancellationToken cancellationToken)
    {
        if (await profiles.ReadAsync(profileId, cancellationToken) is not { } state)
        {
            return Refusal.NotFound("profile", profileId);
        }

        var profile = new TracedProfile(profileId, hasher.Key(profileId), state.ToRow(), state.Consents, time.GetUtcNow(), isUnmasked);
        var all = await destinations.ListAllAsync(cancellationToken).Where(query.Takes).ToListAsync(cancellationToken);
        var (segmentsAfter, destinationsAfter) = query.After;
        var inSegments = await segments.ReadAsync(
            profile.Row, query.SegmentsOf(all), new(query.Page.Limit, segmentsAfter), profile.AsOf, isUnmasked, cancellationToken);
        var page = ListPage.Of(all, new(query.Page.Limit, destinationsAfter), destination => destination.Id);
        var traced = new DestinationMembership[page.Items.Count];
        await Parallel.ForAsync(
            0, traced.Length, new ParallelOptions { MaxDegreeOfParallelism = Degree, CancellationToken = cancellationToken },
            async (index, token) => traced[index] = await traces.TraceAsync(page.Items[index], profile, token));
        return new ProfileMemberships(
            MemberViews.Show(ProfileColumns.Id, Cell.Of(profileId), isUnmasked).AsText(), profile.AsOf, [.. inSegments.Items],
            query.Page.After is null ? await campaigns.ReadAsync(profile.Row, campaign => query.Takes(campaign, all), profile.AsOf, cancellationToken) : [],
            query.Page.After is null ? await journeys.ReadAsync(profile.Row, journey => query.Takes(journey, all), cancellationToken) : [],
            [.. traced], MembershipQuery.Next(inSegments.Next, page.Next));
    }
}

/// <summary>What is asked of memberships.</summary>
/// <param name="SegmentId">Narrows to one segment, and to the destinations, campaigns and journeys that it feeds; null for all.</param>
/// <param name="DestinationId">Narrows to one destination, and to the segment, campaign or journey that feeds it; null for all.</param>
public sealed record MembershipQuery(PageRequest Page, string? SegmentId = null, string? DestinationId = null)
{
    /// <summary>Behind every id: a list that has come to its end.</summary>
    private const string End = "~";

    /// <summary>The last segment and the last destination of the page before.</summary>
    internal (string? Segments, string? Destinations) After => Page.After?.Split(' ') is [var segments, var destinations] ? (segments, destinations) : (null, null);

    /// <summary>The cursor of the page that follows; null when neither list goes on.</summary>
    internal static string? Next(string? segments, string? destinations) =>
        segments is null && destinations is null ? null : $"{segments ?? End} {destinations ?? End}";

    internal bool Takes(Destination destination) =>
        (DestinationId is null || destination.Id == DestinationId)
        && (SegmentId is null || DestinationId is not null || destination.Source == new DestinationSource.OfSegment(SegmentId));

    /// <param name="chosen">The destinations that are asked for.</param>
    internal bool Takes(Campaign campaign, IReadOnlyCollection<Destination> chosen) =>
        DestinationId is not null ? chosen.Any(destination => destination.Source is DestinationSource.OfGroup of && of.CampaignId == campaign.Id)
        : SegmentId is null || campaign.SegmentId == SegmentId || campaign.Exclusions.Contains(SegmentId);

    /// <inheritdoc cref="Takes(Campaign, IReadOnlyCollection{Destination})"/>
    internal bool Takes(Journey journey, IReadOnlyCollection<Destination> chosen) =>
        DestinationId is not null ? chosen.Any(destination => destination.Source is DestinationSource.OfStep of && of.JourneyId == journey.Id)
        : SegmentId is null || journey.Steps.Any(step => step.EntrySegmentId == SegmentId);

    /// <summary>Null for all segments.</summary>
    internal IReadOnlyCollection<string>? SegmentsOf(IReadOnlyCollection<Destination> chosen) =>
        SegmentId is not null ? [SegmentId]
        : DestinationId is not null ? [.. chosen.Select(destination => destination.Source).OfType<DestinationSource.OfSegment>().Select(source => source.SegmentId)]
        : null;
}

/// <param name="ProfileId">Masked where it is an address.</param>
/// <param name="Campaigns">On the first page, all of them; as are the journeys.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record ProfileMemberships(
    string ProfileId, DateTimeOffset AsOf, ImmutableArray<SegmentMembership> Segments, ImmutableArray<CampaignMembership> Campaigns, ImmutableArray<JourneyMembership> Journeys,
    ImmutableArray<DestinationMembership> Destinations, string? Next);
