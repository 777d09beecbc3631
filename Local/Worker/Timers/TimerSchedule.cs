using System.Globalization;
using NCrontab;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>When a timer fires. All times are UTC, as in Azure.</summary>
internal abstract record TimerSchedule
{
    private TimerSchedule()
    {
    }

    /// <summary>Five NCRONTAB fields are read without seconds, any other number with seconds; what is no expression may be a time span.</summary>
    public static TimerSchedule? TryParse(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        if (CrontabSchedule.TryParse(text, new CrontabSchedule.ParseOptions { IncludingSeconds = fields != 5 }) is { } crontab)
        {
            return new Cron(crontab);
        }

        return TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var interval) && interval > TimeSpan.Zero ? new Constant(interval) : null;
    }

    public abstract DateTime Next(DateTime after);

    /// <summary>When to fire next after a run: an expression skips what was missed meanwhile, an interval counts from the run's start.</summary>
    public abstract DateTime NextAfterRun(DateTime started, DateTime ended);

    /// <summary>Fires more often than once a minute in its next occurrences. Such a timer is not monitored.</summary>
    public bool IsFasterThanMinute(DateTime now)
    {
        const int Looked = 5;
        for (var (index, from) = (0, Next(now)); index < Looked; index++)
        {
            var next = Next(from);
            if (next - from < TimeSpan.FromMinutes(1))
            {
                return true;
            }

            from = next;
        }

        return false;
    }

    private sealed record Cron(CrontabSchedule Expression) : TimerSchedule
    {
        public override DateTime Next(DateTime after) => Expression.GetNextOccurrence(after);

        public override DateTime NextAfterRun(DateTime started, DateTime ended) => Next(ended);
    }

    private sealed record Constant(TimeSpan Interval) : TimerSchedule
    {
        public override DateTime Next(DateTime after) => after + Interval;

        public override DateTime NextAfterRun(DateTime started, DateTime ended) => Next(started) > ended ? Next(started) : ended;
    }
}
