using NCrontab;

namespace AudienceSync.Destinations;

/// <summary>Arithmetic of schedules. Pure: the clock is the argument.</summary>
public static class Schedules
{
    // 29 February may be eight years away (1896–1904, 2096–2104); what does not occur in ten years never does.
    private const int HorizonYears = 10;

    /// <summary>The first moment after <paramref name="after"/> at which the schedule asks for a run; null when it never does (30 February, or a schedule of once).</summary>
    /// <remarks>
    /// Cron times are local. A time that the clock skips in spring runs when the clock has moved on by as much (02:30 at 03:30); a time that comes
    /// twice in autumn runs the first time, unless the hour is a wildcard: then the schedule goes on through both hours.
    /// </remarks>
    public static DateTimeOffset? Next(Schedule schedule, DateTimeOffset after)
    {
        if (schedule.Once)
        {
            return null;
        }

        if (schedule.IntervalMinutes is { } minutes)
        {
            return after.AddMinutes(minutes).ToUniversalTime();
        }

        var cron = Parse(schedule.Cron!) ?? throw new InvalidOperationException($"The stored schedule '{schedule.Cron}' is not a cron expression.");
        var zone = TimeZoneInfo.FindSystemTimeZoneById(schedule.TimeZone!);
        return HasWildcardHour(schedule.Cron!) ? NextThroughEachHour(cron, zone, after) : NextByTheClock(cron, zone, after);
    }

    /// <summary>The expression; null when it is not one of six fields.</summary>
    internal static CrontabSchedule? Parse(string cron) =>
        CrontabSchedule.TryParse(cron, new CrontabSchedule.ParseOptions { IncludingSeconds = true });

    /// <summary>Whether the name is an IANA time zone of this machine. UTC is a name of Windows too.</summary>
    internal static bool IsTimeZone(string name) =>
        TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone) && zone.Id == name && (name == "UTC" || !TimeZoneInfo.TryConvertWindowsIdToIanaId(name, out _));

    private static DateTimeOffset? NextByTheClock(CrontabSchedule cron, TimeZoneInfo zone, DateTimeOffset after)
    {
        var local = TimeZoneInfo.ConvertTime(after, zone).DateTime;
        var end = local.AddYears(HorizonYears);
        while (true)
        {
            local = cron.GetNextOccurrence(local, end);
            if (local >= end)
            {
                return null;
            }

            // In the repeated hour of autumn the occurrence may lie in the first pass, which is over: go on to the next.
            var moment = ToMoment(local, zone);
            if (moment > after)
            {
                return moment;
            }
        }
    }

    /// <summary>Counts in the offset in force, and anew from where it changes.</summary>
    private static DateTimeOffset? NextThroughEachHour(CrontabSchedule cron, TimeZoneInfo zone, DateTimeOffset after)
    {
        var offset = zone.GetUtcOffset(after);
        var local = after.ToOffset(offset).DateTime;
        var end = local.AddYears(HorizonYears);
        var next = cron.GetNextOccurrence(local, end);
        if (next >= end)
        {
            return null;
        }

        var moment = new DateTimeOffset(next, offset);
        if (zone.GetUtcOffset(moment) == offset)
        {
            return moment.ToUniversalTime();
        }

        // The clock changes before that: look from the last moment of the old offset, in the new one.
        var change = LastMomentOf(offset, zone, after, moment);
        var later = zone.GetUtcOffset(moment);
        next = cron.GetNextOccurrence(change.ToOffset(later).DateTime, end);
        return next >= end ? null : new DateTimeOffset(next, later).ToUniversalTime();
    }

    private static DateTimeOffset LastMomentOf(TimeSpan offset, TimeZoneInfo zone, DateTimeOffset from, DateTimeOffset to)
    {
        while (to.UtcTicks - from.UtcTicks > 1)
        {
            var middle = new DateTimeOffset((from.UtcTicks + to.UtcTicks) / 2, TimeSpan.Zero);
            (from, to) = zone.GetUtcOffset(middle) == offset ? (middle, to) : (from, middle);
        }

        return from;
    }

    private static DateTimeOffset ToMoment(DateTime local, TimeZoneInfo zone)
    {
        if (zone.IsInvalidTime(local))
        {
            // Before the gap the standard offset was in force: read with it, the time lands behind the gap by as much.
            return new DateTimeOffset(local, OffsetBefore(local, zone)).ToUniversalTime();
        }

        var offset = zone.IsAmbiguousTime(local) ? zone.GetAmbiguousTimeOffsets(local).Max() : zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    // No gap of the time zone database is longer than a day (Samoa skipped one).
    private static TimeSpan OffsetBefore(DateTime local, TimeZoneInfo zone) => zone.GetUtcOffset(local.AddDays(-1.5));

    private static bool HasWildcardHour(string cron) => cron.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2][0] == '*';
}
