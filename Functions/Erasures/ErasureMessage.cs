namespace AudienceSync.Erasures;

/// <summary>Wakes the worker. It names nobody, and no work: what is to be done stands in the store.</summary>
/// <param name="Turn">Grows with each hand-over, so that of several messages only one goes on.</param>
/// <param name="TraceParent">W3C trace context of who sent it.</param>
/// <param name="Due">When it is to be seen.</param>
public sealed record ErasureMessage(int Turn, string? TraceParent = null, DateTimeOffset? Due = null);

/// <summary>Wakes the worker by a message.</summary>
public interface IErasureQueue
{
    /// <param name="delay">How long the message stays invisible.</param>
    Task SendAsync(ErasureMessage message, TimeSpan delay, CancellationToken cancellationToken);
}

/// <summary>Seals who is being erased under the keys of the installation.</summary>
public interface IPersonSealer
{
    string Seal(string plain, string erasureId);

    /// <exception cref="System.Security.Cryptography.CryptographicException">The keys of the installation are others now.</exception>
    string Open(string sealedText, string erasureId);
}
