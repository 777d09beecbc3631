namespace AudienceSync.Delivery;

/// <summary>Exponential back-off with jitter: a random half of the doubled wait, so that lanes that failed together do not return together.</summary>
public static class RetrySchedule
{
    /// <param name="attempt">Failed tries so far, from 1.</param>
    /// <param name="chance">0 … 1.</param>
    public static TimeSpan After(int attempt, DeliveryOptions options, double chance)
    {
        var full = Math.Min(options.RetryBase.TotalMilliseconds * Math.Pow(2, attempt - 1), options.RetryCap.TotalMilliseconds);
        return TimeSpan.FromMilliseconds(full * (0.5 + (chance / 2)));
    }

    /// <summary>Longest wait between two questions after a job, unless the connector asks for a longer one.</summary>
    private static readonly TimeSpan PollCap = TimeSpan.FromMinutes(5);

    /// <summary>When to ask after a job again: the connector's wait, doubled with each question, at most tenfold and at most five minutes.</summary>
    /// <param name="polls">Questions so far.</param>
    public static TimeSpan Poll(TimeSpan first, int polls)
    {
        var cap = Math.Max(first.Ticks, Math.Min(first.Ticks * 10, PollCap.Ticks));
        return TimeSpan.FromTicks((long)Math.Min(first.Ticks * Math.Pow(2, Math.Min(polls, 10)), cap));
    }
}
