using System.Globalization;
using AudienceSync.Http;

namespace AudienceSync.Fakes;

internal sealed class MemoryIdempotencyStore : IIdempotencyStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, IdempotencyRecord> _records = [];
    private int _version;

    public IReadOnlyCollection<IdempotencyRecord> Records => _records.Values;

    public Task<IdempotencyRecord?> FindAsync(string id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_records.GetValueOrDefault(id));
        }
    }

    public Task<string?> TryAddAsync(IdempotencyRecord record, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_records.ContainsKey(record.Id) ? null : Put(record));
        }
    }

    public Task<string?> TryReplaceAsync(IdempotencyRecord record, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_records.TryGetValue(record.Id, out var stored) && stored.ETag == record.ETag ? Put(record) : null);
        }
    }

    public Task DeleteAsync(string id, string etag, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_records.TryGetValue(id, out var stored) && stored.ETag == etag)
            {
                _records.Remove(id);
            }
        }

        return Task.CompletedTask;
    }

    public Task<int> DeleteAboutAsync(IReadOnlyCollection<string> people, CancellationToken cancellationToken) =>
        Task.FromResult(Delete(record => record.People?.Split(' ') is { } about && (about.Contains(AnswerSubjects.Many) || about.Any(people.Contains))));

    public Task<int> TrimAsync(DateTimeOffset before, CancellationToken cancellationToken) => Task.FromResult(Delete(record => record.ExpiresAt < before));

    private int Delete(Func<IdempotencyRecord, bool> isDoomed)
    {
        lock (_gate)
        {
            return _records.Values.Where(isDoomed).ToList().Count(record => _records.Remove(record.Id));
        }
    }

    private string Put(IdempotencyRecord record)
    {
        var etag = (++_version).ToString(CultureInfo.InvariantCulture);
        _records[record.Id] = record with { ETag = etag };
        return etag;
    }
}
