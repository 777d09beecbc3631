using System.Collections.Immutable;

namespace AudienceSync.Erasures;

/// <summary>The erasures that a worker has in hand, each as it was stored last. Not thread-safe but for different erasures.</summary>
internal sealed class OpenErasures(IErasureStore store, IEnumerable<ErasedPerson> people)
{
    private readonly Dictionary<string, ErasedPerson> _byId = people.ToDictionary(person => person.Erasure.Id, StringComparer.Ordinal);

    public ImmutableArray<ErasedPerson> All => [.. _byId.Values.OrderBy(person => person.Erasure.Id, StringComparer.Ordinal)];

    public Erasure this[string id] => _byId[id].Erasure;

    /// <summary>Changes an erasure on whatever others made of it, and keeps what it is now.</summary>
    public async Task UpdateAsync(string id, Func<Erasure, Erasure> change, CancellationToken cancellationToken)
    {
        if (await store.UpdateAsync(id, change, cancellationToken) is { } current)
        {
            _byId[id] = _byId[id] with { Erasure = current };
        }
    }

    /// <summary>Changes the receipt of a destination; nothing happens when there is none.</summary>
    public Task UpdateAsync(string id, string destinationId, Func<ErasureReceipt, ErasureReceipt> change, CancellationToken cancellationToken) => UpdateAsync(
        id, erasure => erasure.ReceiptOf(destinationId) is { } receipt && change(receipt) is var changed && changed != receipt ? erasure.With(changed) : erasure, cancellationToken);
}
