using AudienceSync.Connectors.Kit;

namespace AudienceSync.Delivery;

/// <summary>The pace of one lane: it takes its share of the connection's calls and spreads them. For the calls of one lane, also side by side.</summary>
/// <param name="lanes">Lanes that share the connection with this one.</param>
internal sealed class CallPace(IConnectionPaces paces, string connectionId, CallLimits limits, int lanes, TimeProvider time) : ICallPace, IDisposable
{
    public const string DailyLimit = "daily_limit";

    /// <summary>Longer waits end a conversation, rather than being waited out in its midst.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(2);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private PaceShare _share;

    /// <summary>What is left of the lane's share: to be given to the next message of the lane.</summary>
    public PaceShare Share
    {
        get => _share;
        init => _share = value;
    }

    /// <summary>When the next call may go; null for now. Does not count it.</summary>
    public async Task<CallGrant?> NextAsync(CancellationToken cancellationToken)
    {
        if (limits.IsNone)
        {
            return null;
        }

        var now = time.GetUtcNow();
        if (_share.Calls == 0 || now >= _share.Until)
        {
            var capacity = limits.PerSecond > 0 ? Math.Ceiling(Math.Max(1, limits.PerSecond * 5) / lanes) : 100;
            var grant = await paces.ReserveAsync(connectionId, limits, (int)Math.Min(capacity, 10_000), time, cancellationToken);
            if (grant.Calls == 0)
            {
                return grant;
            }

            _share = new(grant.Calls, grant.From, grant.Until, limits.PerSecond > 0 ? (grant.Until - grant.From) / grant.Calls : TimeSpan.Zero);
        }

        return _share.Next > now ? new(0, _share.Next, _share.Until) : null;
    }

    public async Task<DeliveryOutcome.Throttled?> WaitAsync(CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var waited = TimeSpan.Zero;
            while (await NextAsync(cancellationToken) is { } later)
            {
                var wait = later.From - time.GetUtcNow();
                waited += wait;
                if (waited > LongestWait)
                {
                    return new(wait, later.IsDaily ? DailyLimit : "pace");
                }

                // A timer counts whole milliseconds: what is less would not wait at all, and be asked for again and again.
                await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling(wait.TotalMilliseconds))), time, cancellationToken);
            }

            if (!limits.IsNone)
            {
                // A lane that was late is not let catch up: the platform counts by the second.
                _share = _share with { Calls = _share.Calls - 1, Next = time.GetUtcNow() + _share.Spacing };
            }

            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();
}

/// <summary>Calls that a lane may still make.</summary>
/// <param name="Next">When the first of them may go.</param>
/// <param name="Until">What is not used by then is lost.</param>
public readonly record struct PaceShare(int Calls, DateTimeOffset Next, DateTimeOffset Until, TimeSpan Spacing);
