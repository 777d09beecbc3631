using System.Globalization;
using AudienceSync.Access;

namespace AudienceSync.Fakes;

internal sealed class MemoryApiKeyStore : IApiKeyStore
{
    private readonly SortedDictionary<string, ApiKey> _keys = new(StringComparer.Ordinal);
    private int _version;

    /// <summary>How often all keys were read.</summary>
    public int Listings { get; private set; }

    /// <summary>Runs before each replacement: to place a change in between.</summary>
    public Func<Task>? BeforeReplace { get; set; }

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken)
    {
        Listings++;
        return Task.FromResult<IReadOnlyList<ApiKey>>([.. _keys.Values]);
    }

    public Task<ApiKey?> FindAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_keys.GetValueOrDefault(id));

    public Task AddAsync(ApiKey key, CancellationToken cancellationToken)
    {
        _keys.Add(key.Id, key with { ETag = NextVersion() });
        return Task.CompletedTask;
    }

    public async Task<bool> TryReplaceAsync(ApiKey key, CancellationToken cancellationToken)
    {
        if (BeforeReplace is { } hook)
        {
            BeforeReplace = null;
            await hook();
        }

        if (!_keys.TryGetValue(key.Id, out var stored) || stored.ETag != key.ETag)
        {
            return false;
        }

        _keys[key.Id] = key with { ETag = NextVersion() };
        return true;
    }

    public Task NoteUseAsync(string id, DateTimeOffset at, CancellationToken cancellationToken)
    {
        if (_keys.TryGetValue(id, out var key))
        {
            _keys[id] = key with { LastUsedAt = at, ETag = NextVersion() };
        }

        return Task.CompletedTask;
    }

    public Task<bool> DeleteAsync(string id, CancellationToken cancellationToken) => Task.FromResult(_keys.Remove(id));

    private string NextVersion() => $"\"{(++_version).ToString(CultureInfo.InvariantCulture)}\"";
}
