using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Erasures;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Suppressions;
using Microsoft.Extensions.Logging.Abstractions;

namespace AudienceSync.Fakes;

/// <summary>The suppression list and the erasures of the harness, over stores in memory like all else.</summary>
internal sealed partial class EngineHarness
{
    public PersonHashes PersonHashes { get; } = new("a third secret"u8.ToArray());

    public MemorySuppressionStore SuppressionStore { get; }

    public SuppressionKeys SuppressionKeys { get; }

    public SuppressionList Suppressions { get; }

    public MemoryErasureStore Erasures { get; }

    public MemoryErasureQueue ErasureQueue { get; private set; } = null!;

    public ErasureTargets ErasureTargets { get; }

    public ErasureOptions ErasureOptions { get; } = new();

    public ErasureService Erasing { get; private set; } = null!;

    public ErasureWorker Worker { get; }

    /// <summary>Further places that name people.</summary>
    public List<IPersonTraces> PersonTraces { get; } = [];

    /// <summary>Puts somebody on the suppression list, by profile id or by email.</summary>
    public Task SuppressAsync(string value, string type = SuppressionType.ProfileId) =>
        Suppressions.AddAsync([new(SuppressionKeys.OfValue(type, value), type, "test")], default);

    public Task UnsuppressAsync(string value, string type = SuppressionType.ProfileId) =>
        Suppressions.RemoveAsync(SuppressionKeys.IdOf(SuppressionKeys.OfValue(type, value)), null, mayLift: true, default);

    /// <summary>Erases people as the API does: the profiles are gone at once.</summary>
    /// <returns>The ids of the erasures.</returns>
    public async Task<ImmutableArray<string>> EraseAsync(params string[] profileIds)
    {
        var ids = await Erasing.NoteAsync([.. profileIds.Select(PersonOf)], default);
        foreach (var profileId in profileIds)
        {
            Profiles.Remove(profileId);
        }

        await Erasing.BeginAsync(ids, default);
        // Chains of pages tell their age by the clock: what is made from here on is younger than what is there.
        Time.Advance(TimeSpan.FromMilliseconds(5));
        return ids;
    }

    public async Task<Erasure> ErasureAsync(string id) => (await Erasures.FindAsync(id, default)).ShouldNotBeNull();

    public async Task<ErasureReceipt> ReceiptAsync(string id, string destinationId = DestinationId) => (await ErasureAsync(id)).ReceiptOf(destinationId).ShouldNotBeNull();

    /// <summary>Works until every erasure is done.</summary>
    public Task PumpErasuresAsync() => PumpAsync(async () => await IsIdleAsync() && !await Erasures.ListOpenAsync(default).AnyAsync());

    /// <summary>Works until the erasure can do nothing but wait, its time set aside.</summary>
    public Task PumpUntilAsync(string id, Func<Erasure, bool> holds) => PumpAsync(async () => holds(await ErasureAsync(id)));

    /// <summary>Every row of every chain that names the person in any cell.</summary>
    public async Task<List<string>> FindAsync(params string[] words)
    {
        List<string> found = [];
        foreach (var chain in Pages.Chains)
        {
            await foreach (var page in Pages.ReadAsync(chain, KeyRange.All, PageParts.Whole, default))
            {
                for (var row = 0; row < page.Count; row++)
                {
                    found.AddRange(page.ReadRow(row).Where(cell => words.Any(word => cell.Value.ToString().Contains(word, StringComparison.Ordinal))).Select(cell => $"{page.Name} {row} {cell.Key}={cell.Value}"));
                }
            }
        }

        return found;
    }

    private PersonToErase PersonOf(string profileId) => Profiles.TryGetValue(profileId, out var row)
        ? new(profileId, [.. row.Where(cell => ProfileColumns.IsIdentifier(cell.Key)).Select(cell => new IdentifierValue(cell.Key, cell.Value.AsText()))], [])
        : new(profileId, [], []);

    /// <summary>Works on one message about erasures; false when none can be seen.</summary>
    public async Task<bool> EraseStepAsync()
    {
        if (ErasureQueue.TryTake() is not { } message)
        {
            return false;
        }

        switch (await WorkAsync(() => Worker.RunAsync(message.Message, default)))
        {
            case null:
                ErasureQueue.Delete(message);
                break;
            case WorkerKilledException:
                break;
            case var failure:
                Errors.Add(failure);
                ErasureQueue.Fail(message);
                break;
        }

        return true;
    }

    private ErasureWorker BuildWorker(IConnectorClient client, ConnectorCatalog catalog)
    {
        ErasureQueue = new(Time, Points);
        var inbox = new MemoryProfileInbox(Time);
        var editor = new MemoryPageEditor(Pages, Points);
        var manifests = new MemoryProfileManifestStore();
        Erasing = new(
            Erasures, new(manifests, inbox, _pages, Hasher), inbox, Suppressions, SuppressionKeys, Hasher, PersonHashes, TrackingIds, new TestPersonSealer(), ErasureQueue,
            ErasureOptions, Time);
        var search = new MemberSearch(_pages, editor);
        var redaction = new PageRedaction(editor);
        var removal = new ErasureRemoval(
            Destinations, Connections, ConnectionStore, catalog, new AudienceResolver(States, client, new("spa_test")), Store, Leases, Ledgers, Starter, Flow, new(Store, Outcomes, Records, search), Records, search,
            new(catalog), ErasureOptions, Time);
        var purge = new ErasurePurge(
            Erasures, Store, editor, new(Store, Outcomes, Records, search, redaction), new(Store, Leases, Ledgers, manifests, SuppressionStore, search, redaction), PersonTraces,
            new(catalog), ErasureOptions, Time);
        return new(Erasures, Erasing, removal, purge, Shards, Store, ErasureQueue, ErasureOptions, Options, Instruments, Time, NullLogger<ErasureWorker>.Instance);
    }
}
