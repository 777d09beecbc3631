namespace AudienceSync.Destinations;

/// <summary>Which destinations are listed. Null or empty parts take everything.</summary>
public sealed record DestinationFilter(
    IReadOnlyCollection<DestinationCondition> States, string? SegmentId = null, string? ConnectionId = null, bool? Enabled = null)
{
    public static DestinationFilter None { get; } = new([]);

    /// <summary>All but <see cref="States"/>, which a destination does not know of itself.</summary>
    internal bool Takes(Destination destination) =>
        (SegmentId is null || destination.Source == new DestinationSource.OfSegment(SegmentId))
        && (ConnectionId is null || destination.Uses(ConnectionId))
        && (Enabled is null || destination.Enabled == Enabled);
}
