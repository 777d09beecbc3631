using AudienceSync.Campaigns;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Journeys;
using AudienceSync.Segments;

namespace AudienceSync.Config;

/// <summary>What a document is written to: the installation, or a copy of its configuration in memory. Both by the services that single requests go through.</summary>
public sealed record ConfigTarget(
    IConnectionStore ConnectionStore,
    ConnectionService Connections,
    ConnectorCatalog Connectors,
    ISegmentStore SegmentStore,
    SegmentService Segments,
    SegmentDrafts Drafts,
    IDestinationStore DestinationStore,
    DestinationService Destinations,
    ICampaignStore CampaignStore,
    CampaignService Campaigns,
    SubAudienceService SubAudiences,
    IJourneyStore JourneyStore,
    JourneyService Journeys,
    IHoldoutStore HoldoutStore,
    HoldoutService Holdout);

/// <summary>Makes copies to rehearse on: what is written there is seen there alone, starts no run and reaches no vault.</summary>
public interface IConfigCopies
{
    Task<ConfigCopy> MakeAsync(CancellationToken cancellationToken);
}

/// <param name="Target">With every document of the installation, at the versions it has there.</param>
/// <param name="Runs">Which runs writing would have had to wait for.</param>
public sealed record ConfigCopy(ConfigTarget Target, NotedRuns Runs);
