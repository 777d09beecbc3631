using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Erasures;

/// <summary>Keeps erasures, and how far the purge is.</summary>
public interface IErasureStore
{
    /// <summary>Writes new erasures, their places in the list of open ones first, so that none can exist that nobody works on.</summary>
    Task CreateAsync(IReadOnlyList<Erasure> erasures, CancellationToken cancellationToken);

    Task<Erasure?> FindAsync(string id, CancellationToken cancellationToken);

    /// <summary>Replaces the erasure if its ETag still holds; null when somebody else was faster. One that is finished leaves the list of open ones.</summary>
    Task<Erasure?> ReplaceAsync(Erasure erasure, CancellationToken cancellationToken);

    /// <summary>Newest first.</summary>
    Task<ListPage<Erasure>> ListAsync(PageRequest page, Func<Erasure, bool>? filter, CancellationToken cancellationToken);

    /// <summary>Those not finished, the oldest first.</summary>
    IAsyncEnumerable<Erasure> ListOpenAsync(CancellationToken cancellationToken);

    /// <summary>Their ids alone. One that was finished a moment ago may be among them.</summary>
    IAsyncEnumerable<string> ListOpenIdsAsync(CancellationToken cancellationToken);

    /// <summary>Who is being erased, without their records: asked for often.</summary>
    IAsyncEnumerable<ErasedMember> ListMembersAsync(CancellationToken cancellationToken);

    /// <summary>Number of the message that may work; 0 before the first.</summary>
    Task<int> ReadTurnAsync(CancellationToken cancellationToken);

    /// <summary>Ends a turn, if it is the present one.</summary>
    /// <returns>The turn that is present now.</returns>
    Task<int> NextTurnAsync(int turn, CancellationToken cancellationToken);

    /// <summary>Null when no purge is under way.</summary>
    Task<PurgePass?> ReadPurgeAsync(CancellationToken cancellationToken);

    /// <summary>Writes how far the purge is, whatever was there; null ends it. One worker at a time has the purge.</summary>
    Task WritePurgeAsync(PurgePass? pass, CancellationToken cancellationToken);
}

internal static class ErasureUpdates
{
    extension(IErasureStore store)
    {
        /// <summary>Changes the erasure, again on whatever others made of it meanwhile.</summary>
        /// <param name="change">Null, or the erasure itself, to leave it as it is.</param>
        /// <returns>The erasure as it is stored now; null when there is none.</returns>
        public async Task<Erasure?> UpdateAsync(string id, Func<Erasure, Erasure?> change, CancellationToken cancellationToken)
        {
            while (await store.FindAsync(id, cancellationToken) is { } erasure)
            {
                if (change(erasure) is not { } changed || ReferenceEquals(changed, erasure))
                {
                    return erasure;
                }

                if (await store.ReplaceAsync(changed, cancellationToken) is { } replaced)
                {
                    return replaced;
                }
            }

            return null;
        }
    }
}
