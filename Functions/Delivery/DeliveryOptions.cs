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

    /// <summary>How long one message keeps sending before it hands on to the next. Default 1 min; well under the host's functionTimeout.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Slice { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class DeliveryOptionsValidator : IValidateOptions<DeliveryOptions>;
