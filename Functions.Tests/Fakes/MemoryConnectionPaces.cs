using AudienceSync.Delivery;

namespace AudienceSync.Fakes;

/// <summary>Paces in memory.</summary>
internal sealed class MemoryConnectionPaces(FaultPoints? points = null) : IConnectionPaces
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Dictionary<string, ConnectionPace> _paces = [];
    private long _version;

    /// <summary>Writes that were taken.</summary>
    public long Writes => _version;

    public Task<ConnectionPace> ReadAsync(string connectionId, CancellationToken cancellationToken) =>
        _points.Read(() => _paces.GetValueOrDefault(connectionId) ?? new(connectionId));

    public Task<bool> TryWriteAsync(ConnectionPace pace, CancellationToken cancellationToken) => _points.Write(() =>
    {
        if ((_paces.GetValueOrDefault(pace.ConnectionId)?.ETag ?? "") != pace.ETag)
        {
            return false;
        }

        _paces[pace.ConnectionId] = pace with { ETag = $"{++_version}" };
        return true;
    });
}
