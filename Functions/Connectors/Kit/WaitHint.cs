using System.Globalization;
using System.Net.Http.Headers;

namespace AudienceSync.Connectors.Kit;

/// <summary>How long an answer asks us to wait: <c>Retry-After</c> (seconds or date), else <c>RateLimit-Reset</c>, <c>X-RateLimit-Reset</c>.</summary>
public static class WaitHint
{
    /// <summary>No hint is followed longer: a wrong clock or unit must not stop a destination for days. Ours.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    /// <summary>Resets above this are moments (Unix seconds), below it seconds from now: 2001-09-09, and 31 years.</summary>
    private const long FirstUnixSecond = 1_000_000_000;

    /// <summary>Resets above this are Unix milliseconds.</summary>
    private const long FirstUnixMillisecond = 1_000_000_000_000;

    public static TimeSpan? Read(ConnectorResponse response) =>
        RetryAfter(response) ?? Reset(response, "RateLimit-Reset") ?? Reset(response, "X-RateLimit-Reset");

    private static TimeSpan? RetryAfter(ConnectorResponse response) =>
        !RetryConditionHeaderValue.TryParse(response.Header("Retry-After"), out var value) ? null
        : value.Delta is { } delta ? Bounded(delta.TotalSeconds)
        : value.Date is { } date ? Bounded((date - response.ReceivedAt).TotalSeconds)
        : null;

    private static TimeSpan? Reset(ConnectorResponse response, string header) =>
        !double.TryParse(response.Header(header), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number > long.MaxValue ? null
        : number >= FirstUnixMillisecond ? Bounded((number - response.ReceivedAt.ToUnixTimeMilliseconds()) / 1_000)
        : number >= FirstUnixSecond ? Bounded(number - response.ReceivedAt.ToUnixTimeSeconds())
        : Bounded(number);

    private static TimeSpan Bounded(double seconds) => TimeSpan.FromSeconds(Math.Clamp(seconds, 0, Longest.TotalSeconds));
}
