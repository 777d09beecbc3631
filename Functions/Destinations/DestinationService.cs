using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>Makes, changes and deletes destinations, and lets runs know.</summary>
public sealed class DestinationService(
    IDestinationStore store, IDestinationStateStore states, DestinationValidator validator, DestinationRemoval removal, IRunStarter runs, TimeProvider time)
{
    /// <summary>Most times a write is tried again when a run wrote the destination meanwhile.</summary>
    private const int MaxAttempts = 8;

    public async Task<Result<DestinationView>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.GetAsync(id, cancellationToken) is { } destination ? await ViewAsync(destination, cancellationToken) : NotFound(id);

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
        return new(await Task.WhenAll(page.Items.Select(destination => ViewAsync(destination, cancellationToken))), page.Next);
    }

    /// <summary>Creates a destination; enabled and auto-synced (the defaults), its first run starts at once. 422 with every fault, 409 <c>key_taken</c>.</summary>
    public async Task<Result<DestinationView>> CreateAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        if (DestinationInput.Read(body, faults) is not { } input)
        {
            return Refusal.Invalid(faults);
        }

        var filled = (await validator.CheckAsync(input, faults, cancellationToken)).Filled;
        if (faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        var now = time.GetUtcNow();
        var wanted = Apply(filled, new()
        {
            Id = NewId.Create("dst", time),
            Key = "",
            Name = "",
            Source = filled.Source!,
            ConnectionId = filled.ConnectionId!,
            Audience = new("", null),
            Schedule = Schedule.Default,
            Mapping = [],
            CreatedAt = now,
            UpdatedAt = now,
        });
        foreach (var key in input.Key is { } given ? [given] : Slug.Candidates(wanted.Name, "destination", time))
        {
            if (await store.TryCreateAsync(wanted with { Key = key }, cancellationToken) is { } created)
            {
                await BeginAsync(created, cancellationToken);
                return await ViewAsync(created, cancellationToken);
            }
        }

        return Refusal.Conflict("key_taken", "The key is taken", $"Another destination has the key '{input.Key ?? Slug.From(wanted.Name, "destination")}'. Choose another.");
    }

    /// <summary>Applies a merge patch.</summary>
    /// <param name="mayEdit">Whether the caller may change more than <c>enabled</c>.</param>
    public async Task<Result<DestinationView>> PatchAsync(string id, JsonElement patch, string ifMatch, bool mayEdit, CancellationToken cancellationToken)
    {
        if (!mayEdit && !IsSwitch(patch))
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
            if (await PatchedAsync(current, patch, faults, cancellationToken) is not { } changed || faults.Count > 0)
            {
                return Refusal.Invalid(faults);
            }

            if (await store.TryReplaceAsync(changed, cancellationToken) is { } replaced)
            {
                await FollowAsync(current, replaced, cancellationToken);
                return await ViewAsync(replaced, cancellationToken);
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

        await runs.CancelActiveAsync(id, cancellationToken);

        // The ledger goes first: a stop in between leaves a destination that can be deleted again, not a ledger that nobody owns.
        await runs.ForgetAsync(id, cancellationToken);
        await removal.RemoveAsync(id, cancellationToken);
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

        var deleting = current.Deleting ? current : await store.TryReplaceAsync(Touched(current with { Deleting = true }), cancellationToken);
        if (deleting is null)
        {
            return Busy();
        }

        await runs.CancelActiveAsync(id, cancellationToken);
        switch (await runs.StartCleanUpAsync(deleting, cancellationToken))
        {
            case Result<string>.Ok(var runId):
                return new CleanUpStarted(runId, id, "queued");
            case Result<string>.Refused(var refusal):
                if (!current.Deleting)
                {
                    await store.TryReplaceAsync(Touched(deleting with { Deleting = false }), cancellationToken);
                }

                return refusal;
            default:
                throw new InvalidOperationException("The family of results is closed.");
        }
    }

    private async Task<Destination?> PatchedAsync(Destination current, JsonElement patch, List<Fault> faults, CancellationToken cancellationToken)
    {
        // Switching off always works, also when the segment or the connector has become something that could not be saved.
        if (IsSwitch(patch) && patch.TryGetProperty("enabled", out var enabled) && enabled.ValueKind is JsonValueKind.False)
        {
            return Touched(current with { Enabled = false });
        }

        // An interval and a cron expression exclude each other: naming one takes the place of the other, instead of joining it.
        var kept = ReplacesSchedule(patch) ? current with { Schedule = new() } : current;
        var document = JsonSerializer.SerializeToElement(DestinationView.Of(kept, null), DestinationJson.Default.DestinationView);
        if (JsonFields.Open(patch, "", faults) is null || DestinationInput.Read(MergePatch.Apply(document, patch), faults) is not { } input)
        {
            return null;
        }

        if (input.FromDefaults)
        {
            faults.Add(new("/fromDefaults", "only_on_create", "Defaults are taken when a destination is created, not later."));
        }

        if (input.Source is { } source && source != current.Source && (source.IsOwned || current.Source.IsOwned))
        {
            faults.Add(new(input.SourcePointer, "immutable", "A destination moves from one segment or query to another, not to or from a campaign or a journey. Make another destination instead."));
            return null;
        }

        CheckUnchanged("/key", input.Key, current.Key, faults);
        CheckUnchanged("/connectionId", input.ConnectionId, current.ConnectionId, faults);
        if (current.Audience.ExternalId is { } externalId)
        {
            CheckUnchanged("/audience/externalId", input.AudienceExternalId, externalId, faults);
        }

        if (input.Mode is { } mode && (mode is DestinationMode.Events) != (current.Mode is DestinationMode.Events))
        {
            faults.Add(new("/mode", "immutable", "What was sent as events is not on a list, and the other way round. Make another destination for it."));
        }

        var isSourceChecked = input.Source == current.Source && input.ConsentPurpose == current.ConsentPurpose
            && input.Mapping is { } mapping && mapping.AsSpan().SequenceEqual([.. current.Mapping]);
        var filled = (await validator.CheckAsync(input with { IsSourceChecked = isSourceChecked }, faults, cancellationToken)).Filled;
        return faults.Count > 0 ? null : Touched(Apply(filled, current));
    }

    private static bool ReplacesSchedule(JsonElement patch) =>
        patch.ValueKind is JsonValueKind.Object && patch.TryGetProperty("schedule", out var schedule) && schedule.ValueKind is JsonValueKind.Object
        && (schedule.TryGetProperty("intervalMinutes", out var interval) && interval.ValueKind is not JsonValueKind.Null
            || (schedule.TryGetProperty("cron", out var cron) && cron.ValueKind is not JsonValueKind.Null && schedule.TryGetProperty("timeZone", out _)));

    private static void CheckUnchanged(string pointer, string? given, string current, List<Fault> faults)
    {
        if (given != current)
        {
            faults.Add(new(pointer, "immutable", $"This never changes; it is '{current}'. Make another destination instead."));
        }
    }

    private static Destination Apply(DestinationInput filled, Destination current)
    {
        var mapping = filled.Mapping!.Value;
        var isSame = mapping.AsSpan().SequenceEqual([.. current.Mapping]);
        return current with
        {
            Name = filled.Name!,
            Description = filled.Description ?? "",
            Source = filled.Source!,
            Audience = new(filled.AudienceName!, filled.AudienceExternalId),
            Mode = filled.Mode!.Value,
            Enabled = filled.Enabled!.Value,
            AutoSync = filled.AutoSync!.Value,
            Schedule = filled.Schedule!,
            ConsentPurpose = filled.ConsentPurpose,
            Mapping = [.. mapping.Select(entry => entry!)],
            MappingVersion = isSame || current.Mapping.IsEmpty ? current.MappingVersion : current.MappingVersion + 1,
            FirstRun = filled.FirstRun!.Value,
            Guards = filled.Guards!,
        };
    }

    private Destination Touched(Destination destination) => destination with { UpdatedAt = time.GetUtcNow(), Revision = destination.Revision + 1 };

    /// <summary>Starts a new destination. It is due from the first moment, so that the timer starts the run when we are stopped before we can.</summary>
    private async Task BeginAsync(Destination destination, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await states.UpdateAsync(destination.Id, state => state with { NextRunAt = now }, cancellationToken);
        if (destination is { Enabled: true, AutoSync: true })
        {
            await runs.StartFirstAsync(destination, cancellationToken);
        }
    }

    /// <summary>What a change means for runs.</summary>
    private async Task FollowAsync(Destination before, Destination after, CancellationToken cancellationToken)
    {
        if (before.Enabled && !after.Enabled)
        {
            await runs.CancelActiveAsync(after.Id, cancellationToken);
        }

        if (before.Schedule != after.Schedule)
        {
            var next = Schedules.Next(after.Schedule, time.GetUtcNow());
            await states.UpdateAsync(after.Id, state => state.LastRunId is null ? state : state with { NextRunAt = next }, cancellationToken);
        }

        // Off before, on now: a destination that never ran starts; one that did runs when it is due, at once when that is over.
        if (!before.LocksSegment && after.LocksSegment && (await states.GetAsync(after.Id, cancellationToken))?.LastRunId is null)
        {
            await runs.StartFirstAsync(after, cancellationToken);
        }
    }

    private async Task<Refusal?> ObstacleAsync(Destination current, string ifMatch, CancellationToken cancellationToken) =>
        !ETags.Holds(ifMatch, current.ETag) ? await StaleAsync(current, cancellationToken)
        : current.Deleting ? Refusal.Conflict("deleting", "The destination is being deleted", $"'{current.Name}' is being cleaned up and takes no changes. DELETE it with remote=leave to stop that.")
        : null;

    private async Task<Refusal> StaleAsync(Destination current, CancellationToken cancellationToken) =>
        Refusal.Stale((await ViewAsync(current, cancellationToken)).ETag);

    private static bool IsSwitch(JsonElement patch) =>
        patch.ValueKind is JsonValueKind.Object && patch.EnumerateObject().All(member => member.NameEquals("enabled"));

    private async Task<DestinationView> ViewAsync(Destination destination, CancellationToken cancellationToken)
    {
        var view = DestinationView.Of(destination, await states.GetAsync(destination.Id, cancellationToken));
        return view with { ETag = ETags.Cover(view.ETag, JsonSerializer.SerializeToUtf8Bytes(view, DestinationJson.Default.DestinationView)) };
    }

    private static Refusal NotFound(string id) => Refusal.NotFound("destination", id);

    private static Refusal Busy() => new(
        RefusalKind.Unavailable, "busy", "The destination is being changed", "Others change this destination at the moment. Try again.");
}
