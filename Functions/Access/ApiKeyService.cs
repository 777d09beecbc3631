using System.Collections.Concurrent;
using System.Collections.Immutable;
using AudienceSync.Faults;
using AudienceSync.Ids;

namespace AudienceSync.Access;

/// <summary>Issues, lists, rotates, deletes and recognises API keys.</summary>
public sealed class ApiKeyService(IApiKeyStore store, ApiKeyDirectory directory, TimeProvider time)
{
    /// <summary>Most keys of an installation: they are read all at once.</summary>
    public const int MaxKeys = 500;

    public const int MaxNameLength = 100;

    /// <summary>How long the old value works on after a rotation, unless the caller says otherwise: a day.</summary>
    public static readonly TimeSpan DefaultGrace = TimeSpan.FromDays(1);

    /// <summary>Longest grace: 30 days.</summary>
    public static readonly TimeSpan MaxGrace = TimeSpan.FromDays(30);

    /// <summary>The time of last use is stored no more often than this.</summary>
    public static readonly TimeSpan UseNotedEvery = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new();

    public Task<IReadOnlyList<ApiKey>> ListAsync(CancellationToken cancellationToken) => store.ListAsync(cancellationToken);

    public async Task<Result<ApiKey>> GetAsync(string id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } key ? key : NotFound(id);

    /// <summary>Makes a key. Its value is in the answer and nowhere else.</summary>
    /// <param name="expiresAt">In the future; null for never.</param>
    public async Task<Result<IssuedApiKey>> CreateAsync(string name, Role role, DateTimeOffset? expiresAt, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var faults = Validate(name, expiresAt, now);
        if (faults.Length > 0)
        {
            return Refusal.Invalid(faults);
        }

        if ((await store.ListAsync(cancellationToken)).Count >= MaxKeys)
        {
            return Refusal.Conflict("too_many_keys", "Too many API keys", $"There are {MaxKeys} keys, the most an installation keeps. Delete one that is not used.");
        }

        var value = ApiKeyValue.Create();
        var key = new ApiKey
        {
            Id = NewId.Create("key", time),
            Name = name.Trim(),
            Role = role,
            Prefix = ApiKeyValue.Prefix(value),
            Hash = ApiKeyValue.Hash(value),
            CreatedAt = now,
            ExpiresAt = expiresAt,
        };
        await store.AddAsync(key, cancellationToken);
        directory.Forget();
        return new IssuedApiKey(key, value);
    }

    /// <summary>Gives the key a new value. The old one works on for <paramref name="grace"/>; the one before it ends at once.</summary>
    public async Task<Result<IssuedApiKey>> RotateAsync(string id, TimeSpan grace, CancellationToken cancellationToken)
    {
        if (grace < TimeSpan.Zero || grace > MaxGrace)
        {
            return Refusal.Invalid([new("/graceMinutes", "out_of_range", $"graceMinutes is {grace.TotalMinutes:0}, but takes 0 to {MaxGrace.TotalMinutes:0} (30 days).")]);
        }

        // A use noted in between changes the record; so the change is made anew on what is there then.
        while (await store.FindAsync(id, cancellationToken) is { } key)
        {
            var value = ApiKeyValue.Create();
            var rotated = key with
            {
                Prefix = ApiKeyValue.Prefix(value),
                Hash = ApiKeyValue.Hash(value),
                PreviousHash = grace > TimeSpan.Zero ? key.Hash : null,
                PreviousExpiresAt = grace > TimeSpan.Zero ? time.GetUtcNow() + grace : null,
            };
            if (await store.TryReplaceAsync(rotated, cancellationToken))
            {
                directory.Forget();
                return new IssuedApiKey(rotated, value);
            }
        }

        return NotFound(id);
    }

    /// <summary>Ends the key: at once on this instance, on others within <see cref="ApiKeyDirectory.FreshFor"/>.</summary>
    /// <returns>Null, or why not.</returns>
    public async Task<Refusal?> DeleteAsync(string id, CancellationToken cancellationToken)
    {
        var deleted = await store.DeleteAsync(id, cancellationToken);
        directory.Forget();
        return deleted ? null : NotFound(id);
    }

    /// <summary>The key that a value opens now; null when there is none or it has expired.</summary>
    public async Task<ApiKey?> RecogniseAsync(string value, CancellationToken cancellationToken)
    {
        var hash = ApiKeyValue.Hash(value);
        var now = time.GetUtcNow();
        if (await directory.FindAsync(hash, cancellationToken) is not { } key || !key.IsOpenedBy(hash, now))
        {
            return null;
        }

        var noted = _noted.TryGetValue(key.Id, out var at) ? at : key.LastUsedAt;
        if (noted is null || now - noted >= UseNotedEvery)
        {
            _noted[key.Id] = now;
            await store.NoteUseAsync(key.Id, now, cancellationToken);
        }

        return key;
    }

    private static ImmutableArray<Fault> Validate(string name, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > MaxNameLength)
        {
            faults.Add(new("/name", "invalid_length", $"The name has {name.Trim().Length} characters, but takes 1 to {MaxNameLength}."));
        }

        if (expiresAt <= now)
        {
            faults.Add(new("/expiresAt", "not_in_future", $"expiresAt is {Values.Timestamps.Format(expiresAt.Value)}, which has passed. Name a later time, or leave it out for a key that does not expire."));
        }

        return faults.ToImmutable();
    }

    private static Refusal NotFound(string id) => Refusal.NotFound("API key", id);
}
