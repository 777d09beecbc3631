using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Values;

namespace AudienceSync.Journeys;

/// <summary>Makes, changes and deletes journeys: the document under its ETag, then the destinations that follow from it.</summary>
/// <remarks>Stopped in between, the same request completes what is left: destinations that no step has any more go with the next change at the latest.</remarks>
public sealed class JourneyService(IJourneyStore store, StepDrafts drafts, OwnedDestinations destinations, JourneyViews views, TimeProvider time)
{
    public async Task<Result<JourneyView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } journey ? await views.OfAsync(journey, cancellationToken) : NotFound(id);

    /// <summary>Journeys searched and sorted.</summary>
    public async Task<ListPage<JourneyView>> ListAsync(ListQuery query, CancellationToken cancellationToken)
    {
        var page = query.Take(await store.ListAllAsync(cancellationToken).ToListAsync(cancellationToken));
        return new(await views.OfAsync(page.Items, cancellationToken), page.Next);
    }

    /// <summary>Creates a journey with its steps and their destinations: 422 with every fault, 409 <c>key_taken</c>.</summary>
    public async Task<Result<JourneyView>> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (JourneyInput.Read(body, faults) is not { } input)
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var wanted = new Journey
        {
            Id = NewId.Create("jrn", time),
            Key = "",
            Name = input.Name ?? "",
            Description = input.Description ?? "",
            Enabled = input.Enabled ?? true,
            Steps = await drafts.StepsAsync(input.Steps ?? [], [], faults, cancellationToken),
            CreatedAt = now,
            UpdatedAt = now,
            Revision = 1,
        };
        var plans = await drafts.PlanAsync(wanted, input.Steps ?? [], [], faults, cancellationToken);
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        foreach (var key in input.Key is { } given ? [given] : Slug.Candidates(wanted.Name, "journey", time))
        {
            if (await store.TryCreateAsync(wanted with { Key = key }, cancellationToken) is { } created)
            {
                return await FollowAsync(created, plans, RemoteMembers.Leave, cancellationToken) is { } failure ? failure : await views.OfAsync(created, cancellationToken);
            }
        }

        return Refusal.Conflict("key_taken", "The key is taken", $"Another journey has the key '{input.Key ?? Slug.From(wanted.Name, "journey")}'. Choose another, or leave it out.");
    }

    /// <summary>Applies a merge patch; a list of steps takes the place of those there are.</summary>
    /// <param name="mayEdit">Whether the caller may change more than <c>enabled</c>.</param>
    /// <param name="remote">What becomes of members whose step goes.</param>
    public async Task<Result<JourneyView>> PatchAsync(
        string id, JsonElement patch, string ifMatch, bool mayEdit, RemoteMembers remote, CancellationToken cancellationToken)
    {
        if (!mayEdit && !DestinationDrafts.IsSwitch(patch))
        {
            return new Refusal(RefusalKind.Forbidden, "forbidden", "Not allowed", "The role 'operator' may change 'enabled' alone; anything else asks for 'editor'.");
        }

        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return await StaleAsync(current, cancellationToken);
        }

        var faults = new List<Fault>();
        if (await PatchedAsync(current, patch, faults, cancellationToken) is not var (changed, plans) || faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        if (await store.TryReplaceAsync(changed with { UpdatedAt = time.GetUtcNow(), Revision = current.Revision + 1 }, cancellationToken) is not { } replaced)
        {
            return await store.GetAsync(id, cancellationToken) is { } other ? await StaleAsync(other, cancellationToken) : NotFound(id);
        }

        return await FollowAsync(replaced, plans, remote, cancellationToken) is { } failure ? failure : await views.OfAsync(replaced, cancellationToken);
    }

    /// <summary>Deletes a journey and its destinations, or starts the runs that remove whom these added. The destinations go first, so that the same request completes what was left.</summary>
    public async Task<Result<ImmutableArray<CleanUpStarted>>> DeleteAsync(string id, string ifMatch, RemoteMembers remote, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return await StaleAsync(current, cancellationToken);
        }

        var (started, failure) = await destinations.RemoveAsync(await OwnedByAsync(current, cancellationToken), remote, cancellationToken);
        return failure is not null ? failure
            : await store.TryDeleteAsync(current, cancellationToken) ? started
            : new Refusal(RefusalKind.Unavailable, "busy", "The journey is being changed", "Others change this journey at the moment. Try again.");
    }

    private async Task<(Journey Journey, ImmutableArray<OwnedPlan> Plans)?> PatchedAsync(
        Journey current, JsonElement patch, List<Fault> faults, CancellationToken cancellationToken)
    {
        // Switching off always works, also when a segment has gone meanwhile.
        if (DestinationDrafts.IsSwitch(patch) && patch.TryGetProperty("enabled", out var enabled) && enabled.ValueKind is JsonValueKind.False)
        {
            return (current with { Enabled = false }, []);
        }

        var document = MergePatch.Without(JsonSerializer.SerializeToElement(await views.OfAsync(current, cancellationToken), JourneysJson.Default.JourneyView), "steps");
        if (JsonFields.Open(patch, "", faults) is not { } fields || JourneyInput.Read(MergePatch.Apply(document, patch), faults) is not { } input)
        {
            return null;
        }

        if (fields.Has("id") && !(fields.Any("id") is { ValueKind: JsonValueKind.String } id && id.ValueEquals(current.Id)))
        {
            faults.Add(new("/id", "immutable", $"The id never changes; it is '{current.Id}'. Leave it out."));
        }

        if (input.Key != current.Key)
        {
            faults.Add(new("/key", "immutable", $"The key never changes; it is '{current.Key}'. Leave it out."));
        }

        var steps = fields.Has("steps") ? input.Steps ?? [] : null;
        var changed = current with
        {
            Name = input.Name ?? "",
            Description = input.Description ?? "",
            Enabled = input.Enabled ?? true,
            Steps = steps is null ? current.Steps : await drafts.StepsAsync(steps, current.Steps, faults, cancellationToken),
        };
        return (changed, steps is null ? [] : await drafts.PlanAsync(changed, steps, await OwnedByAsync(current, cancellationToken), faults, cancellationToken));
    }

    private async Task<Refusal?> FollowAsync(Journey journey, ImmutableArray<OwnedPlan> plans, RemoteMembers remote, CancellationToken cancellationToken)
    {
        foreach (var plan in plans)
        {
            if (await destinations.ApplyAsync(plan, remote, cancellationToken) is { } failure)
            {
                return failure;
            }
        }

        var owned = await OwnedByAsync(journey, cancellationToken);
        var orphans = owned.Where(destination => !destination.Deleting && JourneySource.FactsOf(journey, destination.Source) is null);
        return (await destinations.RemoveAsync(orphans, remote, cancellationToken)).Failure
            ?? await destinations.GovernAsync(owned, source => JourneySource.FactsOf(journey, source), cancellationToken);
    }

    private Task<ImmutableArray<Destination>> OwnedByAsync(Journey journey, CancellationToken cancellationToken) =>
        destinations.OfAsync(source => source is DestinationSource.OfStep(var journeyId, _) && journeyId == journey.Id, cancellationToken);

    private async Task<Refusal> StaleAsync(Journey current, CancellationToken cancellationToken) => Refusal.Stale((await views.OfAsync(current, cancellationToken)).ETag);

    private static Refusal NotFound(string id) => Refusal.NotFound("journey", id);
}
