using System.Globalization;

namespace AudienceSync.Destinations;

public sealed class SchedulesTests
{
    [Fact]
    public void Next_Interval_CountsFromTheMomentGiven() =>
        Schedules.Next(new() { IntervalMinutes = 360 }, At("2026-01-01T10:07:03Z")).ShouldBe(At("2026-01-01T16:07:03Z"));

    // Europe/Berlin: +01:00 until 2026-03-29 01:00 UTC, +02:00 until 2026-10-25 01:00 UTC.
    [Theory]
    [InlineData("0 0 6 * * *", "2026-01-15T04:59:59Z", "2026-01-15T05:00:00Z")]
    [InlineData("0 0 6 * * *", "2026-01-15T05:00:00Z", "2026-01-16T05:00:00Z")]
    [InlineData("0 0 6 * * *", "2026-07-15T00:00:00Z", "2026-07-15T04:00:00Z")]
    [InlineData("0 0 6 * * *", "2026-03-28T12:00:00Z", "2026-03-29T04:00:00Z")]
    [InlineData("0 30 2 * * *", "2026-03-28T12:00:00Z", "2026-03-29T01:30:00Z")] // 02:30 is skipped: 03:30
    [InlineData("0 30 2 * * *", "2026-03-29T01:30:00Z", "2026-03-30T00:30:00Z")]
    [InlineData("0 30 2 * * *", "2026-10-24T12:00:00Z", "2026-10-25T00:30:00Z")] // 02:30 comes twice: the first
    [InlineData("0 30 2 * * *", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z")]
    [InlineData("0 30 2 * * *", "2026-10-25T01:10:00Z", "2026-10-26T01:30:00Z")] // the second 02:10: the first 02:30 is over
    [InlineData("0 */20 * * * *", "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z")] // the second 02:00
    [InlineData("0 */20 * * * *", "2026-10-25T01:00:00Z", "2026-10-25T01:20:00Z")]
    [InlineData("0 */20 * * * *", "2026-03-29T00:40:00Z", "2026-03-29T01:00:00Z")] // 02:00 is 03:00
    [InlineData("0 15 * * * *", "2026-03-29T00:15:00Z", "2026-03-29T01:15:00Z")]
    [InlineData("0 15 * * * *", "2026-10-25T00:15:00Z", "2026-10-25T01:15:00Z")]
    [InlineData("0 0 0 29 2 *", "2026-03-01T00:00:00Z", "2028-02-28T23:00:00Z")]
    [InlineData("0 0 9 * * 1", "2026-06-03T00:00:00Z", "2026-06-08T07:00:00Z")]
    public void Next_CronInBerlin_FollowsTheClockThere(string cron, string after, string expected) =>
        Schedules.Next(new() { Cron = cron, TimeZone = "Europe/Berlin" }, At(after)).ShouldBe(At(expected));

    [Fact]
    public void Next_DayThatNeverComes_IsNull() =>
        Schedules.Next(new() { Cron = "0 0 6 30 2 *", TimeZone = "UTC" }, At("2026-01-01T00:00:00Z")).ShouldBeNull();

    [Theory]
    [InlineData("0 */20 * * * *", 20)]
    [InlineData("0 0 * * * *", 60)]
    public void Next_WildcardHourThroughBothChanges_NeverRestsOrRepeats(string cron, int minutes)
    {
        var schedule = new Schedule { Cron = cron, TimeZone = "Europe/Berlin" };
        foreach (var start in new[] { At("2026-03-28T20:00:00Z"), At("2026-10-24T20:00:00Z") })
        {
            var moment = start;
            for (var i = 0; i < 60; i++)
            {
                var next = Schedules.Next(schedule, moment).ShouldNotBeNull();
                (next - moment).ShouldBe(TimeSpan.FromMinutes(minutes));
                moment = next;
            }
        }
    }

    [Fact]
    public void Next_AnyMomentAndZone_LiesLater()
    {
        var random = new Random(11);
        string[] crons = ["0 0 6 * * *", "0 30 2 * * *", "0 15 */3 * * *", "0 */7 * * * *", "0 59 23 31 12 *", "30 0 1 * * 0"];
        string[] zones = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC", "Pacific/Apia"];
        for (var i = 0; i < 2_000; i++)
        {
            var schedule = new Schedule { Cron = crons[random.Next(crons.Length)], TimeZone = zones[random.Next(zones.Length)] };
            var after = At("2011-01-01T00:00:00Z").AddSeconds(random.NextInt64(20L * 365 * 86_400));

            var next = Schedules.Next(schedule, after).ShouldNotBeNull();

            next.ShouldBeGreaterThan(after, $"{schedule} after {after:O}");
            next.Offset.ShouldBe(TimeSpan.Zero);
        }
    }

    [Theory]
    [InlineData("Europe/Berlin", true)]
    [InlineData("UTC", true)]
    [InlineData("America/Argentina/Buenos_Aires", true)]
    [InlineData("W. Europe Standard Time", false)]
    [InlineData("europe/berlin", false)]
    [InlineData("Berlin", false)]
    [InlineData("", false)]
    public void IsTimeZone_Names_AreIanaNames(string name, bool expected) => Schedules.IsTimeZone(name).ShouldBe(expected);

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
