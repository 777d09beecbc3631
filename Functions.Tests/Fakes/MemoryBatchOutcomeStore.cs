using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AudienceSync.Runs;

namespace AudienceSync.Fakes;

/// <summary>Outcomes of batches in memory, as JSON. Thread-safe.</summary>
internal sealed class MemoryBatchOutcomeStore(FaultPoints? points = null) : IBatchOutcomeStore
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<(string RunId, RunPhase Phase, int Shard, int Page), (byte[] Json, int Version)> _rows = [];
    private int _version;

    public Task<BatchRecord?> WriteAsync(string runId, BatchRecord record, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        var key = (runId, record.Phase, record.Shard, record.Page);
        if ((Find(key)?.ETag ?? "") != record.ETag)
        {
            return null;
        }

        _rows[key] = (JsonSerializer.SerializeToUtf8Bytes(record, RunsJson.Default.BatchRecord), ++_version);
        return Find(key);
    }));

    public Task<BatchRecord?> FindAsync(string runId, RunPhase phase, int shard, int page, CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() => Find((runId, phase, shard, page))));

    public async IAsyncEnumerable<BatchRecord> ReadAsync(string runId, RunPhase? phase, int? shard, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var found = await _points.Read(() => Locked(() => _rows.Keys
            .Where(key => key.RunId == runId && (phase is null || key.Phase == phase) && (shard is null || key.Shard == shard))
            .Select(key => Find(key)!).ToList()));
        foreach (var record in found)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return record;
        }
    }

    public Task DeleteAsync(string runId, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
        _rows.Keys.Where(key => key.RunId == runId).ToList().Count(_rows.Remove)));

    private BatchRecord? Find((string, RunPhase, int, int) key) => _rows.TryGetValue(key, out var row)
        ? JsonSerializer.Deserialize(row.Json, RunsJson.Default.BatchRecord)! with { ETag = row.Version.ToString(CultureInfo.InvariantCulture) }
        : null;

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }
}
