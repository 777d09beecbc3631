namespace AudienceSync.Http;

/// <summary>Something that waits for somebody though the app works; <c>GET /health/ready</c> shows it, and stays ready.</summary>
public interface IReadinessNotice
{
    /// <summary>What it is about, in one word.</summary>
    string Name { get; }

    /// <summary>What waits, in a sentence; null when nothing does. Asked for again and again, so it should be cheap.</summary>
    Task<string?> FindAsync(CancellationToken cancellationToken);
}
