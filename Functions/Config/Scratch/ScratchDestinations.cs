using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Config.Scratch;

/// <summary>Destinations of a rehearsal.</summary>
internal sealed class ScratchDestinations : IDestinationStore
{
    public ScratchTable<Destination> Table { get; } = new(
        destination => destination.Id, destination => destination.Key, destination => destination.Version, (destination, version) => destination with { Version = version });

    public Task<Destination?> GetAsync(string id, CancellationToken cancellationToken) => Task.FromResult(Table.Find(id));

    public Task<Destination?> FindByKeyAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Table.FindByKey(key));

    public IAsyncEnumerable<Destination> ListAllAsync(CancellationToken cancellationToken) => Table.ListAsync();

    public Task<ImmutableArray<Destination>> ListByConnectionAsync(string connectionId, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<Destination>>([.. Table.All.Where(destination => destination.Uses(connectionId))]);

    public Task<Destination?> TryCreateAsync(Destination destination, CancellationToken cancellationToken) => Table.TryCreateAsync(destination);

    public Task<Destination?> TryReplaceAsync(Destination destination, CancellationToken cancellationToken) => Table.TryReplaceAsync(destination);

    public Task<bool> TryDeleteAsync(Destination destination, CancellationToken cancellationToken) => Table.TryDeleteAsync(destination);
}

/// <summary>How runs go is no part of a rehearsal: nothing was written yet, and nothing is kept.</summary>
internal sealed class ScratchStates : IDestinationStateStore
{
    public Task<DestinationState?> GetAsync(string destinationId, CancellationToken cancellationToken) => Task.FromResult<DestinationState?>(null);

    public IAsyncEnumerable<DestinationState> ListAllAsync(CancellationToken cancellationToken) => AsyncEnumerable.Empty<DestinationState>();

    public Task<DestinationState?> TryWriteAsync(DestinationState state, CancellationToken cancellationToken) => Task.FromResult<DestinationState?>(state);

    public Task DeleteAsync(string destinationId, CancellationToken cancellationToken) => Task.CompletedTask;
}

/// <summary>A rehearsal starts no run, stops none, and forgets nothing.</summary>
internal sealed class ScratchRuns : IRunStarter
{
    public Task StartFirstAsync(Destination destination, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RunSoonAsync(Destination destination, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task CancelActiveAsync(string destinationId, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<Result<string>> StartCleanUpAsync(Destination destination, CancellationToken cancellationToken) =>
        throw new InvalidOperationException("A configuration is applied without clean-ups.");

    public Task ForgetAsync(string destinationId, CancellationToken cancellationToken) => Task.CompletedTask;
}
