using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace AudienceSync.Access;

/// <summary>Seals secrets for storage with AES-256-GCM, each bound to its owner and name, so that it opens nowhere else.</summary>
/// <remarks>
/// A sealed text is <c>s1.{key id}.{base64url of nonce, tag, ciphertext}</c>. Nonces are random: with 96 bits one key seals 2^32 texts
/// before a repeat becomes likelier than 2^-32 (NIST SP 800-38D §8.3). Thread-safe; the installation's keys must be loaded.
/// </remarks>
public sealed class SecretSealer(InstallationKeys installation, IOptions<SecretsOptions> options)
{
    public const int KeyBytes = 32;

    private const string Version = "s1";
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly Lazy<KeyRing> _keys = new(() => KeyRing.Of(options.Value, installation));

    /// <param name="ownerId">The id of what the secret belongs to, such as a connection.</param>
    /// <param name="name">Which of the owner's secrets it is.</param>
    public string Seal(string text, string ownerId, string name)
    {
        var (id, key) = _keys.Value.Current;
        var plain = Encoding.UTF8.GetBytes(text);
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(key, TagBytes);
        cipher.Encrypt(
            sealedBytes.AsSpan(0, NonceBytes), plain, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes), Bond(ownerId, name));
        CryptographicOperations.ZeroMemory(plain);
        return $"{Version}.{id}.{Base64Url.EncodeToString(sealedBytes)}";
    }

    /// <exception cref="SealBrokenException">The text was changed, belongs to another owner or name, or its key is not configured any more.</exception>
    public string Open(string sealedText, string ownerId, string name)
    {
        if (sealedText.Split('.') is not [Version, var id, var encoded] || !Base64Url.IsValid(encoded))
        {
            throw new SealBrokenException($"Secret '{name}' of {ownerId} is not a sealed text of a known version. Set it again.");
        }

        if (!_keys.Value.All.TryGetValue(id, out var key))
        {
            throw new SealBrokenException($"Secret '{name}' of {ownerId} was sealed under key {id}, which is not configured. Add that key to Secrets__RetiredKeys, or set the secret again.");
        }

        var bytes = Base64Url.DecodeFromChars(encoded);
        if (bytes.Length < NonceBytes + TagBytes)
        {
            throw new SealBrokenException($"Secret '{name}' of {ownerId} is cut short. Set it again.");
        }

        var plain = new byte[bytes.Length - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), plain, Bond(ownerId, name));
            return Encoding.UTF8.GetString(plain);
        }
        catch (AuthenticationTagMismatchException e)
        {
            throw new SealBrokenException($"Secret '{name}' of {ownerId} was changed, or was sealed for another owner. Set it again.", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plain);
        }
    }

    /// <summary>Whether the text is sealed under another key than the current one; sealing it again ends the need for the old key.</summary>
    public bool IsOutdated(string sealedText) => !sealedText.StartsWith($"{Version}.{_keys.Value.Current.Id}.", StringComparison.Ordinal);

    /// <summary>What the seal vouches for besides the text. The length keeps "ab"+"c" and "a"+"bc" apart.</summary>
    private static byte[] Bond(string ownerId, string name) => Encoding.UTF8.GetBytes($"{Version}\n{ownerId.Length}\n{ownerId}\n{name}");

    private sealed record KeyRing((string Id, byte[] Key) Current, Dictionary<string, byte[]> All)
    {
        public static KeyRing Of(SecretsOptions options, InstallationKeys installation)
        {
            // The derived key always opens: secrets sealed before a key was configured stay readable.
            var derived = installation.Derive("secrets/v1", KeyBytes);
            var current = options.SealingKey is { Length: > 0 } configured ? Convert.FromBase64String(configured) : derived;
            var all = new Dictionary<string, byte[]>();
            foreach (var key in options.Retired.Select(Convert.FromBase64String).Append(derived).Append(current))
            {
                all[IdOf(key)] = key;
            }

            return new((IdOf(current), current), all);
        }

        /// <summary>Names a key without saying anything about it.</summary>
        private static string IdOf(byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, "key id"u8))[..8];
    }
}

/// <summary>A sealed secret does not open: it was tampered with, moved, or its key is gone.</summary>
public sealed class SealBrokenException(string message, Exception? inner = null) : Exception(message, inner);
