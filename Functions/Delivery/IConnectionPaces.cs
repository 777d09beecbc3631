namespace AudienceSync.Delivery;

/// <summary>Keeps when and how often each connection may be called, for everyone who uses it, in every instance.</summary>
public interface IConnectionPaces
{
    /// <summary>A fresh one when nothing is kept.</summary>
    Task<ConnectionPace> ReadAsync(string connectionId, CancellationToken cancellationToken);

    /// <summary>Replaces the pace if its ETag still holds (empty: if there is none yet); false when somebody else was faster.</summary>
    Task<bool> TryWriteAsync(ConnectionPace pace, CancellationToken cancellationToken);
}

public static class ConnectionPaces
{
    extension(IConnectionPaces paces)
    {
        /// <summary>Null when the connection may be called now.</summary>
        public async Task<DateTimeOffset?> NotBeforeAsync(string connectionId, CancellationToken cancellationToken) =>
            (await paces.ReadAsync(connectionId, cancellationToken)).NotBefore;

        /// <summary>One word of a platform ("wait") holds for everyone; an earlier time than the present one changes nothing.</summary>
        public async Task WaitUntilAsync(string connectionId, DateTimeOffset notBefore, CancellationToken cancellationToken)
        {
            while (await paces.ReadAsync(connectionId, cancellationToken) is var pace
                && !(pace.NotBefore >= notBefore)
                && !await paces.TryWriteAsync(pace.Throttle(notBefore), cancellationToken))
            {
            }
        }

        /// <summary>Takes calls out of the connection's present window.</summary>
        /// <param name="wanted">How many would be welcome.</param>
        /// <returns>At least one call; or none, and when to ask again.</returns>
        public async Task<CallGrant> ReserveAsync(string connectionId, CallLimits limits, int wanted, TimeProvider time, CancellationToken cancellationToken)
        {
            while (true)
            {
                var (pace, grant) = (await paces.ReadAsync(connectionId, cancellationToken)).Reserve(limits, wanted, time.GetUtcNow());
                if (grant.Calls == 0 || await paces.TryWriteAsync(pace, cancellationToken))
                {
                    return grant;
                }
            }
        }
    }
}
