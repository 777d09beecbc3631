namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Times that Azure fixes, bound from the section <c>LocalHost</c> (<c>LocalHost__QueueVisibility=00:00:02</c>). They exist in this
/// stand-in only, for tests that kill the process and must not wait ten minutes for its messages.
/// </summary>
internal sealed record LocalHostOptions
{
    public const string Section = "LocalHost";

    /// <summary>How long a received message is hidden from others; renewed at half of it while the function runs. Default 10 min, at least 1 s.</summary>
    public TimeSpan QueueVisibility { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>First wait after an empty poll. Default 100 ms.</summary>
    public TimeSpan PollingMinimum { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a stop waits for running functions. Default 10 s.</summary>
    public TimeSpan ShutdownGrace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a function may take to heed its cancelled token before a time-out gives it up. Default 5 s.</summary>
    public TimeSpan TimeoutGrace { get; init; } = TimeSpan.FromSeconds(5);
}
