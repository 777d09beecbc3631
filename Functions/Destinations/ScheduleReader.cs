using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>Reads <c>{"intervalMinutes":360}</c>, <c>{"cron":"0 0 6 * * *","timeZone":"Europe/Berlin"}</c> or <c>{"once":true}</c>.</summary>
internal static class ScheduleReader
{
    private const string CronExample = "Write second, minute, hour, day, month and day of week: \"0 0 6 * * *\" is 06:00 each day.";

    /// <summary>Null, with the faults told, when it is neither.</summary>
    public static Schedule? Read(JsonFields fields)
    {
        var once = fields.Flag("once") is true;
        var interval = fields.Integer("intervalMinutes", Schedule.MinIntervalMinutes, Schedule.MaxIntervalMinutes);
        var cron = fields.Text("cron", 200);
        var zone = fields.Text("timeZone", 100);
        fields.RefuseUnknown("a schedule");
        if (once)
        {
            return fields.Any("intervalMinutes") is null && cron is null && zone is null
                ? new() { Once = true }
                : Refuse(fields, "once", "schedule_ambiguous", "What runs once has neither an interval nor a cron expression. Remove one.");
        }

        return (fields.Any("intervalMinutes") is not null, cron) switch
        {
            (true, not null) => Refuse(fields, "cron", "schedule_ambiguous", "A schedule is an interval or a cron expression, not both. Remove one."),
            (true, null) when zone is not null => Refuse(fields, "timeZone", "time_zone_unused", "An interval has no time zone. Remove it, or use cron."),
            (true, null) => interval is null ? null : new() { IntervalMinutes = interval },
            (false, not null) => ReadCron(fields, cron, zone),
            _ => Refuse(fields, "intervalMinutes", "required", "A schedule needs intervalMinutes, or cron and timeZone."),
        };
    }

    private static Schedule? ReadCron(JsonFields fields, string cron, string? zone)
    {
        var parts = cron.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Length;
        var sound = true;
        if (Schedules.Parse(cron) is null || parts != 6)
        {
            sound = false;
            fields.Refuse("cron", "invalid_cron", parts != 6
                ? $"'{cron}' has {parts} fields, not six. {CronExample}"
                : $"'{cron}' is not a cron expression. {CronExample}");
        }

        if (zone is null)
        {
            sound = false;
            fields.Refuse("timeZone", "required", "A cron expression needs the IANA name of its time zone, such as Europe/Berlin or UTC.");
        }
        else if (!Schedules.IsTimeZone(zone))
        {
            sound = false;
            var suggestion = NearestName.Suggestion(zone, TimeZoneInfo.GetSystemTimeZones().Select(known => known.Id));
            fields.Refuse("timeZone", "unknown_time_zone", $"'{zone}' is not an IANA time zone.{suggestion} Write it as Europe/Berlin.");
        }

        var schedule = new Schedule { Cron = cron, TimeZone = zone };
        if (sound && Schedules.Next(schedule, DateTimeOffset.UnixEpoch) is null)
        {
            return Refuse(fields, "cron", "schedule_never", $"'{cron}' names a day that never comes.");
        }

        return sound ? schedule : null;
    }

    private static Schedule? Refuse(JsonFields fields, string name, string code, string detail)
    {
        fields.Refuse(name, code, detail);
        return null;
    }
}
