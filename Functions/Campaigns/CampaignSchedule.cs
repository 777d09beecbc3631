using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>When a campaign's destinations run: once, or again and again; not before its launch.</summary>
/// <param name="LaunchAt">Null for when it is enabled.</param>
[JsonConverter(typeof(CampaignScheduleConverter))]
public sealed record CampaignSchedule(DateTimeOffset? LaunchAt, Schedule Runs)
{
    public static CampaignSchedule Default { get; } = new(null, Schedule.Default);

    private enum Kind
    {
        Once = 1,
        Recurring,
    }

    /// <summary>Reads <c>{"launchAt"}</c> (once), or an interval or a cron expression with or without <c>launchAt</c> (recurring); <c>type</c> may say which.</summary>
    internal static CampaignSchedule? Read(JsonFields fields)
    {
        var kind = fields.Choice<Kind>("type");
        var launch = ReadLaunch(fields);
        var recurs = fields.Any("intervalMinutes") is not null || fields.Any("cron") is not null || fields.Any("timeZone") is not null;
        if (recurs && (kind is Kind.Once || fields.Any("once") is { ValueKind: JsonValueKind.True }))
        {
            fields.Refuse("type", "schedule_ambiguous", "What runs once has neither an interval nor a cron expression. Remove one.");
            return null;
        }

        if (recurs)
        {
            return ScheduleReader.Read(fields) is { } runs ? new(launch, runs) : null;
        }

        var once = fields.Flag("once");
        if (kind is Kind.Recurring)
        {
            fields.RefuseUnknown("a schedule");
            return new(launch, Schedule.Default);
        }

        if (kind is null && launch is null && once is not true && !fields.Has("launchAt"))
        {
            fields.RefuseUnknown("a schedule");
            fields.Refuse("launchAt", "required", "A schedule needs launchAt to run once, or intervalMinutes, or cron and timeZone, to run again and again.");
            return null;
        }

        fields.RefuseUnknown("a schedule");
        return new(launch, new() { Once = true });
    }

    internal void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("type", JsonFields.Spelling(Runs.Once ? Kind.Once : Kind.Recurring));
        if (LaunchAt is { } launch)
        {
            json.WriteString("launchAt", Timestamps.Format(launch));
        }
        else
        {
            json.WriteNull("launchAt");
        }

        if (Runs.IntervalMinutes is { } minutes)
        {
            json.WriteNumber("intervalMinutes", minutes);
        }

        if (Runs.Cron is { } cron)
        {
            json.WriteString("cron", cron);
            json.WriteString("timeZone", Runs.TimeZone);
        }

        json.WriteEndObject();
    }

    private static DateTimeOffset? ReadLaunch(JsonFields fields)
    {
        if (fields.Text("launchAt", 40) is not { } text)
        {
            return null;
        }

        if (Timestamps.TryParse(text, out var launch))
        {
            return launch.ToUniversalTime();
        }

        fields.Refuse("launchAt", "wrong_type", $"'{text}' is no RFC 3339 date-time such as \"2026-10-01T00:00:00Z\".");
        return null;
    }
}

/// <summary>Schedules within answers and stored documents.</summary>
internal sealed class CampaignScheduleConverter : JsonConverter<CampaignSchedule>
{
    /// <exception cref="JsonException">It is no schedule: for stored documents, which were checked when they were written.</exception>
    public override CampaignSchedule Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var faults = new List<Fault>();
        return JsonFields.Open(document.RootElement, "", faults) is { } fields && CampaignSchedule.Read(fields) is { } schedule && faults.Count == 0
            ? schedule
            : throw new JsonException("The stored schedule of a campaign cannot be read.");
    }

    public override void Write(Utf8JsonWriter writer, CampaignSchedule value, JsonSerializerOptions options) => value.Write(writer);
}
