using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.Kit;

/// <summary>Access tokens by the credentials they are fetched with: fetched once for all callers in all instances, renewed shortly before they end. Thread-safe.</summary>
/// <remarks>
/// A rotating refresh token may be used once: whoever renews says so first, and the new refresh token is kept before the access token is used. Tokens are kept
/// under what the user gave (the first refresh token of a chain), so that a connection that was checked before it was saved goes on with the same chain.
/// </remarks>
internal sealed class TokenCache(ITokenStore store, TimeProvider time)
{
    /// <summary>A token is not used in its last minutes: a call may take a while, clocks differ.</summary>
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(2);

    /// <summary>Longer than any call may take.</summary>
    private static readonly TimeSpan RenewalTakes = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The token of these settings, from <paramref name="fetch"/> when there is none that holds.</summary>
    /// <param name="refused">A token that the platform refuses; null for none.</param>
    /// <param name="fetch">Is given the settings with the newest refresh token.</param>
    /// <returns>Null when <paramref name="fetch"/> gave none.</returns>
    public async Task<AccessToken?> GetAsync(
        ConnectorDefinition connector, ConnectorSettings settings, string? refused, Func<ConnectorSettings, Task<AccessToken?>> fetch, CancellationToken cancellationToken)
    {
        var key = KeyOf(connector, settings);
        var entry = _entries.GetOrAdd(key, static _ => new());
        await entry.Gate.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                if (entry.Known is { Token: { } known } && known.Value != refused && time.GetUtcNow() < entry.Known.UseUntil)
                {
                    return known;
                }

                var stored = await store.ReadAsync(key, cancellationToken) ?? new(key);
                if (stored.Token is { } shared && shared.Value != refused && time.GetUtcNow() < stored.UseUntil)
                {
                    entry.Known = stored;
                }
                else if (stored.RenewingUntil > time.GetUtcNow())
                {
                    await Task.Delay(LookAgainAfter, time, cancellationToken);
                }
                else if (await store.TryWriteAsync(stored with { RenewingUntil = time.GetUtcNow() + RenewalTakes }, cancellationToken) is { } held)
                {
                    return await RenewAsync(connector, settings, entry, held, fetch, cancellationToken);
                }
            }
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    private async Task<AccessToken?> RenewAsync(
        ConnectorDefinition connector, ConnectorSettings settings, Entry entry, StoredToken held, Func<ConnectorSettings, Task<AccessToken?>> fetch, CancellationToken cancellationToken)
    {
        AccessToken? token = null;
        try
        {
            token = await fetch(held.RefreshToken is { } newest && connector.Token!.RefreshToken is { } field
                ? settings with { Secrets = settings.Secrets.SetItem(field.Name, newest) }
                : settings);
        }
        finally
        {
            // Also when nothing came of it, and when the app stops: what the platform gave must not be lost, and nobody must wait for us.
            entry.Known = await KeepAsync(held, token, CancellationToken.None);
        }

        cancellationToken.ThrowIfCancellationRequested();
        return token;
    }

    private async Task<StoredToken> KeepAsync(StoredToken held, AccessToken? token, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = held with { RenewingUntil = DateTimeOffset.MinValue };
            if (token is not null)
            {
                var margin = token.Lifetime / 10;
                next = next with
                {
                    Token = token,
                    UseUntil = time.GetUtcNow() + token.Lifetime - (margin < LongestMargin ? margin : LongestMargin),
                    RefreshToken = token.RefreshToken ?? held.RefreshToken,
                };
            }

            if (await store.TryWriteAsync(next, cancellationToken) is { } kept)
            {
                return kept;
            }

            // Somebody took over, having waited long enough; the token fetched last is the one that holds.
            held = await store.ReadAsync(held.Key, cancellationToken) ?? new(held.Key);
        }
    }

    /// <summary>Changed credentials must not go on with the token of the old ones.</summary>
    public static string KeyOf(ConnectorDefinition connector, ConnectorSettings settings)
    {
        var text = new StringBuilder(connector.Type);
        var values = connector.Token?.RefreshToken is { } field && field.IsSetIn(settings)
            ? [KeyValuePair.Create(field.Name, field.In(settings)), KeyValuePair.Create(BaseUrl.Name, settings[BaseUrl.Name])]
            : settings.Values.Concat(settings.Secrets).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToImmutableArray();
        foreach (var (name, value) in values)
        {
            text.Append('\0').Append(name).Append('\0').Append(value);
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public StoredToken? Known { get; set; }
    }
}

/// <summary>Tokens of this process alone: for tests and tools.</summary>
internal sealed class LocalTokens : ITokenStore
{
    private readonly Dictionary<string, StoredToken> _tokens = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();
    private long _version;

    public Task<StoredToken?> ReadAsync(string key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_tokens.GetValueOrDefault(key));
        }
    }

    public Task DeleteAsync(string key, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _tokens.Remove(key);
            return Task.CompletedTask;
        }
    }

    public Task<StoredToken?> TryWriteAsync(StoredToken token, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if ((_tokens.GetValueOrDefault(token.Key)?.ETag ?? "") != token.ETag)
            {
                return Task.FromResult<StoredToken?>(null);
            }

            var written = token with { ETag = $"{++_version}" };
            _tokens[token.Key] = written;
            return Task.FromResult<StoredToken?>(written);
        }
    }
}
