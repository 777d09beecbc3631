using Microsoft.Azure.Functions.Worker.Local;

namespace AudienceSync.Local.Worker;

public sealed class WorkerBackoffTests
{
    [Fact]
    public void Grow_AnyBounds_StartsAtTheMinimumDoublesWithinTwentyPercentAndStaysAtTheMaximum()
    {
        var random = new Random(20260301);
        for (var round = 0; round < 1_000; round++)
        {
            var minimum = TimeSpan.FromMilliseconds(random.Next(1, 1_000));
            var maximum = minimum * random.Next(2, 500);
            var backoff = new Backoff(minimum, maximum, random);
            backoff.Grow().ShouldBe(minimum);
            for (var exponent = 0; exponent < 12; exponent++)
            {
                var wait = backoff.Grow();
                if (wait == maximum)
                {
                    backoff.Grow().ShouldBe(maximum);
                    break;
                }

                var growth = (wait - minimum) / minimum / Math.Pow(2, exponent);
                growth.ShouldBeInRange(0.799, 1.201);
            }
        }
    }

    [Fact]
    public void Reset_AfterGrowth_IsTheMinimumAgain()
    {
        var backoff = new Backoff(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(4), new Random(1));
        for (var index = 0; index < 5; index++)
        {
            backoff.Grow();
        }

        backoff.Reset().ShouldBe(TimeSpan.FromSeconds(1));
        backoff.Grow().ShouldBeInRange(TimeSpan.FromSeconds(1.8), TimeSpan.FromSeconds(2.2));
    }
}
