namespace AudienceSync.Local.Demo;

/// <summary>The two moments of the story. All times of the sample are counted from them, so that the numbers are the same on every day.</summary>
/// <param name="DayOne">When the first sync evaluates the rules: midnight (UTC) between the day before yesterday and yesterday.</param>
/// <param name="DayTwo">24 hours later; the purchases of the second day lie between the two.</param>
internal sealed record ShopClock(DateTimeOffset DayOne, DateTimeOffset DayTwo)
{
    public static ShopClock EndingAt(DateTimeOffset now)
    {
        var midnight = new DateTimeOffset(now.UtcDateTime.Date, TimeSpan.Zero);
        return new(midnight.AddDays(-1), midnight);
    }
}
