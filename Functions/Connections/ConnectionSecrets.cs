using System.Collections.Immutable;
using System.Security.Cryptography;
using AudienceSync.Faults;

namespace AudienceSync.Connections;

/// <summary>Seals and opens the secrets of connections.</summary>
public sealed class ConnectionSecrets(ISecretSealer sealer, TimeProvider time)
{
    /// <summary>The secrets after a change: those named are sealed anew or cleared, the others stay as they are.</summary>
    internal ImmutableDictionary<string, SealedSecret> Change(
        string connectionId, ImmutableDictionary<string, SealedSecret> current, ImmutableDictionary<string, string?> changes)
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
                secrets[name] = new(sealer.Seal(value, connectionId, name), time.GetUtcNow());
            }
        }

        return secrets.ToImmutable();
    }

    /// <summary>Opens each secret; one that cannot be opened (the installation's key is another now) is a fault at its pointer.</summary>
    internal ImmutableDictionary<string, string> Open(string connectionId, ImmutableDictionary<string, SealedSecret> secrets, ICollection<Fault> faults)
    {
        var opened = ImmutableDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var (name, secret) in secrets)
        {
            try
            {
                opened[name] = sealer.Open(secret.Sealed, connectionId, name);
            }
            catch (CryptographicException)
            {
                faults.Add(new(
                    JsonFields.PointerTo("/secrets", name), "secret_unreadable",
                    $"The secret '{name}' was sealed with another key than this installation has now. Send it again, or restore the key."));
            }
        }

        return opened.ToImmutable();
    }
}
