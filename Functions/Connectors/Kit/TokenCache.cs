using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.Kit;

/// <summary>Access tokens by connection: fetched once for all callers, renewed shortly before they end. Thread-safe.</summary>
internal sealed class TokenCache(TimeProvider time)
{
    /// <summary>A token is not used in its last minutes: a call may take a while, clocks differ.</summary>
    private static readonly TimeSpan LongestMargin = TimeSpan.FromMinutes(2);

    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>The token of the connection, from <paramref name="fetch"/> when there is none that holds.</summary>
    /// <returns>Null when <paramref name="fetch"/> gave none.</returns>
    public async Task<string?> GetAsync(ConnectorSettings settings, Func<Task<AccessToken?>> fetch, CancellationToken cancellationToken)
    {
        var entry = _entries.GetOrAdd(settings.ConnectionId, static _ => new());
        var fingerprint = Fingerprint(settings);
        await entry.Gate.WaitAsync(cancellationToken);
        try
        {
            if (entry.Fingerprint == fingerprint && time.GetUtcNow() < entry.UseUntil)
            {
                return entry.Token;
            }

            if (await fetch() is not { } token)
            {
                return null;
            }

            var margin = token.Lifetime / 10;
            entry.Token = token.Value;
            entry.Fingerprint = fingerprint;
            entry.UseUntil = time.GetUtcNow() + token.Lifetime - (margin < LongestMargin ? margin : LongestMargin);
            return token.Value;
        }
        finally
        {
            entry.Gate.Release();
        }
    }

    /// <summary>Forgets the token, if it still is this one: the platform refused it.</summary>
    public async Task DropAsync(ConnectorSettings settings, string token, CancellationToken cancellationToken)
    {
        if (_entries.TryGetValue(settings.ConnectionId, out var entry))
        {
            await entry.Gate.WaitAsync(cancellationToken);
            entry.UseUntil = entry.Token == token ? DateTimeOffset.MinValue : entry.UseUntil;
            entry.Gate.Release();
        }
    }

    /// <summary>Changed credentials must not go on with the token of the old ones.</summary>
    private static string Fingerprint(ConnectorSettings settings)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in settings.Values.Concat(settings.Secrets).OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            text.Append(name).Append('\0').Append(value).Append('\0');
        }

        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private sealed class Entry
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);

        public string? Token { get; set; }

        public string Fingerprint { get; set; } = "";

        public DateTimeOffset UseUntil { get; set; } = DateTimeOffset.MinValue;
    }
}
