namespace AudienceSync.Local.Platforms;

/// <summary>Most calls in a window of fixed length.</summary>
/// <param name="Kinds">The calls it counts; empty for all.</param>
internal sealed record RateLimit(int Calls, TimeSpan Per, params string[] Kinds)
{
    private long _window;
    private int _used;

    /// <summary>Counts a call; the time to wait when there are too many in the window.</summary>
    public TimeSpan? Take(string kind, DateTimeOffset at)
    {
        if (Kinds.Length > 0 && !Kinds.Contains(kind))
        {
            return null;
        }

        var window = at.UtcTicks / Per.Ticks;
        if (window != _window)
        {
            (_window, _used) = (window, 0);
        }

        return ++_used > Calls ? TimeSpan.FromTicks(((window + 1) * Per.Ticks) - at.UtcTicks) : null;
    }
}
