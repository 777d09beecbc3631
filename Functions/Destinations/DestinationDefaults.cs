using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

/// <summary>What new destinations of a connection start from: <c>{"mode","intervalMinutes" or "schedule","mapping","audienceName"}</c>.</summary>
internal sealed record DestinationDefaults
{
    private const string SegmentName = "segment.name";
    private const string SegmentKey = "segment.key";

    public DestinationMode? Mode { get; private init; }

    public Schedule? Schedule { get; private init; }

    public ImmutableArray<MappingEntry?>? Mapping { get; private init; }

    /// <summary>May name <c>{{segment.name}}</c> and <c>{{segment.key}}</c>: of whatever the source is.</summary>
    public MappingTemplate? AudienceName { get; private init; }

    public static DestinationDefaults? Read(JsonElement json, string pointer, ICollection<Fault> faults)
    {
        if (JsonFields.Open(json, pointer, faults) is not { } fields)
        {
            return null;
        }

        var interval = fields.Integer("intervalMinutes", Schedule.MinIntervalMinutes, Schedule.MaxIntervalMinutes);
        var schedule = fields.Object("schedule");
        if (interval is not null && schedule is not null)
        {
            fields.Refuse("schedule", "schedule_ambiguous", "'intervalMinutes' and 'schedule' say the same thing. Keep one.");
        }

        var defaults = new DestinationDefaults
        {
            Mode = fields.Choice<DestinationMode>("mode"),
            Schedule = schedule is not null ? ScheduleReader.Read(schedule) : interval is { } minutes ? new() { IntervalMinutes = minutes } : null,
            Mapping = MappingReader.Read(fields, faults),
            AudienceName = ReadAudienceName(fields, faults),
        };
        fields.RefuseUnknown("the defaults");
        return defaults;
    }

    /// <summary>The audience's name for a source; null when the defaults have none.</summary>
    public string? AudienceNameFor(SourceFacts source) =>
        AudienceName?.Render(name => Cell.Of(name == SegmentKey ? source.Key : source.Name)).ToString();

    private static MappingTemplate? ReadAudienceName(JsonFields fields, ICollection<Fault> faults)
    {
        if (fields.Text("audienceName", MappingTemplate.MaxLength) is not { } text || MappingTemplate.Parse(text, fields.PointerTo("audienceName"), faults) is not { } template)
        {
            return null;
        }

        foreach (var name in template.Names.Except([SegmentName, SegmentKey]))
        {
            fields.Refuse("audienceName", "unknown_name", $"'{name}' is not known here; there are {SegmentName} and {SegmentKey}.{NearestName.Suggestion(name, [SegmentName, SegmentKey])}");
        }

        return template;
    }
}

/// <summary>Checks the defaults of connections by the rules of destinations.</summary>
public sealed class ConnectionDefaultsRules : IConnectionDefaultsRules
{
    public void Check(JsonElement defaults, ConnectorDefinition connector, string pointer, ICollection<Fault> faults)
    {
        if (DestinationDefaults.Read(defaults, pointer, faults) is not { } read)
        {
            return;
        }

        if (read.Mode is { } mode && ModeRules.Check(mode, connector, connector.Capabilities, $"{pointer}/mode") is { } fault)
        {
            faults.Add(fault);
        }

        if (read.Mapping is { } mapping)
        {
            var at = $"{pointer}/mapping";
            foreach (var wrong in MappingRules.CheckTargets(mapping, connector.Fields, read.Mode ?? DestinationMode.Mirror, at).Concat(MappingRules.CheckSources(mapping, at)))
            {
                faults.Add(wrong);
            }
        }
    }
}
