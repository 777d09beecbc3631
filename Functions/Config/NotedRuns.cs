using System.Collections.Immutable;
using AudienceSync.Segments;

namespace AudienceSync.Config;

/// <summary>Lets a rehearsal go on as if no run were under way, and keeps in mind which are: when the document is applied, these are waited for.</summary>
public sealed class NotedRuns(ISegmentRuns runs) : ISegmentRuns
{
    private readonly Dictionary<string, SegmentRun> _noted = new(StringComparer.Ordinal);

    /// <summary>Each once.</summary>
    public IReadOnlyCollection<SegmentRun> Noted => _noted.Values;

    public async Task<ImmutableArray<SegmentRun>> ActiveAsync(IReadOnlyCollection<SegmentUser> users, CancellationToken cancellationToken)
    {
        foreach (var run in await runs.ActiveAsync(users, cancellationToken))
        {
            _noted[run.RunId] = run;
        }

        return [];
    }
}
