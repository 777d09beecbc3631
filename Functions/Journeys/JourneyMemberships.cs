using System.Collections.Immutable;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Journeys;

/// <summary>Says of journeys which steps a profile was told to have entered, and when.</summary>
public sealed class JourneyMemberships(IJourneyStore store)
{
    /// <param name="takes">Which journeys are asked for.</param>
    /// <returns>In order of their ids.</returns>
    internal async Task<ImmutableArray<JourneyMembership>> ReadAsync(Row profile, Func<Journey, bool> takes, CancellationToken cancellationToken) =>
    [
        .. (await store.ListAllAsync(cancellationToken).Where(takes).ToListAsync(cancellationToken)).OrderBy(journey => journey.Id, StringComparer.Ordinal)
            .Select(journey => new JourneyMembership(
                journey.Id, journey.Key, journey.Name, journey.Enabled,
                [.. journey.Steps.Select(step => new StepMembership(step.Key, step.Name, EnteredAt(profile, step), step.EntrySegmentId))])),
    ];

    private static DateTimeOffset? EnteredAt(Row profile, JourneyStep step) =>
        profile[ProfileColumns.Journey(step.Key)] is { Type: CellType.DateTime } at ? at.AsDateTime() : null;
}

public sealed record JourneyMembership(string Id, string Key, string Name, bool Enabled, ImmutableArray<StepMembership> Steps);

/// <param name="EnteredAt">Null when nobody told so; whoever is in the entry segment enters with the next run.</param>
public sealed record StepMembership(string Key, string Name, DateTimeOffset? EnteredAt, string? EntrySegmentId);
