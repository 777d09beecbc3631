using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace AudienceSync.Runs;

/// <summary>Times of the run engine.</summary>
public sealed class RunOptions
{
    public const string Section = "Runs";

    /// <summary>How long a worker holds a step without renewing: after a crash nobody touches the step for this long. Default 30 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ClaimFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Work of a run is put on its queue again when nothing was heard of it for this long. Default 45 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan StallAfter { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>A held run lapses after this. Default 72 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "30.00:00:00")]
    public TimeSpan HoldFor { get; set; } = TimeSpan.FromHours(72);

    /// <summary>Runs and their rows are kept this long. Default 30 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepFor { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Summaries of runs, of which the delivery overview is made, are kept this long. Default 400 days.</summary>
    [Range(typeof(TimeSpan), "1.00:00:00", "3650.00:00:00")]
    public TimeSpan KeepSummariesFor { get; set; } = TimeSpan.FromDays(400);

    /// <summary>Pages that nothing refers to are deleted once they are this old; longer than any run may take. Default 2 days.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan KeepOrphansFor { get; set; } = TimeSpan.FromDays(2);
}

[OptionsValidator]
internal sealed partial class RunOptionsValidator : IValidateOptions<RunOptions>;
