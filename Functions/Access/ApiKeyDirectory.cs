using System.Collections.Frozen;

namespace AudienceSync.Access;

/// <summary>All API keys by hash, as read not long ago: a request costs no round trip to the store.</summary>
/// <remarks>Thread-safe. A deleted key may work on another instance for <see cref="FreshFor"/>, a new one may be unknown for <see cref="UnknownFor"/>.</remarks>
public sealed class ApiKeyDirectory(IApiKeyStore store, TimeProvider time) : IDisposable
{
    /// <summary>How long a reading is believed about the keys it holds.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(30);

    /// <summary>How long it is believed about keys it does not hold: guessed keys cost the store at most one reading in this time.</summary>
    public static readonly TimeSpan UnknownFor = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _reading = new(1);
    private Reading? _last;

    /// <summary>The key whose present or previous value has that hash; expiry is the caller's to judge.</summary>
    public async Task<ApiKey?> FindAsync(string hash, CancellationToken cancellationToken)
    {
        var reading = _last is { } last && time.GetElapsedTime(last.TakenAt) < FreshFor ? last : await ReadAsync(FreshFor, cancellationToken);
        if (!reading.Keys.TryGetValue(hash, out var key))
        {
            reading = await ReadAsync(UnknownFor, cancellationToken);
            reading.Keys.TryGetValue(hash, out key);
        }

        return key;
    }

    /// <summary>Has the next look-up read the store: after a change on this instance.</summary>
    public void Forget() => _last = null;

    public void Dispose() => _reading.Dispose();

    /// <summary>A reading no older than <paramref name="age"/>; callers that come together share one.</summary>
    private async Task<Reading> ReadAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        await _reading.WaitAsync(cancellationToken);
        try
        {
            if (_last is { } last && time.GetElapsedTime(last.TakenAt) < age)
            {
                return last;
            }

            var takenAt = time.GetTimestamp();
            var keys = new Dictionary<string, ApiKey>();
            foreach (var key in await store.ListAsync(cancellationToken))
            {
                keys[key.Hash] = key;
                if (key.PreviousHash is { } previous)
                {
                    keys[previous] = key;
                }
            }

            return _last = new(keys.ToFrozenDictionary(), takenAt);
        }
        finally
        {
            _reading.Release();
        }
    }

    private sealed record Reading(FrozenDictionary<string, ApiKey> Keys, long TakenAt);
}
