using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>A destination's settings as a run found them: edits while it runs take effect with the next.</summary>
public sealed record RunSpec
{
    /// <summary>The source's rules with all references put in their place; null for a clean-up or an erasure, which want nobody.</summary>
    public required RuleNode? Rules { get; init; }

    /// <summary>Members whom this rule holds for are held out; null holds nobody out.</summary>
    public RuleNode? Holdout { get; init; }

    /// <summary>The query whose rows are the members; null for profiles.</summary>
    public DestinationSource.OfQuery? Query { get; init; }

    /// <summary>The segment that the members come from; null when they come from elsewhere.</summary>
    public string? SegmentId { get; init; }

    /// <summary>The campaign that the members come from; null when they come from elsewhere.</summary>
    public string? CampaignId { get; init; }

    /// <summary>What the roster is of; null when none is kept: of a dry run, or a clean-up.</summary>
    public string? RosterOf { get; init; }

    public required string ConnectionId { get; init; }

    /// <summary>Connector slug.</summary>
    public required string ConnectorType { get; init; }

    public required AudienceRef Audience { get; init; }

    public required DestinationMode Mode { get; init; }

    public required DeliveryForm Form { get; init; }

    public required FirstRun FirstRun { get; init; }

    public required string? ConsentPurpose { get; init; }

    /// <summary>Without the fields that filters leave out for everyone.</summary>
    public required ImmutableArray<MappingEntry> Mapping { get; init; }

    public required int MappingVersion { get; init; }

    /// <summary>What is asked about each member: whom the destination leaves out, and which fields of whom. None where a record is from before there were any.</summary>
    public ImmutableArray<MemberFilter> Filters { get => field.IsDefault ? [] : field; init; } = [];

    public required Guards Guards { get; init; }

    /// <summary>Most rows in a batch.</summary>
    public required int RowsPerBatch { get; init; }

    /// <summary>Most removals in a batch; 0 for <see cref="RowsPerBatch"/>.</summary>
    public int RemovalsPerBatch { get; init; }

    /// <summary>Lanes that send side by side.</summary>
    public required int Lanes { get; init; }

    /// <summary>Calls a second over all lanes; 0 for no limit.</summary>
    public required double CallsPerSecond { get; init; }

    /// <summary>Calls a day (UTC) of the connection; 0 for no limit.</summary>
    public int CallsPerDay { get; init; }

    /// <summary>The platform changes members; where it does not, a changed member is added again.</summary>
    public required bool TakesUpdates { get; init; }

    /// <summary>The platform removes members.</summary>
    public bool TakesRemovals { get; init; }

    /// <summary>One batch may hold adds, updates and removals.</summary>
    public required bool MixesOperations { get; init; }

    /// <summary>The mapping ready to render, without the fields that filters leave out.</summary>
    /// <param name="asOf">The clock of the filters' rules.</param>
    internal CompiledMapping CompileMapping(TrackingIds trackingIds, DateTimeOffset asOf) =>
        CompiledMapping.Compile(Mapping, trackingIds).Hiding(HiddenFields.Of(Filters, asOf));

    /// <summary>The files hold everyone: they are written from the generation when anything changed.</summary>
    public required bool FullFiles { get; init; }
}
