namespace AudienceSync.Delivery;

/// <summary>How often a connection may be called.</summary>
/// <param name="PerSecond">0 for no limit.</param>
/// <param name="PerDay">Of a day in UTC; 0 for no limit.</param>
public sealed record CallLimits(double PerSecond, int PerDay)
{
    public bool IsNone => PerSecond <= 0 && PerDay <= 0;
}

/// <summary>Calls that the holder may make.</summary>
/// <param name="Calls">0 for none before <paramref name="From"/>.</param>
/// <param name="Until">What is not used by then is lost.</param>
/// <param name="IsDaily">The day's calls are used up.</param>
public readonly record struct CallGrant(int Calls, DateTimeOffset From, DateTimeOffset Until, bool IsDaily = false);

/// <summary>The pace of one connection: the calls taken in the present window and day, and what the platform said last.</summary>
/// <remarks>
/// A window is five seconds, or the time of one call where that is longer. Whoever wants to call takes a share of the window at once and spreads it over the
/// window, so that the row is written some times in five seconds however many calls are made. The sum over all destinations and instances keeps the limit in
/// each window; two windows may touch, so up to twice a window's calls can fall into five seconds that straddle them.
/// </remarks>
public sealed record ConnectionPace(string ConnectionId)
{
    /// <summary>After a platform told us to wait the window holds half as many calls for so long.</summary>
    private static readonly TimeSpan SlowFor = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(5);

    /// <summary>Nothing is sent before: the platform said so. Null for no such word.</summary>
    public DateTimeOffset? NotBefore { get; init; }

    public DateTimeOffset SlowUntil { get; init; }

    public DateTimeOffset WindowStart { get; init; }

    /// <summary>Calls taken in the window.</summary>
    public int Taken { get; init; }

    /// <summary>Number of the day in UTC that <see cref="TakenToday"/> is about.</summary>
    public int Day { get; init; }

    public int TakenToday { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public string ETag { get; init; } = "";

    public ConnectionPace Throttle(DateTimeOffset notBefore) => this with { NotBefore = notBefore, SlowUntil = notBefore + SlowFor };

    public (ConnectionPace Pace, CallGrant Grant) Reserve(CallLimits limits, int wanted, DateTimeOffset now)
    {
        var length = limits.PerSecond > 0 && Window.TotalSeconds * limits.PerSecond < 1 ? TimeSpan.FromSeconds(1 / limits.PerSecond) : Window;
        var capacity = limits.PerSecond > 0 ? Math.Max(1, (int)Math.Min(int.MaxValue, (length.TotalSeconds * limits.PerSecond) + 1e-6)) : int.MaxValue;
        capacity = now < SlowUntil ? Math.Max(1, capacity / 2) : capacity;
        var isSame = now < WindowStart + length && now >= WindowStart;
        var start = isSame ? WindowStart : now;
        var taken = isSame ? Taken : 0;
        var day = (int)(now.UtcDateTime.Date - DateTime.UnixEpoch).TotalDays;
        var takenToday = day == Day ? TakenToday : 0;
        var leftToday = limits.PerDay > 0 ? limits.PerDay - takenToday : int.MaxValue;
        if (leftToday <= 0)
        {
            var tomorrow = new DateTimeOffset(DateTime.UnixEpoch.AddDays(day + 1), TimeSpan.Zero);
            return (this, new(0, tomorrow, tomorrow, IsDaily: true));
        }

        if (taken >= capacity)
        {
            return (this, new(0, start + length, start + length));
        }

        var calls = Math.Clamp(wanted, 1, Math.Min(capacity - taken, leftToday));
        return (
            this with { WindowStart = start, Taken = limits.PerSecond > 0 ? taken + calls : 0, Day = day, TakenToday = limits.PerDay > 0 ? takenToday + calls : 0 },
            new(calls, now, start + length));
    }
}
