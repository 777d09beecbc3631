using System.Collections.Concurrent;

namespace AudienceSync.Http;

/// <summary>How fast one caller may go under one policy.</summary>
/// <param name="PerSecond">Requests a second in the long run; 0 for no limit.</param>
/// <param name="Burst">Requests that may come at once after a pause.</param>
public sealed record RateLimit(string Policy, double PerSecond, int Burst);

/// <summary>What a bucket says about one request.</summary>
/// <param name="Remaining">Requests that may follow at once.</param>
/// <param name="Wait">Until the next one may come; zero when it may come now.</param>
/// <param name="FullAfter">Until the whole burst is there again.</param>
public readonly record struct RateReading(bool IsAllowed, int Remaining, TimeSpan Wait, TimeSpan FullAfter);

/// <summary>A token bucket for each caller and policy, in this instance's memory: a limit against accidents, not a quota.</summary>
/// <remarks>Thread-safe. Instances do not share their counts, so that an app of n instances lets n times as much through.</remarks>
public sealed class TokenBuckets(TimeProvider time)
{
    /// <summary>Beyond this many, buckets that are full again are dropped: they say the same as none.</summary>
    private const int MaxBuckets = 10_000;

    private readonly ConcurrentDictionary<(string Policy, string Caller), Bucket> _buckets = new();

    /// <summary>Takes one token if there is one.</summary>
    public RateReading Take(RateLimit limit, string caller)
    {
        var now = time.GetTimestamp();
        if (_buckets.Count > MaxBuckets)
        {
            foreach (var (key, full) in _buckets.Where(each => each.Value.IsFull(time, now)))
            {
                _buckets.TryRemove(KeyValuePair.Create(key, full));
            }
        }

        return _buckets.GetOrAdd((limit.Policy, caller), _ => new(limit, now)).Take(time, now);
    }

    private sealed class Bucket(RateLimit limit, long start)
    {
        private readonly Lock _gate = new();
        private double _tokens = limit.Burst;
        private long _at = start;

        public RateReading Take(TimeProvider time, long now)
        {
            lock (_gate)
            {
                Refill(time, now);
                var isAllowed = _tokens >= 1;
                _tokens -= isAllowed ? 1 : 0;
                return new(
                    isAllowed,
                    (int)_tokens,
                    TimeSpan.FromSeconds(Math.Max(0, (1 - _tokens) / limit.PerSecond)),
                    TimeSpan.FromSeconds((limit.Burst - _tokens) / limit.PerSecond));
            }
        }

        public bool IsFull(TimeProvider time, long now)
        {
            lock (_gate)
            {
                Refill(time, now);
                return _tokens >= limit.Burst;
            }
        }

        private void Refill(TimeProvider time, long now)
        {
            _tokens = Math.Min(limit.Burst, _tokens + (Math.Max(0, time.GetElapsedTime(_at, now).TotalSeconds) * limit.PerSecond));
            _at = Math.Max(_at, now);
        }
    }
}
