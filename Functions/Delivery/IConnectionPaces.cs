namespace AudienceSync.Delivery;

/// <summary>When a connection may be called again: one word of a platform ("wait") holds for everyone who uses the connection, in every instance.</summary>
public interface IConnectionPaces
{
    /// <summary>Null when it may be called now.</summary>
    Task<DateTimeOffset?> NotBeforeAsync(string connectionId, CancellationToken cancellationToken);

    /// <summary>Moves the time on; an earlier time than the present one changes nothing.</summary>
    Task WaitUntilAsync(string connectionId, DateTimeOffset notBefore, CancellationToken cancellationToken);
}
