using System.Collections.Immutable;
using System.Security.Cryptography;
using AudienceSync.Faults;
using AudienceSync.Ids;

namespace AudienceSync.Connections;

/// <summary>Keeps and opens the secrets of connections: in the vault where there is one, else sealed beside the connection.</summary>
/// <remarks>
/// What is kept in a vault stands in the connection as <c>v1.{name in the vault}</c>. Each write has a name of its own: a write that loses a race
/// changes nothing that counts, and a deleted name, which a vault holds back for weeks, is never wanted again. The name begins with the owner and the
/// name of the secret, so that a reference that was moved to another connection opens nothing. What was sealed before there was a vault still opens.
/// </remarks>
public sealed class ConnectionSecrets(ISecretSealer sealer, TimeProvider time, ISecretVault? vault = null)
{
    private const string InVault = "v1.";

    /// <summary>The secrets after a change: those named are kept anew or cleared, the others stay as they are.</summary>
    internal async Task<ImmutableDictionary<string, SealedSecret>> ChangeAsync(
        string connectionId, ImmutableDictionary<string, SealedSecret> current, ImmutableDictionary<string, string?> changes, CancellationToken cancellationToken)
    {
        var secrets = current.ToBuilder();
        foreach (var (name, value) in changes)
        {
            if (value is null)
            {
                secrets.Remove(name);
            }
            else
            {
                secrets[name] = new(await KeepAsync(value, connectionId, name, cancellationToken), time.GetUtcNow());
            }
        }

        return secrets.ToImmutable();
    }

    /// <summary>Opens each secret; one that cannot be opened (it is gone from the vault, or the installation's key is another now) is a fault at its pointer.</summary>
    internal async Task<ImmutableDictionary<string, string>> OpenAsync(
        string connectionId, ImmutableDictionary<string, SealedSecret> secrets, ICollection<Fault> faults, CancellationToken cancellationToken)
    {
        var opened = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, secret) in secrets)
        {
            var (value, why) = secret.Sealed.StartsWith(InVault, StringComparison.Ordinal)
                ? await FetchAsync(secret.Sealed[InVault.Length..], connectionId, name, cancellationToken)
                : Unseal(secret.Sealed, connectionId, name);
            if (value is null)
            {
                faults.Add(new(JsonFields.PointerTo("/secrets", name), "secret_unreadable", why));
            }
            else
            {
                opened[name] = value;
            }
        }

        return opened.ToImmutable();
    }

    /// <summary>Deletes from the vault what <paramref name="before"/> had there and <paramref name="after"/> has not.</summary>
    internal async Task ForgetAsync(ImmutableDictionary<string, SealedSecret> before, ImmutableDictionary<string, SealedSecret> after, CancellationToken cancellationToken)
    {
        var kept = after.Values.Select(secret => secret.Sealed).ToHashSet(StringComparer.Ordinal);
        foreach (var secret in before.Values.Where(secret => secret.Sealed.StartsWith(InVault, StringComparison.Ordinal) && !kept.Contains(secret.Sealed)))
        {
            await (vault?.DeleteAsync(secret.Sealed[InVault.Length..], cancellationToken) ?? Task.CompletedTask);
        }
    }

    private async Task<string> KeepAsync(string value, string connectionId, string name, CancellationToken cancellationToken)
    {
        if (vault is null)
        {
            return sealer.Seal(value, connectionId, name);
        }

        var entry = Prefix(connectionId, name) + NewId.Ulid(time.GetUtcNow());
        await vault.SetAsync(entry, value, cancellationToken);
        return InVault + entry;
    }

    private async Task<(string? Value, string Why)> FetchAsync(string entry, string connectionId, string name, CancellationToken cancellationToken)
    {
        if (vault is null)
        {
            return (null, $"The secret '{name}' is kept in a vault, and this installation names none. Set Secrets__VaultUri, or send the secret again.");
        }

        return entry.StartsWith(Prefix(connectionId, name), StringComparison.Ordinal) && await vault.FindAsync(entry, cancellationToken) is { } value
            ? (value, "")
            : (null, $"The vault has no secret '{name}' of this connection, or it is disabled. Send it again, or recover '{entry}' in the vault.");
    }

    private (string? Value, string Why) Unseal(string @sealed, string connectionId, string name)
    {
        try
        {
            return (sealer.Open(@sealed, connectionId, name), "");
        }
        catch (CryptographicException)
        {
            return (null, $"The secret '{name}' was sealed with another key than this installation has now. Send it again, or restore the key.");
        }
    }

    /// <summary>Vaults take letters, digits and hyphens.</summary>
    private static string Prefix(string connectionId, string name) => string.Concat($"{connectionId}-{name}-".Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter : '-'));
}
