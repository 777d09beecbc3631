using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>What destinations ask of runs.</summary>
public interface IRunStarter
{
    /// <summary>Starts the first run of a destination just made or enabled. Repeatable: a run that is active already is enough.</summary>
    Task StartFirstAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Starts a run, or has one follow the active one: members have come that no run has seen yet.</summary>
    Task RunSoonAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Stops the active run, if there is one: no new batch is sent.</summary>
    Task CancelActiveAsync(string destinationId, CancellationToken cancellationToken);

    /// <summary>Starts the run that removes everyone the destination added, and deletes it when that is done.</summary>
    /// <returns>The run's id.</returns>
    Task<Result<string>> StartCleanUpAsync(Destination destination, CancellationToken cancellationToken);

    /// <summary>Drops what is kept about what the destination accepted. Repeatable.</summary>
    Task ForgetAsync(string destinationId, CancellationToken cancellationToken);
}
