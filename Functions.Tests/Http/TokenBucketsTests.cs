using AudienceSync.Fakes;

namespace AudienceSync.Http;

public sealed class TokenBucketsTests
{
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Fact]
    public void Take_BurstSpent_IsRefusedUntilATokenIsBack()
    {
        var buckets = new TokenBuckets(_time);
        var limit = new RateLimit("api", PerSecond: 2, Burst: 3);

        buckets.Take(limit, "a").ShouldBe(new(IsAllowed: true, 2, TimeSpan.Zero, TimeSpan.FromSeconds(0.5)));
        buckets.Take(limit, "a").IsAllowed.ShouldBeTrue();
        buckets.Take(limit, "a").IsAllowed.ShouldBeTrue();
        buckets.Take(limit, "a").ShouldBe(new(IsAllowed: false, 0, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(1.5)));
        buckets.Take(limit, "b").IsAllowed.ShouldBeTrue();

        _time.Advance(TimeSpan.FromSeconds(0.5));
        buckets.Take(limit, "a").IsAllowed.ShouldBeTrue();
        buckets.Take(limit, "a").IsAllowed.ShouldBeFalse();
    }

    [Fact]
    public void Take_AfterALongPause_GivesNoMoreThanTheBurst()
    {
        var buckets = new TokenBuckets(_time);
        var limit = new RateLimit("api", PerSecond: 2, Burst: 3);
        buckets.Take(limit, "a");

        _time.Advance(TimeSpan.FromHours(1));

        Enumerable.Range(0, 10).Count(_ => buckets.Take(limit, "a").IsAllowed).ShouldBe(3);
    }
}
