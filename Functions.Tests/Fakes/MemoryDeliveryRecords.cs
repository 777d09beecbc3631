using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;
using AudienceSync.Values;

namespace AudienceSync.Fakes;

/// <summary>Records of calls in memory, as JSON. Thread-safe.</summary>
internal sealed class MemoryDeliveryRecords : IDeliveryRecords
{
    private readonly Lock _lock = new();
    private readonly List<(DeliveryRecord Key, byte[] Summary, byte[] Exchanges)> _rows = [];

    /// <summary>Whether the storage takes writes.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Newest first.</summary>
    public IReadOnlyList<DeliveryRecord> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _rows.OrderByDescending(row => row.Key.At.ToUnixTimeMilliseconds()).ThenBy(row => row.Key.Id, StringComparer.Ordinal)
                    .Select(row => Read(row.Summary) with { Exchanges = JsonSerializer.Deserialize(row.Exchanges, DeliveryJson.Default.ImmutableArrayExchange) })];
            }
        }
    }

    public Task<bool> TryWriteAsync(DeliveryRecord record, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (IsUp)
            {
                _rows.Add((record, JsonSerializer.SerializeToUtf8Bytes(record, DeliveryJson.Default.DeliveryRecord), JsonSerializer.SerializeToUtf8Bytes(record.Exchanges, DeliveryJson.Default.ImmutableArrayExchange)));
            }

            return Task.FromResult(IsUp);
        }
    }

    public Task<DeliveryRecord?> FindAsync(string id, CancellationToken cancellationToken) => Task.FromResult(All.FirstOrDefault(record => record.Id == id));

    public Task<ListPage<DeliveryRecord>> ListAsync(DeliveryRecordFilter filter, PageRequest page, bool withExchanges, CancellationToken cancellationToken)
    {
        var all = All.ToList();
        var rest = page.After is null ? all : all.Skip(all.FindIndex(record => record.Id == page.After) + 1);
        var taken = rest.Where(filter.Takes).Select(record => withExchanges ? record : record with { Exchanges = ImmutableArray<Exchange>.Empty }).Take(page.Limit + 1).ToList();
        return Task.FromResult(ListPage.Cut(taken, page, record => record.Id));
    }

    public Task ForgetAsync(string destinationId, string runId, int batch, CancellationToken cancellationToken)
    {
        Forget(record => record.DestinationId == destinationId && record.RunId == runId && record.Batch == batch);
        return Task.CompletedTask;
    }

    public Task<ImmutableArray<TestCall>> FindPeopleAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(TestCall.Of(All.Where(record => record.Person is { } person && people.Contains(person))));
        }
    }

    public Task<int> ForgetPeopleAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken) =>
        Task.FromResult(Forget(record => record.Person is { } person && people.Contains(person)));

    private int Forget(Func<DeliveryRecord, bool> isAbout)
    {
        lock (_lock)
        {
            var about = All.Where(isAbout).ToList();
            foreach (var record in about)
            {
                var forgotten = record.Forget();
                _rows.RemoveAll(row => row.Key.Id == record.Id);
                _rows.Add((forgotten, JsonSerializer.SerializeToUtf8Bytes(forgotten, DeliveryJson.Default.DeliveryRecord), JsonSerializer.SerializeToUtf8Bytes(forgotten.Exchanges, DeliveryJson.Default.ImmutableArrayExchange)));
            }

            return about.Count;
        }
    }

    public Task<int> TrimAsync(DateTimeOffset before, int maxRecords, long maxBytes, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            var doomed = All.GroupBy(record => record.DestinationId).SelectMany(ring =>
            {
                long bytes = 0;
                return ring.Index().Where(pair =>
                {
                    var row = _rows.First(row => row.Key.Id == pair.Item.Id);
                    bytes += row.Summary.Length + row.Exchanges.Length;
                    return pair.Index >= maxRecords || bytes > maxBytes || pair.Item.At < before;
                }).Select(pair => pair.Item.Id).ToList();
            }).ToHashSet();
            return Task.FromResult(_rows.RemoveAll(row => doomed.Contains(row.Key.Id)));
        }
    }

    private static DeliveryRecord Read(byte[] json) => JsonSerializer.Deserialize(json, DeliveryJson.Default.DeliveryRecord)!;
}
