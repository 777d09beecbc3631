using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>A campaign as a request spells it; what it leaves out is null.</summary>
internal sealed record CampaignInput
{
    private const int MaxIdLength = 256;

    /// <summary>Segments whose members are left out. Ours.</summary>
    private const int MaxExclusions = 50;

    public string? Key { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public string? SegmentId { get; init; }

    /// <summary>Where the request named the segment, or should have.</summary>
    public string SegmentPointer { get; init; } = "/segmentId";

    public ImmutableArray<string>? Exclusions { get; init; }

    public CampaignAssignment? Assignment { get; init; }

    public bool? Enabled { get; init; }

    public CampaignSchedule? Schedule { get; init; }

    public string? Salt { get; init; }

    /// <summary>Of a new campaign; later they have routes of their own.</summary>
    public IReadOnlyList<JsonElement>? SubAudiences { get; init; }

    /// <summary>Reads a request; null when it is not an object.</summary>
    public static CampaignInput? Read(JsonElement json, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, "", faults) is not { } fields)
        {
            return null;
        }

        var source = fields.Object("source");
        var fromSource = source?.Text("segmentId", MaxIdLength);
        source?.RefuseUnknown("the source of a campaign");
        var atTop = fields.Text("segmentId", MaxIdLength);
        var input = new CampaignInput
        {
            Key = fields.Text("key", int.MaxValue),
            Name = fields.Text("name", Segment.MaxNameLength)?.Trim(),
            Description = fields.Text("description", Segment.MaxDescriptionLength),
            SegmentId = atTop ?? fromSource,
            SegmentPointer = atTop is null && fields.Has("source") ? "/source/segmentId" : "/segmentId",
            Exclusions = ReadExclusions(fields, faults),
            Assignment = fields.Choice<CampaignAssignment>("assignment"),
            Enabled = fields.Flag("enabled"),
            Schedule = fields.Object("schedule") is { } schedule ? CampaignSchedule.Read(schedule) : null,
            Salt = fields.Text("salt", RuleReader.MaxNameLength),
            SubAudiences = fields.Items("subAudiences", SubAudienceInput.Most),
        };
        fields.Ignore("id", "etag", "status", "launchedAt", "createdAt", "updatedAt");
        fields.RefuseUnknown("a campaign");
        input.Check(fields, faults);
        return input;
    }

    private void Check(JsonFields fields, ICollection<Fault> faults)
    {
        if (Key is { } key && !Slug.IsValid(key))
        {
            fields.Refuse("key", "invalid_key", $"'{key}' is not a key: 1 to {Slug.MaxLength} of a-z, 0-9, '-' and '_', the first a letter or digit, such as '{Slug.From(key, "campaign")}'.");
        }

        if (string.IsNullOrEmpty(Name))
        {
            fields.Refuse("name", "required", "A campaign needs a name.");
        }

        if (string.IsNullOrEmpty(SegmentId))
        {
            fields.Refuse("segmentId", "required", "Name the segment whose members take part.");
        }

        if (Salt is "")
        {
            fields.Refuse("salt", "empty_text", "The salt is empty. Leave it out to have one made.");
        }

        foreach (var index in Exclusions is { } exclusions ? Enumerable.Range(0, exclusions.Length).Where(index => exclusions[index] == SegmentId) : [])
        {
            faults.Add(new($"/exclusions/{index}", "excludes_everyone", "This is the campaign's own segment: nobody would be left."));
        }
    }

    /// <summary>Ids of segments, or <c>{"segmentId"}</c>; each once.</summary>
    private static ImmutableArray<string>? ReadExclusions(JsonFields fields, ICollection<Fault> faults)
    {
        if (fields.Items("exclusions", MaxExclusions) is not { } items)
        {
            return fields.Has("exclusions") ? [] : null;
        }

        var ids = ImmutableArray.CreateBuilder<string>(items.Count);
        foreach (var (index, item) in items.Index())
        {
            var pointer = $"{fields.PointerTo("exclusions")}/{index}";
            var id = item.ValueKind is JsonValueKind.String ? item.GetString() : null;
            if (id is null && JsonFields.Open(item, pointer, faults) is { } named)
            {
                id = named.Text("segmentId", MaxIdLength);
                named.RefuseUnknown("an exclusion");
            }

            if (string.IsNullOrEmpty(id) && !faults.Any(fault => fault.Pointer.StartsWith(pointer, StringComparison.Ordinal)))
            {
                faults.Add(new(pointer, "required", "Name the segment whose members are left out."));
            }

            ids.Add(id ?? "");
        }

        return [.. ids.Distinct(StringComparer.Ordinal)];
    }
}
