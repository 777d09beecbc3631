using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Values;

namespace AudienceSync.Journeys;

/// <summary>A journey as answers show it, with its destinations and how their runs go.</summary>
public sealed record JourneyView(
    string Id,
    string Key,
    string Name,
    string Description,
    bool Enabled,
    ImmutableArray<JourneyStepView> Steps,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: JsonPropertyName("etag")] string ETag) : IListed;

/// <param name="Entry">Null where entries are told alone.</param>
public sealed record JourneyStepView(string Key, string Name, StepEntry? Entry, ImmutableArray<DestinationView> Destinations);

/// <summary>Whose members enter by themselves.</summary>
public sealed record StepEntry(string SegmentId);

/// <summary>What became of each id that entered: the body of a 207.</summary>
public sealed record EntriesAnswer(int Accepted, int Failed, ImmutableArray<EntryResult> Results);

/// <param name="Index">Place of the id in the request, from 0.</param>
/// <param name="ProfileId">Null where the request has no text there.</param>
/// <param name="Status">200, 404 or 422, as the id alone would have been answered.</param>
public sealed record EntryResult(int Index, string? ProfileId, int Status, string? Code = null, string? Pointer = null, string? Detail = null);

/// <summary>Shows journeys with their destinations.</summary>
public sealed class JourneyViews(OwnedDestinations destinations, DestinationViews views)
{
    internal async Task<JourneyView> OfAsync(Journey journey, CancellationToken cancellationToken) => (await OfAsync([journey], cancellationToken))[0];

    /// <summary>All of them with one look at the destinations.</summary>
    internal async Task<IReadOnlyList<JourneyView>> OfAsync(IReadOnlyList<Journey> journeys, CancellationToken cancellationToken)
    {
        var ids = journeys.Select(journey => journey.Id).ToHashSet(StringComparer.Ordinal);
        var owned = await destinations.OfAsync(source => source is DestinationSource.OfStep(var journeyId, _) && ids.Contains(journeyId), cancellationToken);
        var shown = await Task.WhenAll(owned.Select(async destination => (destination.Source, View: await views.OfAsync(destination, cancellationToken))));
        var bySource = shown.ToLookup(pair => pair.Source, pair => pair.View);
        return [.. journeys.Select(journey => Of(journey, bySource))];
    }

    private static JourneyView Of(Journey journey, ILookup<DestinationSource, DestinationView> destinationsOf)
    {
        var view = new JourneyView(
            journey.Id, journey.Key, journey.Name, journey.Description, journey.Enabled,
            [.. journey.Steps.Select(step => new JourneyStepView(
                step.Key, step.Name, step.EntrySegmentId is { } segmentId ? new(segmentId) : null, [.. destinationsOf[new DestinationSource.OfStep(journey.Id, step.Key)]]))],
            journey.CreatedAt, journey.UpdatedAt, journey.ETag);
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, JourneysJson.Default.JourneyView)) };
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(Journey))]
[JsonSerializable(typeof(JourneyView))]
internal sealed partial class JourneysJson : JsonSerializerContext;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EntriesAnswer))]
internal sealed partial class EntriesJson : JsonSerializerContext;
