using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>Steps of journeys as sources.</summary>
public sealed class JourneySource(IJourneyStore store) : IMemberSource
{
    private const int MaxNameLength = 200; // of a destination

    public bool Knows(DestinationSource source) => source is DestinationSource.OfStep;

    public async Task<SourceFacts?> CheckAsync(DestinationSource source, string pointer, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        switch (await FindAsync((DestinationSource.OfStep)source, cancellationToken))
        {
            case Result<(Journey, JourneyStep)>.Ok((var journey, var step)):
                return FactsOf(journey, step);
            case Result<(Journey, JourneyStep)>.Refused(var refusal):
                faults.Add(new(pointer, "unknown_step", refusal.Detail!));
                return null;
            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    public async Task<Result<SourceMembers>> ResolveAsync(DestinationSource source, SegmentResolver segments, CancellationToken cancellationToken) =>
        await (await FindAsync((DestinationSource.OfStep)source, cancellationToken)).ThenAsync<SourceMembers>(async found =>
            found.Step.EntrySegmentId is not { } segmentId
                ? new SourceMembers(found.Step.Rule(null))
                : (await segments.ResolveAsync(segmentId, cancellationToken)).Match<Result<SourceMembers>>(rules => new SourceMembers(found.Step.Rule(rules)), refusal => refusal));

    /// <summary>What a journey decides for the destinations of a step.</summary>
    internal static SourceFacts FactsOf(Journey journey, JourneyStep step)
    {
        var name = $"{journey.Name} · {step.Name}";
        return new(name.Length > MaxNameLength ? name[..MaxNameLength].TrimEnd() : name, step.Key, journey.Description)
        {
            OwnerName = journey.Name,
            IsOn = journey.Enabled,
            AddsOnly = true,
        };
    }

    /// <summary>As <see cref="FactsOf(Journey, JourneyStep)"/>; null where the journey has no such step.</summary>
    internal static SourceFacts? FactsOf(Journey journey, DestinationSource source) =>
        source is DestinationSource.OfStep of && journey.Find(of.StepKey) is { } step ? FactsOf(journey, step) : null;

    private async Task<Result<(Journey Journey, JourneyStep Step)>> FindAsync(DestinationSource.OfStep source, CancellationToken cancellationToken) =>
        await store.GetAsync(source.JourneyId, cancellationToken) is not { } journey ? Refusal.NotFound("journey", source.JourneyId)
        : journey.Find(source.StepKey) is { } step ? (journey, step)
        : Refusal.NotFound($"step of '{journey.Name}' with the key", source.StepKey);
}
