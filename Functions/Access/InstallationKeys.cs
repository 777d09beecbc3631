using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Access;

/// <summary>Keys of this installation, each derived from one root secret for one purpose.</summary>
/// <remarks>Loaded once, when the app starts. Thread-safe after that.</remarks>
public sealed class InstallationKeys(IInstallationKeyStore store)
{
    private const int RootBytes = 32;

    private byte[]? _root;

    /// <summary>Reads the root secret, or makes it on the first start of an installation. May be repeated.</summary>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        var root = await store.GetOrAddAsync(RandomNumberGenerator.GetBytes(RootBytes), cancellationToken);
        _root = root.Length == RootBytes
            ? root
            : throw new InvalidOperationException($"The installation's root secret has {root.Length} bytes, not {RootBytes}: the stored value is damaged. Restore it from a backup.");
    }

    /// <summary>The key for one purpose: the same on every instance and after every start (HKDF-SHA256, RFC 5869).</summary>
    /// <param name="label">Names the purpose. Two labels give keys that say nothing about each other.</param>
    /// <exception cref="InvalidOperationException">The root secret is not loaded yet.</exception>
    public byte[] Derive(string label, int bytes)
    {
        var root = _root ?? throw new InvalidOperationException($"The installation's keys are not loaded yet, but '{label}' is asked for. {nameof(LoadAsync)} comes first, when the app starts.");
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, root, bytes, salt: null, info: Encoding.UTF8.GetBytes(label));
    }
}
