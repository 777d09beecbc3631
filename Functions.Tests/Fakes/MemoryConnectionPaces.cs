using AudienceSync.Delivery;

namespace AudienceSync.Fakes;

/// <summary>Paces in memory.</summary>
internal sealed class MemoryConnectionPaces(FaultPoints? points = null) : IConnectionPaces
{
    private readonly FaultPoints _points = points ?? new();
    private readonly Dictionary<string, DateTimeOffset> _paces = [];

    public Task<DateTimeOffset?> NotBeforeAsync(string connectionId, CancellationToken cancellationToken) =>
        _points.Read(() => _paces.TryGetValue(connectionId, out var at) ? (DateTimeOffset?)at : null);

    public Task WaitUntilAsync(string connectionId, DateTimeOffset notBefore, CancellationToken cancellationToken) => _points.Write(() =>
    {
        if (!_paces.TryGetValue(connectionId, out var at) || at < notBefore)
        {
            _paces[connectionId] = notBefore;
        }
    });
}
