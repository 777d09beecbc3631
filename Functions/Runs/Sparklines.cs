using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Runs;

/// <summary>Adds to destinations how many members they held after each of their last runs.</summary>
public sealed class Sparklines(IRunSummaries summaries)
{
    /// <summary>Runs of a line: five days at the standard interval.</summary>
    public const int Length = 20;

    public async Task<DestinationView> AddAsync(DestinationView view, CancellationToken cancellationToken)
    {
        var runs = await summaries.ListAsync(view.Id, from: null, to: null, new(Length, After: null), cancellationToken);
        var drawn = view with { Sparkline = [.. runs.Items.Reverse().Select(run => new SparklinePoint(run.FinishedAt, run.Funnel.Members, run.Accepted))] };
        return drawn with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(drawn, DestinationJson.Default.DestinationView)) };
    }
}
