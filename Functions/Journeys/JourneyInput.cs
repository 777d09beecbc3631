using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>A journey as a request spells it; what it leaves out is null.</summary>
internal sealed record JourneyInput
{
    /// <summary>Steps of a journey. Ours.</summary>
    public const int MostSteps = 50;

    public string? Key { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public bool? Enabled { get; init; }

    public IReadOnlyList<StepInput>? Steps { get; init; }

    /// <summary>Reads a request; null when it is not an object.</summary>
    public static JourneyInput? Read(JsonElement json, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, "", faults) is not { } fields)
        {
            return null;
        }

        var input = new JourneyInput
        {
            Key = fields.Text("key", int.MaxValue),
            Name = fields.Text("name", Segment.MaxNameLength)?.Trim(),
            Description = fields.Text("description", Segment.MaxDescriptionLength),
            Enabled = fields.Flag("enabled"),
            Steps = fields.Items("steps", MostSteps) is { } items ? StepInput.ReadAll(items, fields.PointerTo("steps"), faults) : null,
        };
        fields.Ignore("id", "etag", "createdAt", "updatedAt");
        fields.RefuseUnknown("a journey");
        if (string.IsNullOrEmpty(input.Name))
        {
            fields.Refuse("name", "required", "A journey needs a name.");
        }

        if (input.Key is { } key && !Slug.IsValid(key))
        {
            fields.Refuse("key", "invalid_key", $"'{key}' is not a key: 1 to {Slug.MaxLength} of a-z, 0-9, '-' and '_', the first a letter or digit, such as '{Slug.From(key, "journey")}'.");
        }

        return input;
    }
}

/// <summary>A step as a request spells it.</summary>
internal sealed record StepInput
{
    /// <summary>Destinations of a step. Ours.</summary>
    private const int MostDestinations = 50;

    private const int MaxIdLength = 256;

    public string? Key { get; init; }

    public required string? Name { get; init; }

    public string? EntrySegmentId { get; init; }

    /// <summary>Null leaves those there are.</summary>
    public IReadOnlyList<JsonElement>? Destinations { get; init; }

    public required string Pointer { get; init; }

    /// <param name="pointer">Of the list of steps in the request.</param>
    public static IReadOnlyList<StepInput> ReadAll(IReadOnlyList<JsonElement> items, string pointer, ICollection<Fault> faults)
    {
        List<StepInput> steps = [.. items.Select((item, index) => Read(item, $"{pointer}/{index}", faults)).OfType<StepInput>()];
        foreach (var twin in steps.Where(step => step.Key is not null).GroupBy(step => step.Key, StringComparer.Ordinal).SelectMany(same => same.Skip(1)))
        {
            faults.Add(new($"{twin.Pointer}/key", "duplicate_key", $"The step '{twin.Key}' stands here twice."));
        }

        return steps;
    }

    private static StepInput? Read(JsonElement json, string pointer, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, pointer, faults) is not { } fields)
        {
            return null;
        }

        var name = fields.Text("name", Segment.MaxNameLength)?.Trim();
        var entry = fields.Object("entry");
        var input = new StepInput
        {
            Key = fields.Text("key", MaxIdLength),
            Name = string.IsNullOrEmpty(name) ? null : name,
            EntrySegmentId = entry?.Text("segmentId", MaxIdLength),
            Destinations = fields.Items("destinations", MostDestinations),
            Pointer = pointer,
        };
        if (input.Name is null && !faults.Any(fault => fault.Pointer == $"{pointer}/name"))
        {
            fields.Refuse("name", "required", "A step needs a name: its key is made from it.");
        }

        if (entry is not null && string.IsNullOrEmpty(input.EntrySegmentId))
        {
            entry.Refuse("segmentId", "required", "Name the segment whose members enter by themselves, or leave 'entry' out.");
        }

        entry?.RefuseUnknown("an entry");
        fields.RefuseUnknown("a step");
        return input;
    }
}
