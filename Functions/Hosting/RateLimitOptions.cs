using System.ComponentModel.DataAnnotations;
using AudienceSync.Http;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

/// <summary>How fast one caller may go, on each instance.</summary>
public sealed class RateLimitOptions
{
    public const string Section = "RateLimits";

    internal const string Api = "api";
    internal const string Ingest = "ingest";
    internal const string Preview = "preview";

    /// <summary>Requests a second in the long run of what is neither of the two below; 0 for no limit. Default 50.</summary>
    [Range(0.0, 1_000_000.0)]
    public double ApiPerSecond { get; set; } = 50;

    /// <summary>Requests that may come at once after a pause. Default 200.</summary>
    [Range(1, 1_000_000)]
    public int ApiBurst { get; set; } = 200;

    /// <summary>Profile batches and imports; a batch holds up to 1,000 operations. Default 100; 0 for no limit.</summary>
    [Range(0.0, 1_000_000.0)]
    public double IngestPerSecond { get; set; } = 100;

    /// <summary>Default 400.</summary>
    [Range(1, 1_000_000)]
    public int IngestBurst { get; set; } = 400;

    /// <summary>Previews, estimates, overlaps, impacts and lookups of profiles, which read the whole profile store. Default 5; 0 for no limit.</summary>
    [Range(0.0, 1_000_000.0)]
    public double PreviewPerSecond { get; set; } = 5;

    /// <summary>Default 50.</summary>
    [Range(1, 1_000_000)]
    public int PreviewBurst { get; set; } = 50;

    /// <summary>Null when the policy has no limit.</summary>
    internal RateLimit? Find(string policy)
    {
        var (perSecond, burst) = policy switch
        {
            Ingest => (IngestPerSecond, IngestBurst),
            Preview => (PreviewPerSecond, PreviewBurst),
            _ => (ApiPerSecond, ApiBurst),
        };
        return perSecond <= 0 ? null : new(policy, perSecond, Math.Max(1, burst));
    }
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;
