using System.Globalization;

namespace Microsoft.Azure.Functions.Worker;

/// <summary>Repeats a failed run in the same process. Only timers have it: queues retry by dequeue count, HTTP by its caller.</summary>
[AttributeUsage(AttributeTargets.Method)]
public abstract class RetryAttribute : Attribute
{
    /// <summary>Tries after the first one; −1 = without end.</summary>
    public int MaxRetryCount { get; set; }

    internal static TimeSpan ReadInterval(string text, string name) =>
        TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval >= TimeSpan.Zero
            ? interval
            : throw new ArgumentException($"'{text}' is not an interval: write hh:mm:ss, zero or more.", name);
}

public sealed class FixedDelayRetryAttribute : RetryAttribute
{
    public FixedDelayRetryAttribute(int maxRetryCount, string delayInterval)
    {
        ReadInterval(delayInterval, nameof(delayInterval));
        MaxRetryCount = maxRetryCount;
        DelayInterval = delayInterval;
    }

    public string DelayInterval { get; }
}

public sealed class ExponentialBackoffRetryAttribute : RetryAttribute
{
    public ExponentialBackoffRetryAttribute(int maxRetryCount, string minimumInterval, string maximumInterval)
    {
        var minimum = ReadInterval(minimumInterval, nameof(minimumInterval));
        if (ReadInterval(maximumInterval, nameof(maximumInterval)) < minimum)
        {
            throw new ArgumentException($"The maximum {maximumInterval} is below the minimum {minimumInterval}.", nameof(maximumInterval));
        }

        MaxRetryCount = maxRetryCount;
        MinimumInterval = minimumInterval;
        MaximumInterval = maximumInterval;
    }

    public string MinimumInterval { get; }

    public string MaximumInterval { get; }
}
