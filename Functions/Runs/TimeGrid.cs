using AudienceSync.Faults;

namespace AudienceSync.Runs;

public enum OverviewGranularity
{
    Hour = 1,
    Day,

    /// <summary>From Monday.</summary>
    Week,
}

/// <summary>A span of time cut into hours, days or weeks (UTC): the points of a series.</summary>
/// <param name="From">Included.</param>
/// <param name="To">Excluded.</param>
public sealed record TimeGrid(DateTimeOffset From, DateTimeOffset To, OverviewGranularity Granularity)
{
    /// <summary>Most points of a series.</summary>
    public const int MaxPoints = 1_000;

    /// <summary>Begins of the points; the first may lie before the span.</summary>
    public IEnumerable<DateTimeOffset> Points()
    {
        for (var at = PointOf(From); at < To; at = Next(at))
        {
            yield return at;
        }
    }

    /// <summary>The point that a moment belongs to.</summary>
    public DateTimeOffset PointOf(DateTimeOffset at)
    {
        var time = at.UtcDateTime;
        var day = time.Date;
        return new(
            Granularity switch
            {
                OverviewGranularity.Hour => day.AddHours(time.Hour),
                OverviewGranularity.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
                _ => day,
            },
            TimeSpan.Zero);
    }

    /// <summary>The fault of a span that is no span, too long, or cut too fine; null when it will do.</summary>
    internal Fault? Check(TimeSpan longest)
    {
        var span = To - From;
        return span <= TimeSpan.Zero ? new("from", "invalid_range", "'from' must be before 'to'.")
            : span > longest ? new("from", "invalid_range", $"The span has {span.TotalDays:0.#} days; at most {longest.TotalDays} are added up. Ask for less.")
            : Count() is > MaxPoints and var points ? new("granularity", "invalid_range", $"The series would have {points} points; at most {MaxPoints} are given. Ask for days.")
            : null;
    }

    private long Count()
    {
        var step = Granularity is OverviewGranularity.Hour ? TimeSpan.FromHours(1) : TimeSpan.FromDays(1);
        return ((To - From).Ticks / step.Ticks) + 2;
    }

    private DateTimeOffset Next(DateTimeOffset at) => Granularity switch
    {
        OverviewGranularity.Hour => at.AddHours(1),
        OverviewGranularity.Week => at.AddDays(7),
        _ => at.AddDays(1),
    };
}
