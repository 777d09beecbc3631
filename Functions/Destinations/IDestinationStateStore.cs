namespace AudienceSync.Destinations;

/// <summary>Keeps how destinations' runs go.</summary>
public interface IDestinationStateStore
{
    /// <summary>Null when nothing was written yet: pending, and due at once.</summary>
    Task<DestinationState?> GetAsync(string destinationId, CancellationToken cancellationToken);

    IAsyncEnumerable<DestinationState> ListAllAsync(CancellationToken cancellationToken);

    /// <summary>Writes over the version that <see cref="DestinationState.Version"/> names (empty: there is none yet); null when that is not the current one.</summary>
    Task<DestinationState?> TryWriteAsync(DestinationState state, CancellationToken cancellationToken);

    /// <summary>Repeatable.</summary>
    Task DeleteAsync(string destinationId, CancellationToken cancellationToken);
}

public static class DestinationStates
{
    private const int MaxAttempts = 16;

    extension(IDestinationStateStore store)
    {
        /// <summary>Changes the state, again on whatever another writer made of it meanwhile. Writes nothing when nothing changes.</summary>
        /// <exception cref="InvalidOperationException">Others kept writing through every attempt.</exception>
        public async Task<DestinationState> UpdateAsync(
            string destinationId, Func<DestinationState, DestinationState> change, CancellationToken cancellationToken)
        {
            for (var attempt = 0; attempt < MaxAttempts; attempt++)
            {
                var stored = await store.GetAsync(destinationId, cancellationToken);
                var current = stored ?? new() { DestinationId = destinationId };
                var changed = change(current);
                if (stored is not null && changed == current)
                {
                    return current;
                }

                if (await store.TryWriteAsync(changed, cancellationToken) is { } written)
                {
                    return written;
                }
            }

            throw new InvalidOperationException($"The state of destination {destinationId} was written by others {MaxAttempts} times in a row.");
        }
    }
}
