using System.Text.Json;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Shows destinations with how their runs go.</summary>
public sealed class DestinationViews(IDestinationStateStore states)
{
    internal async Task<DestinationView> OfAsync(Destination destination, CancellationToken cancellationToken)
    {
        var view = DestinationView.Of(destination, await states.GetAsync(destination.Id, cancellationToken));
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, DestinationJson.Default.DestinationView)) };
    }
}
