using System.Runtime.CompilerServices;
using System.Text.Json;
using AudienceSync.Journeys;

namespace AudienceSync.Fakes;

/// <summary>Journeys in memory, as JSON: what is read was written as it is stored. Thread-safe.</summary>
internal sealed class MemoryJourneyStore : IJourneyStore
{
    private readonly SortedDictionary<string, (byte[] Json, int Version)> _journeys = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private int _version;

    public Task<Journey?> GetAsync(string id, CancellationToken cancellationToken) => Locked(() => Find(id));

    public async IAsyncEnumerable<Journey> ListAllAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var journey in await Locked<Journey[]>(() => [.. _journeys.Keys.Select(id => Find(id)!)]))
        {
            yield return journey;
        }
    }

    public Task<Journey?> TryCreateAsync(Journey journey, CancellationToken cancellationToken) =>
        Locked(() => _journeys.Keys.Any(id => Find(id)!.Key == journey.Key) ? null : Put(journey));

    public Task<Journey?> TryReplaceAsync(Journey journey, CancellationToken cancellationToken) =>
        Locked(() => Find(journey.Id)?.Version == journey.Version ? Put(journey) : null);

    public Task<bool> TryDeleteAsync(Journey journey, CancellationToken cancellationToken) =>
        Locked(() => Find(journey.Id) is not { } current || (current.Version == journey.Version && _journeys.Remove(journey.Id)));

    private Journey? Find(string id) =>
        _journeys.TryGetValue(id, out var row) ? JsonSerializer.Deserialize(row.Json, JourneysJson.Default.Journey)! with { Version = $"v{row.Version}" } : null;

    private Journey Put(Journey journey)
    {
        _journeys[journey.Id] = (JsonSerializer.SerializeToUtf8Bytes(journey, JourneysJson.Default.Journey), ++_version);
        return Find(journey.Id)!;
    }

    private Task<T> Locked<T>(Func<T> work)
    {
        lock (_lock)
        {
            return Task.FromResult(work());
        }
    }
}
