using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace AudienceSync.Erasures;

/// <summary>Times of erasures.</summary>
public sealed class ErasureOptions
{
    public const string Section = "Erasures";

    /// <summary>An erasure that is not completed after this asks for attention. Default 24 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan AttentionAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Wait before a destination is told again that did not take a removal; doubles with each try. Default 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "1.00:00:00")]
    public TimeSpan RetryBase { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Longest wait between two tries. Default 6 h.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "7.00:00:00")]
    public TimeSpan RetryCap { get; set; } = TimeSpan.FromHours(6);

    /// <summary>How soon the worker looks again at what it waits for, such as a run. Default 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan PollAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Wait before storage is searched again where the person was found last time; doubles up to 32 times this. Default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan SearchAgainAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How long one message works before it hands on to the next. Default 1 min; well under the host's functionTimeout.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:05:00")]
    public TimeSpan Slice { get; set; } = TimeSpan.FromMinutes(1);
}

[OptionsValidator]
internal sealed partial class ErasureOptionsValidator : IValidateOptions<ErasureOptions>;
