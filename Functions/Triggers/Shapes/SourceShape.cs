using System.Text.Json.Serialization;

namespace AudienceSync.Triggers.Shapes;

/// <summary>Where the members of a destination come from.</summary>
[JsonDerivedType(typeof(SegmentSourceShape))]
[JsonDerivedType(typeof(GroupSourceShape))]
[JsonDerivedType(typeof(StepSourceShape))]
[JsonDerivedType(typeof(QuerySourceShape))]
internal abstract record SourceShape;

/// <summary>The members of a segment.</summary>
internal sealed record SegmentSourceShape(string SegmentId) : SourceShape;

/// <summary>The members of one group of a campaign's sub-audience.</summary>
internal sealed record GroupSourceShape(string CampaignId, string SubAudienceId, string GroupId) : SourceShape;

/// <summary>Those who entered a step of a journey.</summary>
internal sealed record StepSourceShape(string JourneyId, string StepKey) : SourceShape;

/// <summary>The rows of a query on a connection: one a member.</summary>
/// <param name="KeyColumn">The column that holds the member's id.</param>
internal sealed record QuerySourceShape(string ConnectionId, string Query, string KeyColumn) : SourceShape;
