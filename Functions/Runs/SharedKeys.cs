using System.Collections.Concurrent;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Runs;

/// <summary>Match keys that a run would remove for one member while another member of the segment goes by them: whoever takes them off takes off the other.</summary>
/// <remarks>
/// Two profiles may have one address, a new profile may take over that of a leaver. Asked for only where a run removes: then the plan's adds and the ledger's
/// match keys are read once, page by page, and what is kept is no more than a 64-bit hash of each key to be removed.
/// </remarks>
public sealed class SharedKeys(IRunStore runs, ILedgerStore ledgers, IPageStore pages, MemberHasher hasher)
{
    /// <summary>Runs whose keys are kept at a time.</summary>
    private const int MaxRuns = 8;

    private readonly ConcurrentDictionary<string, Lazy<Task<HashSet<ulong>>>> _byRun = new(StringComparer.Ordinal);

    /// <summary>Whether removals of this run may meet members who stay: events are about profiles, and of the other modes only <c>mirror</c> does both.</summary>
    /// <remarks>Who shares an identifier with somebody erased is suppressed with them, and does not stay.</remarks>
    public static bool Matter(Run run) =>
        run is { Phase: RunPhase.Removals, Purpose: not RunPurpose.CleanUp, Spec: { Mode: DestinationMode.Mirror, Form: not DeliveryForm.Events } spec }
        && (run.Purpose is not RunPurpose.Erasure || !spec.Mapping.Any(entry => entry.Identifier && entry.From is { } from && ProfileColumns.IsIdentifier(from)));

    /// <summary>The keys (<see cref="KeyOf"/>) that must stay.</summary>
    public async Task<IReadOnlySet<ulong>> ReadAsync(Run run, CancellationToken cancellationToken)
    {
        if (_byRun.Count > MaxRuns)
        {
            _byRun.Clear();
        }

        var finding = _byRun.GetOrAdd(run.Id, _ => new(() => FindAsync(run, cancellationToken))).Value;
        try
        {
            return await finding;
        }
        finally
        {
            if (!finding.IsCompletedSuccessfully)
            {
                // What failed is not remembered: the next batch looks again.
                _byRun.TryRemove(run.Id, out _);
            }
        }
    }

    /// <summary>A hash of the identifier fields of a row; null when they are empty.</summary>
    /// <param name="valueOf">The value of a target; empty where there is none.</param>
    public ulong? KeyOf(IReadOnlyList<string> identifiers, Func<string, string> valueOf)
    {
        var text = identifiers.Count == 1 ? valueOf(identifiers[0]) : string.Join('\0', identifiers.Select(valueOf));
        return text.Length == 0 ? null : hasher.Key(text);
    }

    public static IReadOnlyList<string> IdentifiersOf(RunSpec spec) => [.. spec.Mapping.Where(entry => entry.Identifier).Select(entry => entry.To)];

    private async Task<HashSet<ulong>> FindAsync(Run run, CancellationToken cancellationToken)
    {
        var identifiers = IdentifiersOf(run.Spec!);
        var going = new HashSet<ulong>();
        var leavers = new HashSet<ulong>();
        var shards = await runs.ReadShardsAsync(run.Id, RunStage.Plan, cancellationToken).Select(shard => shard.Plan!).ToListAsync(cancellationToken);
        await foreach (var row in RowsOf(shards.Select(shard => shard.Removals)))
        {
            if (KeyOf(row) is { } key)
            {
                going.Add(key);
                leavers.Add(row.Key);
            }
        }

        var shared = new HashSet<ulong>();
        if (going.Count == 0)
        {
            return shared;
        }

        await foreach (var row in RowsOf(shards.Select(shard => shard.Upserts)))
        {
            Note(row);
        }

        await foreach (var page in LedgerPages.ReadAsync(pages, await ledgers.ReadAsync(run.DestinationId, cancellationToken), KeyRange.All, cancellationToken))
        {
            var onList = page.Find(LedgerColumns.OnList);
            for (var index = 0; index < page.Count; index++)
            {
                if (onList?[index] is { IsAbsent: false } cell && cell.AsBoolean())
                {
                    Note(new(page, index));
                }
            }
        }

        return shared;

        void Note(RowRef row)
        {
            if (!leavers.Contains(row.Key) && KeyOf(row) is { } key && going.Contains(key))
            {
                shared.Add(key);
            }
        }

        ulong? KeyOf(RowRef row) => this.KeyOf(identifiers, target => row[LedgerColumns.Field(target)].ToString());

        async IAsyncEnumerable<RowRef> RowsOf(IEnumerable<PlanChain?> chains)
        {
            foreach (var chain in chains.Where(chain => chain is not null))
            {
                await foreach (var page in pages.ReadAsync(chain!.Id, KeyRange.All, PageParts.Whole, cancellationToken))
                {
                    for (var index = 0; index < page.Count; index++)
                    {
                        yield return new(page, index);
                    }
                }
            }
        }
    }
}
