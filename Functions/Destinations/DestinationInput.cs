using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>A destination as a request spells it; what it leaves out is null.</summary>
internal sealed record DestinationInput
{
    private const int MaxNameLength = 200;
    private const int MaxDescriptionLength = 2_000;
    private const int MaxIdLength = 256;

    /// <summary>Of a saved destination that is sent back; has no effect but in validation.</summary>
    public string? Id { get; init; }

    public string? Key { get; init; }

    public string? Name { get; init; }

    public string? Description { get; init; }

    public DestinationSource? Source { get; init; }

    /// <summary>Where the request named the source, or should have.</summary>
    public string SourcePointer { get; init; } = "/source/segmentId";

    public string? ConnectionId { get; init; }

    public string? AudienceName { get; init; }

    public string? AudienceExternalId { get; init; }

    public DestinationMode? Mode { get; init; }

    public bool? Enabled { get; init; }

    public bool? AutoSync { get; init; }

    public Schedule? Schedule { get; init; }

    public string? ConsentPurpose { get; init; }

    /// <summary>An entry is null where it could not be read; its faults are told already.</summary>
    public ImmutableArray<MappingEntry?>? Mapping { get; init; }

    /// <summary>As they were sent: what they may look at is known when the source is.</summary>
    public IReadOnlyList<JsonElement>? Filters { get; init; }

    /// <summary>Attributes sent under their own names, beside the mapping.</summary>
    public ImmutableArray<string>? Attributes { get; init; }

    public FirstRun? FirstRun { get; init; }

    public Guards? Guards { get; init; }

    /// <summary>The source was checked against the mapping before, and neither has changed: a source that does not answer keeps nobody from other changes.</summary>
    public bool IsSourceChecked { get; init; }

    /// <summary>What is left out comes from the connection's defaults.</summary>
    public bool FromDefaults { get; init; }

    /// <summary>Reads a request; null when it is not an object.</summary>
    public static DestinationInput? Read(JsonElement json, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, "", faults) is not { } fields)
        {
            return null;
        }

        var source = fields.Object("source") is { } named ? SourceReader.Read(named) : null;
        var atTop = fields.Text("segmentId", MaxIdLength);
        var audience = fields.Object("audience");
        var input = new DestinationInput
        {
            Id = fields.Text("id", int.MaxValue),
            Key = fields.Text("key", int.MaxValue),
            Name = fields.Text("name", MaxNameLength),
            Description = fields.Text("description", MaxDescriptionLength),
            Source = string.IsNullOrEmpty(atTop) ? source : new DestinationSource.OfSegment(atTop),
            SourcePointer = atTop is not null ? "/segmentId" : source is null or DestinationSource.OfSegment ? "/source/segmentId" : "/source",
            ConnectionId = fields.Text("connectionId", MaxIdLength),
            AudienceName = audience?.Text("name", MaxNameLength),
            AudienceExternalId = audience?.Text("externalId", MaxIdLength),
            Mode = fields.Choice<DestinationMode>("mode"),
            Enabled = fields.Flag("enabled"),
            AutoSync = fields.Flag("autoSync"),
            Schedule = fields.Object("schedule") is { } schedule ? ScheduleReader.Read(schedule) : null,
            ConsentPurpose = ReadPurpose(fields),
            Mapping = MappingReader.Read(fields, faults),
            Filters = fields.Items("filters", FilterReader.MaxFilters),
            Attributes = SentAttributes.Read(fields, faults),
            FirstRun = fields.Choice<FirstRun>("firstRun"),
            Guards = fields.Object("guards") is { } guards ? ReadGuards(guards) : null,
            FromDefaults = fields.Flag("fromDefaults") ?? false,
        };
        audience?.RefuseUnknown("an audience");
        fields.Ignore("etag", "state", "stateDetail", "lastRun", "sparkline", "nextRunAt", "mappingVersion", "deleting", "keptOff", "notBefore", "createdAt", "updatedAt");
        fields.RefuseUnknown("a destination");
        return input;
    }

    /// <summary>A guard left out keeps its default; null switches it off. Without a percentage of removals the default count does not judge alone.</summary>
    private static Guards ReadGuards(JsonFields fields)
    {
        var standard = new Guards();
        var removePercent = fields.Number("maxRemovePercent", 0, 100) ?? Off("maxRemovePercent", standard.MaxRemovePercent);
        var guards = new Guards
        {
            MaxRemovePercent = removePercent,
            MaxRemoveCount = fields.Integer("maxRemoveCount", 0, int.MaxValue) ?? (fields.Has("maxRemoveCount") || removePercent is null ? null : standard.MaxRemoveCount),
            MaxAddPercent = fields.Number("maxAddPercent", 0) ?? Off("maxAddPercent", standard.MaxAddPercent),
            MaxInvalidPercent = fields.Number("maxInvalidPercent", 0, 100) ?? Off("maxInvalidPercent", standard.MaxInvalidPercent),
        };
        fields.RefuseUnknown("the guards");
        return guards;

        decimal? Off(string name, decimal? value) => fields.Has(name) ? null : value;
    }

    private static string? ReadPurpose(JsonFields fields)
    {
        const int maxLength = 64;
        var purpose = fields.Text("consentPurpose", maxLength);
        if (purpose is not null && (purpose.Length == 0 || purpose.Any(letter => letter is '$' || char.IsControl(letter))))
        {
            fields.Refuse("consentPurpose", "invalid_purpose", "A consent purpose has 1 to 64 characters, none of them '$' or a control character. Leave it out to ask for no consent.");
        }

        return purpose;
    }
}
