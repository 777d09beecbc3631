using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using AudienceSync.Observability;
using AudienceSync.Profiles;
using AudienceSync.Runs;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Erasures;

/// <summary>Works on all open erasures at once: folds the profiles away, has destinations told, searches what is kept, and ends what is done.</summary>
/// <remarks>One worker at a time, by a claim that runs out when it dies. Everything it does may be repeated; how far each erasure is, is in its record.</remarks>
public sealed partial class ErasureWorker(
    IErasureStore store, ErasureService service, ErasureRemoval removal, ErasurePurge purge, IProfileShards profiles, IRunStore claims, IErasureQueue queue,
    ErasureOptions options, RunOptions runOptions, Instruments instruments, TimeProvider time, ILogger<ErasureWorker> logger)
{
    /// <summary>Erasures that a worker has in hand at a time.</summary>
    public const int MaxGroup = 200;

    /// <summary>A request that is this old was stopped on its way: its rest is done here.</summary>
    private static readonly TimeSpan StoppedAfter = TimeSpan.FromMinutes(1);

    /// <summary>A tick wakes the worker after as long in any case.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(1);

    private const string ClaimOf = "erasures";

    /// <summary>Measures what is open, and wakes a worker when there is work: whatever message was lost, the next tick makes good.</summary>
    public async Task TickAsync(CancellationToken cancellationToken)
    {
        var (open, late) = (0, 0);
        await foreach (var id in store.ListOpenIdsAsync(cancellationToken))
        {
            open++;
            late += service.IsLate(id) ? 1 : 0;
        }

        instruments.MeasureErasures(open, late);
        if (open > 0)
        {
            await service.WakeAsync(cancellationToken);
        }
    }

    /// <summary>Works for a slice of time. A message whose turn is over, or that finds another worker, is dropped.</summary>
    /// <param name="text">An <see cref="ErasureMessage"/>.</param>
    /// <exception cref="JsonException">The text is no such message; the host tries it again and then puts it into the poison queue.</exception>
    public Task RunAsync(string text, CancellationToken cancellationToken) =>
        RunAsync(JsonSerializer.Deserialize(text, ErasureDocuments.Default.ErasureMessage) ?? throw new JsonException("The message is null."), cancellationToken);

    /// <summary>Takes note that a message failed too often.</summary>
    public void TakePoisoned() => LogPoisoned();

    internal async Task RunAsync(ErasureMessage message, CancellationToken cancellationToken)
    {
        if (await store.ReadTurnAsync(cancellationToken) != message.Turn)
        {
            return;
        }

        using var span = Traces.Continue("erasures.work", message.TraceParent, ActivityKind.Consumer);
        await using var claim = await StepClaim.TryTakeAsync(claims, ClaimOf, ClaimOf, runOptions.ClaimFor, time, cancellationToken);
        if (!claim.IsOurs || await store.ReadTurnAsync(cancellationToken) != message.Turn)
        {
            return;
        }

        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, claim.Lost);
        var after = await WorkAsync(linked.Token);
        var next = await store.NextTurnAsync(message.Turn, cancellationToken);
        await claim.ReleaseAsync();
        if (await store.ListOpenAsync(cancellationToken).AnyAsync(cancellationToken))
        {
            await queue.SendAsync(new(next, span.Id), after, cancellationToken);
        }
    }

    /// <returns>When to look again.</returns>
    private async Task<TimeSpan> WorkAsync(CancellationToken cancellationToken)
    {
        var from = time.GetTimestamp();
        var open = await TakeAsync(cancellationToken);
        foreach (var person in open.All.Where(person => !person.Erasure.IsNoted))
        {
            await service.CatchUpAsync(person, cancellationToken);
            await open.UpdateAsync(person.Erasure.Id, erasure => erasure, cancellationToken);
        }

        await FoldAsync(open, cancellationToken);
        await removal.AdvanceAsync(open, MayGoOn, cancellationToken);
        await ReportAsync(open, cancellationToken);
        var search = await purge.AdvanceAsync(open, IsReady, MayGoOn, cancellationToken);
        var look = LookAgainAfter(open);
        return search < look ? search.Value : look;

        bool MayGoOn() => time.GetElapsedTime(from) < options.Slice;
    }

    /// <summary>What waits for a run is looked at often at first, then ever more seldom; what waits for its next try, when that is due.</summary>
    private TimeSpan LookAgainAfter(OpenErasures open)
    {
        var now = time.GetUtcNow();
        var soonest = LongestLook;
        foreach (var erasure in open.All.Select(person => person.Erasure).Where(HasWork))
        {
            var changedAt = erasure.Receipts.Select(receipt => receipt.At ?? erasure.RequestedAt).Append(erasure.RequestedAt).Max();
            var wait = (now - changedAt) / 10;
            soonest = wait < soonest ? wait : soonest;
        }

        foreach (var next in open.All.SelectMany(person => person.Erasure.Receipts).Where(receipt => !receipt.IsFinal && receipt.NextTryAt > now))
        {
            soonest = next.NextTryAt - now < soonest ? next.NextTryAt!.Value - now : soonest;
        }

        return soonest > options.PollAfter ? soonest : options.PollAfter;
    }

    /// <summary>Those for whom something is to be done, the oldest first; those that a search is under way for in any case.</summary>
    private async Task<OpenErasures> TakeAsync(CancellationToken cancellationToken)
    {
        var pass = await store.ReadPurgeAsync(cancellationToken);
        List<ErasedPerson> taken = [];
        await foreach (var erasure in store.ListOpenAsync(cancellationToken))
        {
            var isSearchedFor = pass?.Erasures.Contains(erasure.Id, StringComparer.Ordinal) is true;
            if ((isSearchedFor || (taken.Count < MaxGroup && HasWork(erasure))) && TryOpen(erasure) is { } person)
            {
                taken.Add(person);
            }
        }

        return new(store, taken);
    }

    private ErasedPerson? TryOpen(Erasure erasure)
    {
        try
        {
            return service.Open(erasure);
        }
        catch (CryptographicException e)
        {
            LogSealed(erasure.Id, e);
            return null;
        }
    }

    private bool HasWork(Erasure erasure)
    {
        var now = time.GetUtcNow();
        return erasure.IsNoted
            ? erasure.FoldedAt is null || !erasure.IsSurveyed || IsReady(erasure) || erasure.Receipts.Any(receipt => receipt.IsDue(now))
            : now - erasure.RequestedAt > StoppedAfter;
    }

    /// <summary>Whether each destination has been told, and a search is still to be made.</summary>
    private static bool IsReady(Erasure erasure) =>
        erasure is { FoldedAt: not null, IsSurveyed: true }
        && erasure.Receipts.All(receipt => receipt.IsFinal || receipt is { Attempts: > 0, IsRunning: false })
        && (erasure.PurgedAt is null || erasure.IsSettled);

    private async Task FoldAsync(OpenErasures open, CancellationToken cancellationToken)
    {
        var unfolded = open.All.Where(person => person.Erasure is { IsNoted: true, FoldedAt: null }).ToList();
        if (unfolded.Count == 0)
        {
            return;
        }

        await profiles.FoldAsync(cancellationToken);
        foreach (var person in unfolded)
        {
            await open.UpdateAsync(person.Erasure.Id, erasure => erasure with { FoldedAt = time.GetUtcNow() }, cancellationToken);
        }
    }

    private async Task ReportAsync(OpenErasures open, CancellationToken cancellationToken)
    {
        foreach (var person in open.All.Where(person => !person.Erasure.IsReported && service.StatusOf(person.Erasure) is ErasureStatus.Attention))
        {
            foreach (var receipt in person.Erasure.Receipts.Where(receipt => !receipt.IsFinal))
            {
                LogAttention(person.Erasure.Id, receipt.DestinationId, receipt.Code);
            }

            await open.UpdateAsync(person.Erasure.Id, erasure => erasure with { IsReported = true }, cancellationToken);
        }
    }

    [LoggerMessage(7001, LogLevel.Warning, "{ErasureId} is not done after all this time: {DestinationId} has not accepted the removal ({Code})")]
    private partial void LogAttention(string erasureId, string destinationId, string? code);

    [LoggerMessage(7003, LogLevel.Error, "Work on erasures failed too often, and is tried again by the next tick; the log says why")]
    private partial void LogPoisoned();

    [LoggerMessage(7002, LogLevel.Error, "{ErasureId} cannot go on: who it is about is sealed under a key that is not configured. Add that key to Secrets__RetiredKeys")]
    private partial void LogSealed(string erasureId, Exception exception);
}
