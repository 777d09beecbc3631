using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>Takes in who entered a step, and has the step's destinations run.</summary>
public sealed class EntryService(
    IJourneyStore store, ProfileEntries profiles, SegmentService segments, MemberIds members, OwnedDestinations destinations, IRunStarter runs, TimeProvider time)
{
    /// <summary>Most ids of one request.</summary>
    public const int MaxEntries = 1_000;

    /// <summary>Most members of a segment that enter by one request. Ours: the request waits for them.</summary>
    public const int MaxMembers = 100_000;

    private const int MaxIdLength = 256;

    /// <summary>
    /// Takes <c>{"profileIds":[…]}</c>, or <c>{"segmentId"}</c> for whoever is a member now. One unknown id never stops the others; who entered before may enter again,
    /// and is sent once.
    /// </summary>
    public async Task<Result<EntriesAnswer>> EnterAsync(string journeyId, string stepKey, JsonElement body, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(journeyId, cancellationToken) is not { } journey)
        {
            return Refusal.NotFound("journey", journeyId);
        }

        if (journey.Find(stepKey) is not { } step)
        {
            return Refusal.NotFound("step", stepKey);
        }

        var faults = new List<Fault>();
        if (EntriesInput.Read(body, faults) is not { } input || faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        if (!journey.Enabled)
        {
            return Refusal.Conflict("journey_disabled", "The journey is disabled", $"Enable '{journey.Name}' first: PATCH {{\"enabled\":true}}. Nobody was entered.");
        }

        var receivers = await ReceiversAsync(new(journey.Id, step.Key), cancellationToken);
        if (receivers.IsEmpty)
        {
            return Refusal.Conflict(
                "step_disconnected", "The step has no enabled destination", $"Every destination of '{step.Name}' is switched off: whoever entered would be sent nowhere. Enable one first. Nobody was entered.");
        }

        return input.SegmentId is { } segmentId
            ? await EnterMembersAsync(step, segmentId, receivers, cancellationToken)
            : await EnterAsync(step, input.Items, receivers, cancellationToken);
    }

    private async Task<EntriesAnswer> EnterAsync(
        JourneyStep step, IReadOnlyList<JsonElement> items, ImmutableArray<Destination> receivers, CancellationToken cancellationToken)
    {
        var ids = items.Select(IdOf).OfType<string>().ToList();
        var known = await profiles.EnterAsync(step.Key, ids, time.GetUtcNow(), cancellationToken);
        if (known.Count > 0)
        {
            await RunAsync(receivers, cancellationToken);
        }

        ImmutableArray<EntryResult> results = [.. items.Select((item, index) => Judge(index, IdOf(item), known))];
        var accepted = results.Count(result => result.Status == 200);
        return new(accepted, results.Length - accepted, results);
    }

    /// <summary>Everyone whom the segment holds now, once: whoever joins it later does not enter. Counted first, so that too large a segment enters nobody.</summary>
    private async Task<Result<EntriesAnswer>> EnterMembersAsync(
        JourneyStep step, string segmentId, ImmutableArray<Destination> receivers, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        await EntrySegment.CheckAsync(segments, segmentId, "/segmentId", faults, cancellationToken);
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        return await (await segments.ResolveAsync(segmentId, cancellationToken)).ThenAsync<EntriesAnswer>(async rule =>
        {
            var now = time.GetUtcNow();
            var count = 0;
            await foreach (var ids in members.ReadAsync(rule, now, cancellationToken))
            {
                count += ids.Count;
            }

            if (count > MaxMembers)
            {
                return Refusal.Invalid([new(
                    "/segmentId", "too_many", $"The segment has {count:N0} members; at most {MaxMembers:N0} enter by one request. Give the step an entry segment instead: PATCH its \"entry\".")]);
            }

            var entered = 0;
            await foreach (var ids in members.ReadAsync(rule, now, cancellationToken))
            {
                foreach (var some in ids.Chunk(MaxEntries))
                {
                    await profiles.NoteAsync(step.Key, some, now, cancellationToken);
                    entered += some.Length;
                }
            }

            if (entered > 0)
            {
                await RunAsync(receivers, cancellationToken);
            }

            return new EntriesAnswer(entered, 0, []);
        });
    }

    /// <summary>The destinations of the step that are switched on.</summary>
    private async Task<ImmutableArray<Destination>> ReceiversAsync(DestinationSource.OfStep source, CancellationToken cancellationToken) =>
        [.. (await destinations.OfAsync(other => other == source, cancellationToken)).Where(destination => destination is { Enabled: true, Deleting: false })];

    private async Task RunAsync(IEnumerable<Destination> receivers, CancellationToken cancellationToken)
    {
        foreach (var destination in receivers.Where(destination => destination.AutoSync))
        {
            await runs.RunSoonAsync(destination, cancellationToken);
        }
    }

    private static string? IdOf(JsonElement item) =>
        item.ValueKind is JsonValueKind.String && item.GetString() is { Length: > 0 and <= MaxIdLength } id ? id : null;

    private static EntryResult Judge(int index, string? id, IReadOnlySet<string> known) =>
        id is null ? new(index, null, 422, "invalid_id", $"/profileIds/{index}", $"The id of a profile is a text of 1 to {MaxIdLength} characters.")
        : known.Contains(id) ? new(index, id, 200)
        : new(index, id, 404, "unknown_profile", $"/profileIds/{index}", "There is no profile of this id. Send the profile first.");
}
