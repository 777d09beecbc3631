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
}
