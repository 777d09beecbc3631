using System.Collections.Immutable;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Runs;

namespace AudienceSync.Erasures;

/// <summary>Tells runs who is being erased.</summary>
public sealed class ErasureTargets(IErasureStore store, MemberHasher hasher, PersonHashes hashes, TimeProvider time) : IErasureTargets
{
    /// <summary>How old the answer to <see cref="UnderWayAsync"/> may be: a lane asks before each batch.</summary>
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(5);

    private volatile Tuple<long, ErasedMembers>? _underWay;

    public async Task<ImmutableArray<ErasedMember>> AssignAsync(string destinationId, string runId, CancellationToken cancellationToken)
    {
        var members = ImmutableArray.CreateBuilder<ErasedMember>();
        var now = time.GetUtcNow();
        await foreach (var erasure in store.ListOpenAsync(cancellationToken))
        {
            if (members.Count < ErasureWorker.MaxGroup && IsFor(erasure, destinationId, runId, now)
                && await store.UpdateAsync(erasure.Id, current => Assign(current, destinationId, runId, now), cancellationToken) is { } assigned
                && assigned.ReceiptOf(destinationId) is { IsRunning: true } receipt && receipt.RunId == runId)
            {
                members.Add(new(assigned.Key, assigned.Person));
            }
        }

        return members.ToImmutable();
    }

    public async ValueTask<ErasedMembers> UnderWayAsync(CancellationToken cancellationToken)
    {
        if (_underWay is { } known && time.GetElapsedTime(known.Item1) < MaxAge)
        {
            return known.Item2;
        }

        var asked = time.GetTimestamp();
        var current = new ErasedMembers(await store.ListMembersAsync(cancellationToken).ToListAsync(cancellationToken), hasher, hashes);
        _underWay = new(asked, current);
        return current;
    }

    private static Erasure Assign(Erasure erasure, string destinationId, string runId, DateTimeOffset now)
    {
        var receipt = erasure.ReceiptOf(destinationId);
        return receipt is null || receipt.RunId == runId || !IsFor(erasure, destinationId, runId, now)
            ? erasure
            : erasure.With(receipt with { RunId = runId, IsRunning = true, IsKnown = true, Attempts = receipt.Attempts + 1, NextTryAt = null });
    }

    private static bool IsFor(Erasure erasure, string destinationId, string runId, DateTimeOffset now) =>
        erasure.ReceiptOf(destinationId) is { IsFinal: false } receipt
        && (receipt.IsRunning ? receipt.RunId == runId : receipt.IsKnown && receipt.IsDue(now));
}
