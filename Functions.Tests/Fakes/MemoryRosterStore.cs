using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using AudienceSync.Runs;

namespace AudienceSync.Fakes;

/// <summary>Manifests of rosters in memory, as JSON. Thread-safe.</summary>
internal sealed class MemoryRosterStore(FaultPoints? points = null) : IRosterStore
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, (byte[] Json, int Version)> _rows = new(StringComparer.Ordinal);
    private int _version;

    public Task<RosterManifest?> ReadAsync(string destinationId, CancellationToken cancellationToken) => _points.Read(() => Locked(() => Find(destinationId)));

    public Task<RosterManifest?> PublishAsync(RosterManifest manifest, CancellationToken cancellationToken) => _points.Write(() => Locked(() =>
    {
        if ((Find(manifest.DestinationId)?.ETag ?? "") != manifest.ETag)
        {
            return null;
        }

        _rows[manifest.DestinationId] = (JsonSerializer.SerializeToUtf8Bytes(manifest, RunsJson.Default.RosterManifest), ++_version);
        return Find(manifest.DestinationId);
    }));

    public Task DeleteAsync(string destinationId, CancellationToken cancellationToken) => _points.Write(() => Locked(() => _rows.Remove(destinationId)));

    public async IAsyncEnumerable<RosterManifest> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var manifest in await _points.Read(() => Locked(() => _rows.Keys.Select(id => Find(id)!).ToList())))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return manifest;
        }
    }

    private RosterManifest? Find(string destinationId) => _rows.TryGetValue(destinationId, out var row)
        ? JsonSerializer.Deserialize(row.Json, RunsJson.Default.RosterManifest)! with { ETag = row.Version.ToString(CultureInfo.InvariantCulture) }
        : null;

    private T Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return work();
        }
    }
}
