namespace AudienceSync.Erasures;

/// <summary>A place that may name people, beside pages and runs. Whoever keeps such a place registers one of these.</summary>
public interface IPersonTraces
{
    /// <summary>Takes people out of it. Repeatable.</summary>
    /// <returns>How many places named one of them.</returns>
    Task<int> PurgeAsync(ErasedPeople people, CancellationToken cancellationToken);
}
