using System.Collections.Immutable;

namespace AudienceSync.Segments;

/// <summary>Knows which runs are under way.</summary>
public interface ISegmentRuns
{
    /// <summary>The runs under way, held ones too, of the destinations that these are or have.</summary>
    Task<ImmutableArray<SegmentRun>> ActiveAsync(IReadOnlyCollection<SegmentUser> users, CancellationToken cancellationToken);
}

public sealed record SegmentRun(string RunId, string DestinationId);
