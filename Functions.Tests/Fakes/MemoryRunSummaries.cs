using System.Runtime.CompilerServices;
using System.Text.Json;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>Summaries of runs in memory, as JSON. Thread-safe.</summary>
internal sealed class MemoryRunSummaries(FaultPoints? points = null) : IRunSummaries
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, byte[]> _rows = new(StringComparer.Ordinal);

    public IReadOnlyList<RunSummary> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _rows.Values.Select(json => JsonSerializer.Deserialize(json, RunsJson.Default.RunSummary)!)];
            }
        }
    }

    public Task WriteAsync(RunSummary summary, CancellationToken cancellationToken) => _points.Write(() =>
    {
        lock (_lock)
        {
            return _rows[summary.RunId] = JsonSerializer.SerializeToUtf8Bytes(summary, RunsJson.Default.RunSummary);
        }
    });

    public async IAsyncEnumerable<RunSummary> ReadAsync(DateTimeOffset from, DateTimeOffset to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var summary in await _points.Read(() => All.Where(summary => summary.FinishedAt >= from && summary.FinishedAt < to).ToList()))
        {
            yield return summary;
        }
    }

    public Task<ListPage<RunSummary>> ListAsync(string ownerId, DateTimeOffset? from, DateTimeOffset? to, PageRequest page, CancellationToken cancellationToken) => _points.Read(() =>
        ListPage.Of(
            All.Where(summary => summary.Entered is not null && (summary.DestinationId == ownerId || summary.SegmentId == ownerId)
                    && !(summary.FinishedAt < from) && !(summary.FinishedAt >= to))
                .OrderByDescending(summary => summary.FinishedAt).ThenBy(summary => summary.RunId, StringComparer.Ordinal),
            page,
            summary => $"{DateTime.MaxValue.Ticks - summary.FinishedAt.UtcTicks:D19}-{summary.RunId}"));

    public Task TrimAsync(DateTimeOffset before, CancellationToken cancellationToken) => _points.Write(() =>
    {
        lock (_lock)
        {
            return All.Where(summary => summary.FinishedAt.UtcDateTime.Date < before.UtcDateTime.Date).Count(summary => _rows.Remove(summary.RunId));
        }
    });
}
