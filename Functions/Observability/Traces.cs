using System.Diagnostics;

namespace AudienceSync.Observability;

/// <summary>Spans of the app, and the W3C trace context that goes along with queue messages so that a run is one trace.</summary>
/// <remarks>A span is made whether or not anybody listens: what is queued carries its context on in either case. Tags are ids of ours, never a person's.</remarks>
internal static class Traces
{
    public const string SourceName = "AudienceSync";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>A span within the present one; alone when there is none.</summary>
    public static Activity Start(string name, ActivityKind kind = ActivityKind.Internal) => Source.StartActivity(name, kind) ?? new Activity(name).SetIdFormat(ActivityIdFormat.W3C).Start();

    /// <summary>A span that begins a trace of its own, with a link to the one it was started from.</summary>
    public static Activity StartTrace(string name)
    {
        ActivityLink[] links = Activity.Current is { IdFormat: ActivityIdFormat.W3C } from ? [new(from.Context)] : [];
        Activity.Current = null;
        return Source.StartActivity(name, ActivityKind.Internal, default(ActivityContext), tags: null, links) ?? new Activity(name).SetIdFormat(ActivityIdFormat.W3C).Start();
    }

    /// <summary>A span within the one that <paramref name="traceParent"/> names; within the present one when it names none.</summary>
    public static Activity Continue(string name, string? traceParent, ActivityKind kind = ActivityKind.Internal)
    {
        if (!ActivityContext.TryParse(traceParent, traceState: null, isRemote: true, out var parent))
        {
            return Start(name, kind);
        }

        ActivityLink[] links = Activity.Current is { IdFormat: ActivityIdFormat.W3C } from && from.TraceId != parent.TraceId ? [new(from.Context)] : [];
        return Source.StartActivity(name, kind, parent, tags: null, links)
            ?? new Activity(name).SetIdFormat(ActivityIdFormat.W3C).SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags).Start();
    }

    /// <summary>What a message of a run carries: the present span if it is of the run's trace, else the trace itself.</summary>
    /// <param name="trace">Of the run; null for runs that were started before runs had one.</param>
    public static string? Carried(string? trace) =>
        Activity.Current is { IdFormat: ActivityIdFormat.W3C } here
        && (!ActivityContext.TryParse(trace, traceState: null, isRemote: true, out var parent) || parent.TraceId == here.TraceId)
            ? here.Id
            : trace;

    /// <summary>Marks the span as failed; of the exception its type alone, whose text may say more than a trace should know. Always false: a filter of a catch.</summary>
    public static bool Fails(Activity span, Exception exception)
    {
        span.SetTag("error.type", exception.GetType().FullName).SetStatus(ActivityStatusCode.Error);
        return false;
    }
}
