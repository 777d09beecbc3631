using System.Collections.Concurrent;
using System.Diagnostics;
using AudienceSync.Observability;

namespace AudienceSync.Fakes;

/// <summary>Keeps the spans of the app that end while it listens: of every test that runs meanwhile, told apart by their run.</summary>
internal sealed class SpanLog : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _spans = [];

    public SpanLog()
    {
        _listener = new()
        {
            ShouldListenTo = source => source.Name == Traces.SourceName,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _spans.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public IReadOnlyList<Activity> Of(string traceId) => [.. _spans.Where(span => span.TraceId.ToHexString() == traceId)];

    /// <summary>Spans that say they are of the run.</summary>
    public IReadOnlyList<Activity> OfRun(string runId) => [.. _spans.Where(span => (string?)span.GetTagItem(SpanTags.Run) == runId)];

    public void Dispose() => _listener.Dispose();
}
