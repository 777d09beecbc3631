using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Profiles;

namespace AudienceSync.Journeys;

/// <summary>Takes in who entered a step, and has the step's destinations run.</summary>
public sealed class EntryService(IJourneyStore store, ProfileEntries profiles, OwnedDestinations destinations, IRunStarter runs, TimeProvider time)
{
    /// <summary>Most ids of one request.</summary>
    public const int MaxEntries = 1_000;

    private const int MaxIdLength = 256;

    /// <summary>Takes <c>{"profileIds":[…]}</c>. One unknown id never stops the others; who entered before may enter again, and is sent once.</summary>
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
        if (ReadIds(body, faults) is not { } items || faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        if (!journey.Enabled)
        {
            return Refusal.Conflict("journey_disabled", "The journey is disabled", $"Enable '{journey.Name}' first: PATCH {{\"enabled\":true}}. Nobody was entered.");
        }

        var ids = items.Select(IdOf).OfType<string>().ToList();
        var known = await profiles.EnterAsync(step.Key, ids, time.GetUtcNow(), cancellationToken);
        if (known.Count > 0)
        {
            await RunAsync(new(journey.Id, step.Key), cancellationToken);
        }

        ImmutableArray<EntryResult> results = [.. items.Select((item, index) => Judge(index, IdOf(item), known))];
        var accepted = results.Count(result => result.Status == 200);
        return new EntriesAnswer(accepted, results.Length - accepted, results);
    }

    private async Task RunAsync(DestinationSource.OfStep source, CancellationToken cancellationToken)
    {
        foreach (var destination in await destinations.OfAsync(other => other == source, cancellationToken))
        {
            if (destination is { Enabled: true, AutoSync: true, Deleting: false })
            {
                await runs.RunSoonAsync(destination, cancellationToken);
            }
        }
    }

    private static IReadOnlyList<JsonElement>? ReadIds(JsonElement body, List<Fault> faults)
    {
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return null;
        }

        var items = fields.Items("profileIds", MaxEntries);
        if (items is null && !faults.Exists(fault => fault.Pointer == "/profileIds"))
        {
            fields.Refuse("profileIds", "required", "Send the ids of the profiles that entered.");
        }

        fields.RefuseUnknown("entries");
        return items;
    }

    private static string? IdOf(JsonElement item) =>
        item.ValueKind is JsonValueKind.String && item.GetString() is { Length: > 0 and <= MaxIdLength } id ? id : null;

    private static EntryResult Judge(int index, string? id, IReadOnlySet<string> known) =>
        id is null ? new(index, null, 422, "invalid_id", $"/profileIds/{index}", $"The id of a profile is a text of 1 to {MaxIdLength} characters.")
        : known.Contains(id) ? new(index, id, 200)
        : new(index, id, 404, "unknown_profile", $"/profileIds/{index}", "There is no profile of this id. Send the profile first.");
}
