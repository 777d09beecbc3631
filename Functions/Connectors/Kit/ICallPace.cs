namespace AudienceSync.Connectors.Kit;

/// <summary>How fast the calls of a conversation may follow each other.</summary>
public interface ICallPace
{
    /// <summary>Waits until the next call may go.</summary>
    /// <returns>Null when it may; else why not, and how long that would take: too long to wait for.</returns>
    Task<DeliveryOutcome.Throttled?> WaitAsync(CancellationToken cancellationToken);
}
