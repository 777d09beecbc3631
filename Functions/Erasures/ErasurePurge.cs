using AudienceSync.Runs;

namespace AudienceSync.Erasures;

/// <summary>Searches all that is kept for people and takes them out, again and again until a whole search finds nobody.</summary>
/// <remarks>A search is for a group of people at once. How far it is, is kept: it goes on where it was stopped, and every step may be repeated.</remarks>
public sealed class ErasurePurge(
    IErasureStore store, IRunStore runs, IPageEditor editor, RunPurge runPurge, ChainPurge chainPurge, IEnumerable<IPersonTraces> traces, ReceiptWords words, ErasureOptions options,
    TimeProvider time)
{
    private const int RunsPerPage = 100;

    /// <summary>Chains between two notes of how far it is.</summary>
    private const int ChainsPerNote = 200;

    /// <summary>Chains searched side by side.</summary>
    private const int Degree = 4;

    private const int MostDoublings = 5;

    /// <summary>The time in a chain's id is cut to milliseconds.</summary>
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    /// <summary>Goes on with the search at hand, or begins one for those who are ready.</summary>
    /// <param name="isReady">Whether a person's destinations have been told.</param>
    /// <returns>When to go on; null when nobody is left to search for.</returns>
    internal async Task<TimeSpan?> AdvanceAsync(OpenErasures open, Func<Erasure, bool> isReady, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        var pass = await store.ReadPurgeAsync(cancellationToken) ?? Begin(open, isReady, searches: 0, notBefore: null);
        if (pass is null)
        {
            return null;
        }

        if (pass.NotBefore - time.GetUtcNow() is { } wait && wait > TimeSpan.Zero)
        {
            return wait;
        }

        var people = new ErasedPeople(open.All.Where(person => pass.Erasures.Contains(person.Erasure.Id, StringComparer.Ordinal)));
        if (people.IsEmpty)
        {
            await store.WritePurgeAsync(null, cancellationToken);
            return TimeSpan.Zero;
        }

        while (mayGoOn())
        {
            pass = await StepAsync(open, pass, people, mayGoOn, cancellationToken);
            if (pass.Stage > PurgeStage.Traces)
            {
                return await EndAsync(open, pass, isReady, cancellationToken);
            }

            await store.WritePurgeAsync(pass, cancellationToken);
        }

        return TimeSpan.Zero;
    }

    private PurgePass? Begin(OpenErasures open, Func<Erasure, bool> isReady, int searches, DateTimeOffset? notBefore)
    {
        var ready = open.All.Select(person => person.Erasure).Where(isReady).ToList();
        return ready.Count == 0
            ? null
            : new(
                [.. ready.Select(erasure => erasure.Id)], [.. ready.Where(erasure => erasure.IsSettled).Select(erasure => erasure.Id)],
                time.GetUtcNow(), PurgeStage.Runs, null, 0, searches, notBefore);
    }

    private async Task<PurgePass> StepAsync(OpenErasures open, PurgePass pass, ErasedPeople people, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        switch (pass.Stage)
        {
            case PurgeStage.Runs:
                return await SearchRunsAsync(open, pass, people, cancellationToken);
            case PurgeStage.Chains:
                return await SearchChainsAsync(pass, people, mayGoOn, cancellationToken);
            default:
                var found = 0;
                foreach (var place in traces)
                {
                    found += await place.PurgeAsync(people, cancellationToken);
                }

                return pass with { Stage = pass.Stage + 1, Found = pass.Found + found };
        }
    }

    private async Task<PurgePass> SearchRunsAsync(OpenErasures open, PurgePass pass, ErasedPeople people, CancellationToken cancellationToken)
    {
        var page = await runs.ListAsync(null, new(RunsPerPage, pass.Cursor), filter: null, cancellationToken);
        var found = 0;
        foreach (var run in page.Items.Where(run => !run.Status.IsActive()))
        {
            // Whose receipt is still to be read from it comes with the next search.
            var waiting = people.All.Count(person => IsAwaited(person, run));
            found += waiting + await runPurge.PurgeAsync(
                run, people.Where(person => !IsAwaited(person, run)), (person, isRemoval) => SawAsync(open, person, run, isRemoval, cancellationToken), cancellationToken);
        }

        return pass with { Found = pass.Found + found, Cursor = page.Next, Stage = page.Next is null ? PurgeStage.Chains : PurgeStage.Runs };
    }

    /// <summary>The ledger had forgotten the person when the destination was asked, or went with it: now it is known that they had been there.</summary>
    private Task SawAsync(OpenErasures open, ErasedPerson person, Run run, bool isRemoval, CancellationToken cancellationToken) => open.UpdateAsync(
        person.Erasure.Id,
        erasure => erasure.ReceiptOf(run.DestinationId) switch
        {
            null => erasure.With(words.OfDeleted(run, isRemoval, time.GetUtcNow())),

            // Within a run what it added counts: a new match key comes after the removal of the old.
            { IsOfDeleted: true, SeenInFence: { } fence } when run.Fence > fence || (run.Fence == fence && !isRemoval) =>
                erasure.With(words.OfDeleted(run, isRemoval, time.GetUtcNow())),
            { IsOfDeleted: false, SeenInFence: { } fence } receipt when run.Fence > fence => erasure.With(words.RemovedBefore(receipt, run)),
            { Outcome: ErasureOutcome.NeverThere } receipt => erasure.With(words.RemovedBefore(receipt, run)),
            _ => erasure,
        },
        cancellationToken);

    private static bool IsAwaited(ErasedPerson person, Run run) => person.Erasure.Receipts.Any(receipt => receipt.IsRunning && receipt.RunId == run.Id);

    private async Task<PurgePass> SearchChainsAsync(PurgePass pass, ErasedPeople people, Func<bool> mayGoOn, CancellationToken cancellationToken)
    {
        var inUse = await chainPurge.ReadAsync(people, cancellationToken);
        var cursor = pass.Cursor;
        var found = 0;
        await foreach (var chains in editor.ListAsync(cursor, pass.StartedAt + Instant, cancellationToken).Take(ChainsPerNote).Chunk(Degree).WithCancellation(cancellationToken))
        {
            found += (await Task.WhenAll(chains.Select(chain => chainPurge.PurgeAsync(chain, people, inUse, cancellationToken)))).Sum();
            cursor = chains[^1];
            if (!mayGoOn())
            {
                break;
            }
        }

        return cursor == pass.Cursor
            ? pass with { Stage = PurgeStage.Traces, Cursor = null }
            : pass with { Cursor = cursor, Found = pass.Found + found };
    }

    /// <summary>A search that found somebody is followed by another, a while later: something may have been written behind it.</summary>
    private async Task<TimeSpan?> EndAsync(OpenErasures open, PurgePass pass, Func<Erasure, bool> isReady, CancellationToken cancellationToken)
    {
        if (pass.Found > 0)
        {
            // What was found may be gone by now; what is in use is asked for ever more seldom.
            var wait = pass.Searches == 0 ? TimeSpan.Zero : options.SearchAgainAfter * Math.Pow(2, Math.Min(pass.Searches - 1, MostDoublings));
            await store.WritePurgeAsync(Begin(open, isReady, pass.Searches + 1, time.GetUtcNow() + wait), cancellationToken);
            return wait;
        }

        foreach (var id in pass.Erasures.Where(id => open.All.Any(person => person.Erasure.Id == id)))
        {
            var isLast = pass.Settled.Contains(id, StringComparer.Ordinal);
            await open.UpdateAsync(id, erasure => isLast ? Complete(erasure) : erasure with { PurgedAt = pass.StartedAt }, cancellationToken);
        }

        await store.WritePurgeAsync(null, cancellationToken);
        return TimeSpan.Zero;
    }

    /// <summary>From now on nothing here tells who it was.</summary>
    private Erasure Complete(Erasure erasure) => erasure with { FinishedAt = time.GetUtcNow(), PurgedAt = time.GetUtcNow(), Sealed = null, Key = 0 };
}
