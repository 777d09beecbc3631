using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AudienceSync.Erasures;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>Erasures in memory, as JSON. Thread-safe.</summary>
internal sealed class MemoryErasureStore(FaultPoints? points = null) : IErasureStore
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Json, int Version)> _rows = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, ErasedMember> _open = new(StringComparer.Ordinal);
    private byte[]? _purge;
    private int _turn;
    private int _version;

    /// <summary>Everything kept, as text.</summary>
    public string Dump
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _rows.Values.Select(row => row.Json).Append(_purge ?? []).Select(System.Text.Encoding.UTF8.GetString));
            }
        }
    }

    public async Task CreateAsync(IReadOnlyList<Erasure> erasures, CancellationToken cancellationToken)
    {
        await _points.Write(() => Locked(() =>
        {
            foreach (var erasure in erasures)
            {
                _open[erasure.Id] = new(erasure.Key, erasure.Person);
            }

            return true;
        }));
        foreach (var erasure in erasures)
        {
            await _points.Write(() => Locked(() => _rows[erasure.Id] = (JsonSerializer.SerializeToUtf8Bytes(erasure, ErasureDocuments.Default.Erasure), ++_version)));
        }
    }

    public Task<Erasure?> FindAsync(string id, CancellationToken cancellationToken) => _points.Read(() => Locked(() => Read(id)));

    public async Task<Erasure?> ReplaceAsync(Erasure erasure, CancellationToken cancellationToken)
    {
        var replaced = await _points.Write(() => Locked(() =>
        {
            if (Read(erasure.Id)?.ETag != erasure.ETag)
            {
                return null;
            }

            _rows[erasure.Id] = (JsonSerializer.SerializeToUtf8Bytes(erasure, ErasureDocuments.Default.Erasure), ++_version);
            return Read(erasure.Id);
        }));
        if (replaced?.FinishedAt is not null)
        {
            await _points.Write(() => Locked(() => _open.Remove(erasure.Id)));
        }

        return replaced;
    }

    public Task<ListPage<Erasure>> ListAsync(PageRequest page, Func<Erasure, bool>? filter, CancellationToken cancellationToken) => _points.Read(() => Locked(() =>
    {
        var all = _rows.Keys.Reverse().Select(id => Read(id)!).Where(erasure => page.After is null || string.CompareOrdinal(erasure.Id, page.After) < 0);
        return ListPage.Cut([.. all.Where(filter ?? (static _ => true)).Take(page.Limit + 1)], page, erasure => erasure.Id);
    }));

    public async IAsyncEnumerable<Erasure> ListOpenAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var erasure in await _points.Read(() => Locked(() => _open.Keys.Select(Read).Where(erasure => erasure is { FinishedAt: null }).ToList())))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return erasure!;
        }
    }

    public async IAsyncEnumerable<string> ListOpenIdsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in await _points.Read(() => Locked(() => _open.Keys.ToList())))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return id;
        }
    }

    public async IAsyncEnumerable<ErasedMember> ListMembersAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var member in await _points.Read(() => Locked(() => _open.Values.ToList())))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return member;
        }
    }

    public Task<int> ReadTurnAsync(CancellationToken cancellationToken) => _points.Read(() => Locked(() => _turn));

    public Task<int> NextTurnAsync(int turn, CancellationToken cancellationToken) => _points.Write(() => Locked(() => _turn == turn ? ++_turn : _turn));

    public Task<PurgePass?> ReadPurgeAsync(CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() => _purge is null ? null : JsonSerializer.Deserialize(_purge, ErasureDocuments.Default.PurgePass)));

    public Task WritePurgeAsync(PurgePass? pass, CancellationToken cancellationToken) =>
        _points.Write(() => Locked(() => _purge = pass is null ? null : JsonSerializer.SerializeToUtf8Bytes(pass, ErasureDocuments.Default.PurgePass)));

    private Erasure? Read(string id) => _rows.TryGetValue(id, out var row)
        ? JsonSerializer.Deserialize(row.Json, ErasureDocuments.Default.Erasure)! with { ETag = row.Version.ToString(CultureInfo.InvariantCulture) }
        : null;

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }
}
