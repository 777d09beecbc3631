namespace AudienceSync.Segments;

public enum DurationUnit
{
    Hours,
    Days,
    Weeks,

    /// <summary>Calendar months: 31 March less one month is 28 or 29 February.</summary>
    Months,

    /// <summary>Calendar years: 29 February plus one year is 28 February.</summary>
    Years,
}

/// <summary>A stretch of time in one unit: <c>{"days":60}</c>.</summary>
/// <param name="Count">0 to <see cref="MaxCount"/>.</param>
public readonly record struct RuleDuration(int Count, DurationUnit Unit)
{
    public const int MaxCount = 100_000;

    /// <summary>The moment that long after; the last moment there is when the calendar ends before.</summary>
    public DateTimeOffset After(DateTimeOffset moment) => Shift(moment, Count, DateTimeOffset.MaxValue);

    /// <summary>The moment that long before; the first moment there is when the calendar begins after.</summary>
    public DateTimeOffset Before(DateTimeOffset moment) => Shift(moment, -Count, DateTimeOffset.MinValue);

    private DateTimeOffset Shift(DateTimeOffset moment, int count, DateTimeOffset end)
    {
        try
        {
            return Unit switch
            {
                DurationUnit.Hours => moment.AddHours(count),
                DurationUnit.Days => moment.AddDays(count),
                DurationUnit.Weeks => moment.AddDays(7d * count),
                DurationUnit.Months => moment.AddMonths(count),
                _ => moment.AddYears(count),
            };
        }
        catch (ArgumentOutOfRangeException)
        {
            return end;
        }
    }
}
