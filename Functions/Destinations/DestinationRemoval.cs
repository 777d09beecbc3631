namespace AudienceSync.Destinations;

/// <summary>Takes a destination off the books, after its clean-up run or at once. Repeatable.</summary>
public sealed class DestinationRemoval(IDestinationStore store, IDestinationStateStore states)
{
    private const int MaxAttempts = 8;

    /// <exception cref="InvalidOperationException">Others kept changing it through every attempt.</exception>
    public async Task RemoveAsync(string destinationId, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxAttempts; attempt++)
        {
            if (await store.GetAsync(destinationId, cancellationToken) is not { } destination || await store.TryDeleteAsync(destination, cancellationToken))
            {
                await states.DeleteAsync(destinationId, cancellationToken);
                return;
            }
        }

        throw new InvalidOperationException($"Destination {destinationId} was changed by others {MaxAttempts} times in a row while it was deleted.");
    }
}
