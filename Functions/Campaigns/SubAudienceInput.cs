using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>A sub-audience as a request spells it; what it leaves out is null.</summary>
internal sealed record SubAudienceInput
{
    /// <summary>Sub-audiences of a campaign. Ours.</summary>
    public const int Most = 50;

    public string? Name { get; init; }

    public bool HasRules { get; init; }

    /// <summary>Null for everyone, or when left out: see <see cref="HasRules"/>.</summary>
    public JsonElement? Rules { get; init; }

    /// <summary>From 0; null for the end, or for where it is.</summary>
    public int? Position { get; init; }

    public IReadOnlyList<JsonElement>? Groups { get; init; }

    /// <param name="pointer">Of the sub-audience in the request.</param>
    public static SubAudienceInput? Read(JsonElement json, string pointer, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, pointer, faults) is not { } fields)
        {
            return null;
        }

        var input = new SubAudienceInput
        {
            Name = fields.Text("name", Segment.MaxNameLength)?.Trim(),
            HasRules = fields.Has("rules"),
            Rules = fields.Any("rules"),
            Position = fields.Integer("position", 0, Most),
            Groups = fields.Items("groups", GroupInput.Most),
        };
        if (input.Name is "" || (fields.Has("name") && input.Name is null && fields.Any("name") is null))
        {
            fields.Refuse("name", "required", "A sub-audience keeps a name.");
        }

        fields.Ignore("id", "etag", "campaignId");
        fields.RefuseUnknown("a sub-audience");
        return input;
    }
}

/// <summary>A group as a request spells it.</summary>
internal sealed record GroupInput
{
    /// <summary>Groups of a sub-audience. Ours.</summary>
    public const int Most = 50;

    /// <summary>Destinations of a group. Ours.</summary>
    private const int MostDestinations = 50;

    private const int MaxIdLength = 256;

    public string? Id { get; init; }

    public required string Name { get; init; }

    public required GroupRole Role { get; init; }

    /// <summary>In hundredths of a percent; null when it could not be read.</summary>
    public required int? Share { get; init; }

    /// <summary>Null leaves those there are.</summary>
    public IReadOnlyList<JsonElement>? Destinations { get; init; }

    public required string Pointer { get; init; }

    /// <param name="pointer">Of the list of groups in the request.</param>
    public static IReadOnlyList<GroupInput> ReadAll(IReadOnlyList<JsonElement> items, string pointer, ICollection<Fault> faults)
    {
        List<GroupInput> groups = [.. items.Select((item, index) => Read(item, $"{pointer}/{index}", faults)).OfType<GroupInput>()];
        if (groups.Count < items.Count)
        {
            return groups;
        }

        if (groups.Count == 0)
        {
            faults.Add(new(pointer, "required", "Name at least one group."));
            return groups;
        }

        foreach (var twin in groups.GroupBy(group => group.Name, StringComparer.Ordinal).SelectMany(same => same.Skip(1)))
        {
            faults.Add(new($"{twin.Pointer}/name", "duplicate_name", $"Another group of this sub-audience is called '{twin.Name}'. Choose another name."));
        }

        if (groups.TrueForAll(group => group.Share is not null) && groups.Sum(group => group.Share!.Value) is var sum && sum != Buckets.Count)
        {
            faults.Add(new(pointer, SharesNot100, FormattableString.Invariant($"The shares make {sum / 100m:0.##} percent; they must make 100.")));
        }

        return groups;
    }

    /// <summary>Code of shares that do not make 100 percent.</summary>
    public const string SharesNot100 = "shares_not_100";

    private static GroupInput? Read(JsonElement json, string pointer, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, pointer, faults) is not { } fields)
        {
            return null;
        }

        var role = fields.Choice<GroupRole>("role") ?? GroupRole.Treatment;
        var name = fields.Text("name", Segment.MaxNameLength)?.Trim();
        var input = new GroupInput
        {
            Id = fields.Text("id", MaxIdLength),
            Name = string.IsNullOrEmpty(name) ? role is GroupRole.Control ? "Control" : "Treatment" : name,
            Role = role,
            Share = ReadShare(fields),
            Destinations = ReadDestinations(fields, faults),
            Pointer = pointer,
        };
        if (role is GroupRole.Control && input.Destinations is { Count: > 0 })
        {
            fields.Refuse("destinations", "control_has_destinations", "A control group is never sent anywhere. Take its destinations out, or make it a treatment group.");
        }

        fields.Ignore("buckets");
        fields.RefuseUnknown("a group");
        return input;
    }

    /// <summary>The group's <c>attributes</c> are those of each of its destinations that names none.</summary>
    private static IReadOnlyList<JsonElement>? ReadDestinations(JsonFields fields, ICollection<Fault> faults)
    {
        var items = fields.Items("destinations", MostDestinations);
        if (SentAttributes.Read(fields, faults) is not { } attributes)
        {
            return items;
        }

        if (items is null or [])
        {
            fields.Refuse("attributes", "no_destinations", "These are the attributes of the destinations that the request lists for the group: it lists none.");
            return items;
        }

        var shared = JsonElement.Parse(new JsonObject { ["attributes"] = new JsonArray([.. attributes.Select(name => (JsonNode)name)]) }.ToJsonString());
        return [.. items.Select(body => body.ValueKind is JsonValueKind.Object ? MergePatch.Apply(shared, body) : body)];
    }

    private static int? ReadShare(JsonFields fields)
    {
        if (fields.Any("share") is null)
        {
            fields.Refuse("share", "required", "Say which share of the sub-audience the group gets, in percent.");
            return null;
        }

        return Percent.Read(fields, "share");
    }
}
