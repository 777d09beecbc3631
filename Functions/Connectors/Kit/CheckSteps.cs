using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit;

/// <summary>Turns one call into the steps a person looks for: the first that failed is the last.</summary>
internal static class CheckSteps
{
    /// <param name="outcome">What the call came to; null and settled are success.</param>
    public static ImmutableArray<CheckStep> Read(DeliveryOutcome? outcome, ConnectTimings timings, TimeSpan total)
    {
        var resolved = timings.Resolved ?? TimeSpan.Zero;
        var connected = timings.Connected ?? TimeSpan.Zero;
        var resolve = new CheckStep("resolve", true, resolved);
        var connect = new CheckStep("connect", true, connected);
        var answered = total - resolved - connected;
        return outcome switch
        {
            DeliveryOutcome.Failed { Code: "dns_failure" } failed => [new("resolve", false, total, failed.Detail)],
            DeliveryOutcome.Misconfigured { Code: "address_refused" or "request_invalid" } refused => [new("resolve", false, total, refused.Detail)],
            DeliveryOutcome.Failed { Code: "connect_failed" or "tls_failure" } failed => [resolve, new("connect", false, total - resolved, failed.Detail)],
            DeliveryOutcome.Unauthorized refused => [resolve, connect, new("authenticate", false, answered, refused.Detail)],
            null or DeliveryOutcome.Settled or DeliveryOutcome.Stored => [resolve, connect, new("authenticate", true, answered)],
            _ => [resolve, connect, new("request", false, answered, Detail(outcome))],
        };
    }

    private static string Detail(DeliveryOutcome outcome) => outcome switch
    {
        DeliveryOutcome.Failed failed => failed.Detail,
        DeliveryOutcome.Refused refused => refused.Detail,
        DeliveryOutcome.Misconfigured misconfigured => misconfigured.Detail,
        DeliveryOutcome.Throttled { RetryAfter: { } wait } => $"The platform asks us to wait {wait.TotalSeconds:0} s.",
        DeliveryOutcome.Throttled => "The platform asks us to slow down.",
        _ => "The platform did not answer as expected.",
    };
}
