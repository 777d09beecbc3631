namespace AudienceSync.Http;

/// <summary>Something the app needs to do its work; <c>GET /health/ready</c> asks each.</summary>
public interface IReadinessCheck
{
    /// <summary>What is checked: <c>tables</c>, <c>queues</c> …</summary>
    string Name { get; }

    /// <summary>Returns when it is ready, throws when it is not. Asked for again and again, so it should be cheap.</summary>
    Task CheckAsync(CancellationToken cancellationToken);
}
