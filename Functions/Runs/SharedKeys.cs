using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using AudienceSync.Connectors.Kit;
using AudienceSync.Destinations;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

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

    /// <summary>A hash of a match key; null when it is empty.</summary>
    /// <param name="fields">The identifier fields of a row, whatever their order: of a removal those that were sent, be it under another mapping.</param>
    public ulong? KeyOf(IEnumerable<KeyValuePair<string, Cell>> fields)
    {
        var text = string.Join('\0', fields.Where(field => field.Value.ToString().Length > 0).OrderBy(field => field.Key, StringComparer.Ordinal).Select(field => $"{field.Key}\0{field.Value}"));
        return text.Length == 0 ? null : hasher.Key(text);
    }

    private async Task<HashSet<ulong>> FindAsync(Run run, CancellationToken cancellationToken)
    {
        var identifiers = run.Spec!.Mapping.Where(entry => entry.Identifier).Select(entry => LedgerColumns.Field(entry.To)).ToHashSet(StringComparer.Ordinal);
        var going = new HashSet<ulong>();
        var leavers = new HashSet<ulong>();
        var shards = await runs.ReadShardsAsync(run.Id, RunStage.Plan, cancellationToken).Select(shard => shard.Plan!).ToListAsync(cancellationToken);
        await foreach (var page in PagesOf(shards.Select(shard => shard.Removals), cancellationToken))
        {
            foreach (var (row, key) in KeysOf(page, among: null))
            {
                going.Add(key);
                leavers.Add(IdOf(row));
            }
        }

        var shared = new HashSet<ulong>();
        if (going.Count == 0)
        {
            return shared;
        }

        // A profile may have other rows than the one that leaves: rows are told apart, not profiles.
        await foreach (var page in PagesOf(shards.Select(shard => shard.Upserts), cancellationToken))
        {
            shared.UnionWith(KeysOf(page, identifiers).Where(row => going.Contains(row.Key) && !leavers.Contains(IdOf(row.Row))).Select(row => row.Key));
        }

        await foreach (var page in LedgerPages.ReadAsync(pages, await ledgers.ReadAsync(run.DestinationId, cancellationToken), KeyRange.All, cancellationToken))
        {
            shared.UnionWith(KeysOf(page, among: null)
                .Where(row => going.Contains(row.Key) && row.Row[LedgerColumns.OnList] is { IsAbsent: false } onList && onList.AsBoolean() && !leavers.Contains(IdOf(row.Row)))
                .Select(row => row.Key));
        }

        return shared;
    }

    private ulong IdOf(RowRef row) => hasher.Key(row[LedgerColumns.Id].AsText());

    /// <summary>The match keys of the rows of a page that have one.</summary>
    /// <param name="among">Columns that make up the key; null for all fields, where a row has no others.</param>
    private IEnumerable<(RowRef Row, ulong Key)> KeysOf(PageReader page, IReadOnlySet<string>? among)
    {
        List<(string Name, ColumnReader Cells)> fields =
        [
            .. page.Columns.Select(column => column.Name).Distinct()
                .Where(name => LedgerColumns.IsField(name) && among?.Contains(name) is not false)
                .Select(name => (LedgerColumns.TargetOf(name), page.Find(name)!)),
        ];
        for (var index = 0; index < page.Count; index++)
        {
            if (KeyOf(fields.Select(field => KeyValuePair.Create(field.Name, field.Cells[index]))) is { } key)
            {
                yield return (new(page, index), key);
            }
        }
    }

    private async IAsyncEnumerable<PageReader> PagesOf(IEnumerable<PlanChain?> chains, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var chain in chains.OfType<PlanChain>())
        {
            await foreach (var page in pages.ReadAsync(chain.Id, KeyRange.All, PageParts.Whole, cancellationToken))
            {
                yield return page;
            }
        }
    }
}
