using System.Globalization;
using System.Security.Cryptography;

namespace AudienceSync.Profiles;

/// <summary>Ids of inbox pages that sort by arrival: 19 digits of UTC ticks, then randomness against two instances at the same tick.</summary>
/// <remarks>Within a process each id is greater than the one before, also when the clock stands still or goes back. Thread-safe.</remarks>
public sealed class ArrivalIds(TimeProvider time)
{
    private readonly Lock _gate = new();
    private long _last;

    public string Next()
    {
        long ticks;
        lock (_gate)
        {
            ticks = _last = Math.Max(_last + 1, time.GetUtcNow().UtcTicks);
        }

        return string.Create(CultureInfo.InvariantCulture, $"{ticks:D19}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}");
    }
}
