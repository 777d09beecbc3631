using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;

namespace AudienceSync.Destinations;

/// <summary>Makes destinations of requests, new ones and changed ones, with every fault. Nothing is written.</summary>
public sealed class DestinationDrafts(DestinationValidator validator, TimeProvider time)
{
    /// <summary>A destination that does not exist yet. Its key is what the request says, or empty.</summary>
    /// <param name="facts">Of its source, where that need not exist yet; else it is looked up.</param>
    /// <returns>Null when there were faults.</returns>
    internal async Task<Destination?> NewAsync(DestinationInput input, List<Fault> faults, CancellationToken cancellationToken, SourceFacts? facts = null)
    {
        var verdict = await validator.CheckAsync(input, faults, cancellationToken, facts);
        if (faults.Count > 0)
        {
            return null;
        }

        var now = time.GetUtcNow();
        var draft = Apply(verdict, new()
        {
            Id = NewId.Create("dst", time),
            Key = input.Key ?? "",
            Name = "",
            Source = verdict.Filled.Source!,
            ConnectionId = verdict.Filled.ConnectionId!,
            Audience = new("", null),
            Schedule = Schedule.Default,
            Mapping = [],
            CreatedAt = now,
            UpdatedAt = now,
            Revision = 0,
        });
        return draft with { UpdatedAt = now };
    }

    /// <summary>A destination with a merge patch applied.</summary>
    /// <param name="facts">As for <see cref="NewAsync"/>.</param>
    /// <returns>Null when there were faults.</returns>
    internal async Task<Destination?> ChangedAsync(
        Destination current, JsonElement patch, List<Fault> faults, CancellationToken cancellationToken, SourceFacts? facts = null)
    {
        // Switching off always works, also when the source or the connector has become something that could not be saved.
        var isSwitch = IsSwitch(patch);
        var wish = patch.ValueKind is JsonValueKind.Object && patch.TryGetProperty("enabled", out var enabled) ? enabled.ValueKind : JsonValueKind.Undefined;
        if (isSwitch && wish is JsonValueKind.False)
        {
            return Touched(current with { Enabled = false, KeptOff = current.Source.IsOwned });
        }

        // An interval, a cron expression and "once" exclude each other: naming one takes the place of the other, instead of joining it.
        var kept = current with { Schedule = ReplacesSchedule(patch) ? new() : current.Schedule, Enabled = IsWantedOn(current) };
        var document = JsonSerializer.SerializeToElement(DestinationView.Of(kept, null), DestinationJson.Default.DestinationView);
        if (JsonFields.Open(patch, "", faults) is null || DestinationInput.Read(MergePatch.Apply(document, patch), faults) is not { } input)
        {
            return null;
        }

        if (CheckFixed(input, current, faults) is false)
        {
            return null;
        }

        var isSourceChecked = input.Attributes is null && input.Source == current.Source && input.ConsentPurpose == current.ConsentPurpose
            && input.Mapping is { } mapping && mapping.AsSpan().SequenceEqual([.. current.Mapping])
            && !patch.TryGetProperty("filters", out _);
        var verdict = await validator.CheckAsync(input with { IsSourceChecked = isSourceChecked }, faults, cancellationToken, facts);
        if (verdict.Source is { IsOn: false } off)
        {
            if (wish is JsonValueKind.True)
            {
                faults.Add(new("/enabled", "owner_disabled", $"'{off.OwnerName}' is disabled, and its destinations with it. Enable that first."));
            }

            // While everything is off, an answer that is sent back says "off" without meaning this one.
            verdict = verdict with { Filled = verdict.Filled with { Enabled = IsWantedOn(current) } };
        }

        return faults.Count > 0 ? null : Apply(verdict, current);
    }

    /// <summary>What its owner decides, brought up to date; the same destination where nothing changes.</summary>
    internal Destination Governed(Destination current, SourceFacts facts)
    {
        var governed = current with { Enabled = IsWantedOn(current) && facts.IsOn, Schedule = facts.Schedule ?? current.Schedule, NotBefore = facts.NotBefore };
        return governed == current ? current : Touched(governed);
    }

    /// <summary>The destination as changed now, by a person.</summary>
    internal Destination Touched(Destination destination) => destination with { UpdatedAt = time.GetUtcNow(), Revision = destination.Revision + 1 };

    internal static bool IsSwitch(JsonElement patch) =>
        patch.ValueKind is JsonValueKind.Object && patch.EnumerateObject().All(member => member.NameEquals("enabled"));

    /// <summary>Of an owned destination <c>enabled</c> says what the owner makes of it: what was asked for is kept beside it.</summary>
    private static bool IsWantedOn(Destination destination) => destination.Source.IsOwned ? !destination.KeptOff : destination.Enabled;

    private static bool ReplacesSchedule(JsonElement patch)
    {
        return patch.ValueKind is JsonValueKind.Object && patch.TryGetProperty("schedule", out var schedule) && schedule.ValueKind is JsonValueKind.Object
            && (Names("intervalMinutes") || Names("once") || (Names("cron") && Names("timeZone")));

        bool Names(string name) => schedule.TryGetProperty(name, out var value) && value.ValueKind is not JsonValueKind.Null;
    }

    /// <returns>False when nothing further can be said.</returns>
    private static bool CheckFixed(DestinationInput input, Destination current, List<Fault> faults)
    {
        if (input.FromDefaults)
        {
            faults.Add(new("/fromDefaults", "only_on_create", "Defaults are taken when a destination is created, not later."));
        }

        if (input.Source is { } source && source != current.Source && (source.IsOwned || current.Source.IsOwned))
        {
            faults.Add(new(input.SourcePointer, "immutable", "A destination moves from one segment or query to another, not to or from a campaign or a journey. Make another destination instead."));
            return false;
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

        return true;
    }

    private static void CheckUnchanged(string pointer, string? given, string current, List<Fault> faults)
    {
        if (given != current)
        {
            faults.Add(new(pointer, "immutable", $"This never changes; it is '{current}'. Make another destination instead."));
        }
    }

    /// <summary>Filters that decide which fields are sent, as text.</summary>
    private static string FieldsOf(ImmutableArray<MemberFilter> filters) =>
        JsonSerializer.Serialize([.. filters.Where(filter => filter is MemberFilter.Fields)], DestinationJson.Default.ImmutableArrayMemberFilter);

    private Destination Apply(DestinationVerdict verdict, Destination current)
    {
        var (filled, facts) = (verdict.Filled, verdict.Source!);
        var mapping = filled.Mapping!.Value;
        var isSame = mapping.AsSpan().SequenceEqual([.. current.Mapping]) && FieldsOf(verdict.Filters) == FieldsOf(current.Filters);
        var isWanted = filled.Enabled!.Value;
        return Touched(current with
        {
            Name = filled.Name!,
            Description = filled.Description ?? "",
            Source = filled.Source!,
            Audience = new(filled.AudienceName!, filled.AudienceExternalId),
            Mode = filled.Mode!.Value,
            Enabled = isWanted && facts.IsOn,
            KeptOff = filled.Source!.IsOwned && !isWanted,
            NotBefore = facts.NotBefore,
            AutoSync = filled.AutoSync!.Value,
            Schedule = filled.Schedule!,
            ConsentPurpose = filled.ConsentPurpose,
            Mapping = [.. mapping.Select(entry => entry!)],
            MappingVersion = isSame || current.Mapping.IsEmpty ? current.MappingVersion : current.MappingVersion + 1,
            Filters = verdict.Filters,
            FirstRun = filled.FirstRun!.Value,
            Guards = filled.Guards!,
        });
    }
}
