using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Makes, changes and deletes destinations.</summary>
public sealed class DestinationService(IDestinationStore store, IDestinationStateStore states, DestinationDrafts drafts, DestinationWriter writer, DestinationViews views)
{
    /// <summary>Most times a write is tried again when a run wrote the destination meanwhile.</summary>
    private const int MaxAttempts = 8;

    public async Task<Result<DestinationView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } destination ? await views.OfAsync(destination, cancellationToken) : NotFound(id);

    /// <summary>Destinations searched and sorted, each with how its runs go.</summary>
    public async Task<ListPage<DestinationView>> ListAsync(ListQuery query, DestinationFilter filter, CancellationToken cancellationToken)
    {
        var all = await store.ListAllAsync(cancellationToken).Where(filter.Takes).ToListAsync(cancellationToken);
        if (filter.States.Count > 0)
        {
            var known = await states.ListAllAsync(cancellationToken).ToDictionaryAsync(state => state.DestinationId, StringComparer.Ordinal, cancellationToken);
            all.RemoveAll(destination => !filter.States.Contains(DestinationView.ConditionOf(destination, known.GetValueOrDefault(destination.Id))));
        }

        var page = query.Take(all);
        return new(await Task.WhenAll(page.Items.Select(destination => views.OfAsync(destination, cancellationToken))), page.Next);
    }

    /// <summary>Creates a destination; enabled and auto-synced (the defaults), its first run starts at once. 422 with every fault, 409 <c>key_taken</c>.</summary>
    public async Task<Result<DestinationView>> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (DestinationInput.Read(body, faults) is not { } input || await drafts.NewAsync(input, faults, cancellationToken) is not { } wanted)
        {
            return Refusal.Invalid(faults);
        }

        return await writer.CreateAsync(wanted, cancellationToken) is { } created
            ? await views.OfAsync(created, cancellationToken)
            : Refusal.Conflict("key_taken", "The key is taken", $"Another destination has the key '{input.Key ?? Slug.From(wanted.Name, "destination")}'. Choose another.");
    }

    /// <summary>Applies a merge patch.</summary>
    /// <param name="mayEdit">Whether the caller may change more than <c>enabled</c>.</param>
    public async Task<Result<DestinationView>> PatchAsync(string id, JsonElement patch, string ifMatch, bool mayEdit, CancellationToken cancellationToken)
    {
        if (!mayEdit && !DestinationDrafts.IsSwitch(patch))
        {
            return new Refusal(RefusalKind.Forbidden, "forbidden", "Not allowed", "The role 'operator' may change 'enabled' alone; anything else asks for 'editor'.");
        }

        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(id, cancellationToken) is not { } current)
            {
                return NotFound(id);
            }

            if (await ObstacleAsync(current, ifMatch, cancellationToken) is { } obstacle)
            {
                return obstacle;
            }

            var faults = new List<Fault>();
            if (await drafts.ChangedAsync(current, patch, faults, cancellationToken) is not { } changed)
            {
                return Refusal.Invalid(faults);
            }

            if (await writer.ReplaceAsync(current, changed, cancellationToken) is { } replaced)
            {
                return await views.OfAsync(replaced, cancellationToken);
            }
        }

        return Busy();
    }

    /// <summary>Deletes a destination and leaves the members where they are on the platform. Also ends a clean-up that cannot end by itself.</summary>
    public async Task<Result<bool>> DeleteAsync(string id, string ifMatch, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return await StaleAsync(current, cancellationToken);
        }

        await writer.DeleteAsync(id, cancellationToken);
        return true;
    }

    /// <summary>Starts the run that removes everyone the destination added; then it is deleted. The answer names the run.</summary>
    public async Task<Result<CleanUpStarted>> CleanUpAsync(string id, string ifMatch, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(id, cancellationToken) is not { } current)
        {
            return NotFound(id);
        }

        if (!ETags.Holds(ifMatch, current.ETag))
        {
            return await StaleAsync(current, cancellationToken);
        }

        return await writer.CleanUpAsync(current, cancellationToken) ?? Busy();
    }

    private async Task<Refusal?> ObstacleAsync(Destination current, string ifMatch, CancellationToken cancellationToken) =>
        !ETags.Holds(ifMatch, current.ETag) ? await StaleAsync(current, cancellationToken)
        : current.Deleting ? Refusal.Conflict("deleting", "The destination is being deleted", $"'{current.Name}' is being cleaned up and takes no changes. DELETE it with remote=leave to stop that.")
        : null;

    private async Task<Refusal> StaleAsync(Destination current, CancellationToken cancellationToken) =>
        Refusal.Stale((await views.OfAsync(current, cancellationToken)).ETag);

    private static Refusal NotFound(string id) => Refusal.NotFound("destination", id);

    private static Refusal Busy() => new(
        RefusalKind.Unavailable, "busy", "The destination is being changed", "Others change this destination at the moment. Try again.");
}
