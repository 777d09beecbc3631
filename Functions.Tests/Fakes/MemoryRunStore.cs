using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AudienceSync.Runs;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>Runs in memory, as JSON: what is read was written as it is stored. Thread-safe.</summary>
internal sealed class MemoryRunStore(FaultPoints? points = null) : IRunStore
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Json, int Version)> _rows = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _list = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (int Total, int Remaining)> _stages = [];
    private readonly Dictionary<string, (string Owner, DateTimeOffset Until)> _claims = [];
    private int _version;
    private int _claimed;

    /// <summary>Runs before each change of a run: the place for a rival.</summary>
    public Action<Run>? BeforeReplace { get; set; }

    /// <summary>Runs before a shard is counted: the place for a rival.</summary>
    public Action? BeforeCount { get; set; }

    /// <summary>Claims taken or renewed so far.</summary>
    public int Claims => Volatile.Read(ref _claimed);

    public Task<Run> CreateAsync(Run run, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        _list[$"{DateTime.MaxValue.Ticks - run.StartedAt.UtcTicks:D19}-{run.Id}"] = run.Id;
        Insert(RunKey(run.Id), run, RunsJson.Default.Run);
        return Read(RunKey(run.Id))!;
    }));

    public Task<Run?> FindAsync(string runId, CancellationToken cancellationToken) => _points.Read(() => Locked(() => Read(RunKey(runId))));

    public Task<Run?> ReplaceAsync(Run run, CancellationToken cancellationToken)
    {
        BeforeReplace?.Invoke(run);
        return _points.Write(() => Locked(() => Replace(RunKey(run.Id), run, run.ETag, RunsJson.Default.Run) ? Read(RunKey(run.Id)) : null));
    }

    public Task<ListPage<Run>> ListAsync(string? destinationId, PageRequest page, Func<Run, bool>? filter, CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() =>
        {
            var found = _list
                .Where(row => page.After is null || string.CompareOrdinal(row.Key, page.After) > 0)
                .Select(row => (row.Key, Run: Read(RunKey(row.Value))))
                .Where(row => row.Run is { } run && (destinationId is null || run.DestinationId == destinationId) && filter?.Invoke(run) is not false)
                .Take(page.Limit + 1).ToList();
            return new ListPage<Run>([.. found.Take(page.Limit).Select(row => row.Run!)], found.Count > page.Limit ? found[page.Limit - 1].Key : null);
        }));

    public Task<RunInput> WriteInputAsync(string runId, RunInput input, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        Insert($"{runId}/input", input, RunsJson.Default.RunInput);
        return ReadRow($"{runId}/input", RunsJson.Default.RunInput)!;
    }));

    public Task<RunInput?> ReadInputAsync(string runId, CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() => ReadRow($"{runId}/input", RunsJson.Default.RunInput)));

    public Task OpenStageAsync(string runId, RunStage stage, int shards, CancellationToken cancellationToken) =>
        _points.Write(() => Locked(() => _stages.TryAdd($"{runId}/{stage}", (shards, shards))));

    public Task<StageProgress?> ReadStageAsync(string runId, RunStage stage, CancellationToken cancellationToken) => _points.Read(() => Locked(() => Progress(runId, stage)));

    public Task<StageProgress> CompleteShardAsync(string runId, RunStage stage, ShardResult result, CancellationToken cancellationToken)
    {
        BeforeCount?.Invoke();
        return _points.Write(() => Locked(() =>
        {
            if (Insert(ShardKey(runId, stage, result.Shard), result, RunsJson.Default.ShardResult))
            {
                var (total, remaining) = _stages[$"{runId}/{stage}"];
                _stages[$"{runId}/{stage}"] = (total, remaining - 1);
            }

            return Progress(runId, stage)!;
        }));
    }

    public Task ReplaceShardAsync(string runId, RunStage stage, ShardResult result, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
        _rows[ShardKey(runId, stage, result.Shard)] = (JsonSerializer.SerializeToUtf8Bytes(result, RunsJson.Default.ShardResult), ++_version)));

    public Task<ShardResult?> FindShardAsync(string runId, RunStage stage, int shard, CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() => ReadRow(ShardKey(runId, stage, shard), RunsJson.Default.ShardResult)));

    public IAsyncEnumerable<ShardResult> ReadShardsAsync(string runId, RunStage stage, CancellationToken cancellationToken) =>
        RowsAsync($"{runId}/shard-{stage}-", RunsJson.Default.ShardResult, cancellationToken).Select(row => row.Value);

    public Task OpenLanesAsync(string runId, IReadOnlyList<Lane> lanes, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
        lanes.Count(lane => Insert(LaneKey(runId, lane.Phase, lane.Number), lane, RunsJson.Default.Lane))));

    public Task<Lane?> FindLaneAsync(string runId, RunPhase phase, int number, CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() => ReadLane(LaneKey(runId, phase, number))));

    public Task<Lane?> ReplaceLaneAsync(string runId, Lane lane, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        var key = LaneKey(runId, lane.Phase, lane.Number);
        return Replace(key, lane, lane.ETag, RunsJson.Default.Lane) ? ReadLane(key) : null;
    }));

    public IAsyncEnumerable<Lane> ReadLanesAsync(string runId, RunPhase phase, CancellationToken cancellationToken) =>
        RowsAsync($"{runId}/lane-{(int)phase}-", RunsJson.Default.Lane, cancellationToken).Select(row => row.Value with { ETag = row.ETag });

    public Task<DateTimeOffset?> TryClaimAsync(
        string runId, string step, string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancellationToken) =>
        _points.Write(() => Locked(() =>
        {
            if (_claims.TryGetValue($"{runId}/{step}", out var present) && present.Owner != owner && present.Until > now)
            {
                return present.Until;
            }

            _claims[$"{runId}/{step}"] = (owner, until);
            Interlocked.Increment(ref _claimed);
            return (DateTimeOffset?)null;
        }));

    public Task ReleaseClaimAsync(string runId, string step, string owner, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
        _claims.TryGetValue($"{runId}/{step}", out var present) && present.Owner == owner && _claims.Remove($"{runId}/{step}")));

    public Task<bool> IsClaimedAsync(string runId, string step, DateTimeOffset now, CancellationToken cancellationToken) =>
        _points.Read(() => Locked(() => _claims.TryGetValue($"{runId}/{step}", out var claim) && claim.Until > now));

    public Task DeleteAsync(Run run, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        var prefix = $"{run.Id}/";
        foreach (var key in _rows.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList())
        {
            _rows.Remove(key);
        }

        foreach (var key in _stages.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).ToList())
        {
            _stages.Remove(key);
        }

        foreach (var key in _list.Where(row => row.Value == run.Id).Select(row => row.Key).ToList())
        {
            _list.Remove(key);
        }

        return true;
    }));

    private StageProgress? Progress(string runId, RunStage stage) => _stages.TryGetValue($"{runId}/{stage}", out var progress) ? new(progress.Total, progress.Remaining) : null;

    private Run? Read(string key) => ReadRow(key, RunsJson.Default.Run) is { } run ? run with { ETag = ETagOf(key) } : null;

    private Lane? ReadLane(string key) => ReadRow(key, RunsJson.Default.Lane) is { } lane ? lane with { ETag = ETagOf(key) } : null;

    private string ETagOf(string key) => _rows[key].Version.ToString(CultureInfo.InvariantCulture);

    private T? ReadRow<T>(string key, JsonTypeInfo<T> type)
        where T : class => _rows.TryGetValue(key, out var row) ? JsonSerializer.Deserialize(row.Json, type) : null;

    private bool Insert<T>(string key, T value, JsonTypeInfo<T> type) => _rows.TryAdd(key, (JsonSerializer.SerializeToUtf8Bytes(value, type), ++_version));

    private bool Replace<T>(string key, T value, string etag, JsonTypeInfo<T> type)
    {
        if (!_rows.ContainsKey(key) || ETagOf(key) != etag)
        {
            return false;
        }

        _rows[key] = (JsonSerializer.SerializeToUtf8Bytes(value, type), ++_version);
        return true;
    }

    private async IAsyncEnumerable<(T Value, string ETag)> RowsAsync<T>(
        string prefix, JsonTypeInfo<T> type, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var rows = await _points.Read(() => Locked(() =>
            _rows.Keys.Where(key => key.StartsWith(prefix, StringComparison.Ordinal)).Select(key => (ReadRow(key, type)!, ETagOf(key))).ToList()));
        foreach (var row in rows)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    private static string RunKey(string runId) => $"{runId}/run";

    private static string ShardKey(string runId, RunStage stage, int shard) => string.Create(CultureInfo.InvariantCulture, $"{runId}/shard-{stage}-{shard:D5}");

    private static string LaneKey(string runId, RunPhase phase, int number) => string.Create(CultureInfo.InvariantCulture, $"{runId}/lane-{(int)phase}-{number:D4}");

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }
}
