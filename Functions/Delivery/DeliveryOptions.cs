using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace AudienceSync.Delivery;

/// <summary>How batches are tried again.</summary>
public sealed class DeliveryOptions
{
    public const string Section = "Delivery";

    /// <summary>Tries of a batch in one run; then what is left is carried over. Default 6.</summary>
    [Range(1, 20)]
    public int MaxAttempts { get; set; } = 6;

    /// <summary>Wait after the first failed try; doubles with each. Default 1 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan RetryBase { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Longest wait between two tries. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan RetryCap { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Wait when a platform throttles without saying how long. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan ThrottleDefault { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait that a platform may ask for; a run that would wait longer carries the rest over. Default 1 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan ThrottleCap { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a batch may be throttled again and again without a row taken; then sending stops and the rest is carried over to the next runs. Default 2 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "2.00:00:00")]
    public TimeSpan ThrottledFor { get; set; } = TimeSpan.FromHours(2);

    /// <summary>Waits between two calls up to this are waited out in place; longer ones by handing the lane on, which frees its worker. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan WaitInPlace { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Batches of a run, from the first, of which also the successful calls are kept for people to look at; failures always are. Default 20.</summary>
    [Range(0, 10_000)]
    public int RecordedBatches { get; set; } = 20;

    /// <summary>Calls kept of a destination; the oldest go first. Default 1,000.</summary>
    [Range(1, 100_000)]
    public int RecordsPerDestination { get; set; } = 1_000;

    /// <summary>Bytes kept of a destination's calls, compressed. Default 16 MB.</summary>
    [Range(100_000, 1_000_000_000)]
    public long RecordBytesPerDestination { get; set; } = 16_000_000;

    /// <summary>Calls are kept this long. Default 14 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan KeepRecordsFor { get; set; } = TimeSpan.FromDays(14);

    /// <summary>How long one message keeps sending before it hands on to the next. Default 1 min; well under the host's functionTimeout.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Slice { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>;
