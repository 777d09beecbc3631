using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Pages;

namespace AudienceSync.Suppressions;

/// <summary>128 bits of a keyed hash: what an entry is known by.</summary>
/// <param name="First">What members are compared with; of a profile id its member key.</param>
public readonly record struct SuppressionKey(ulong First, ulong Second);

/// <summary>Makes the keys of entries from what they are about, and their ids from the keys. Thread-safe.</summary>
/// <remarks>
/// An identifier goes in as the SHA-256 of its normalised value, so that an entry made from a digest is that of the value. The hash that is kept has a key of the
/// installation: whoever reads the list cannot try addresses on it. An id is its key, enciphered, so that it says nothing about where rows are stored.
/// </remarks>
/// <param name="secret">32 bytes.</param>
public sealed class SuppressionKeys(ReadOnlyMemory<byte> secret, MemberHasher members)
{
    private const string Prefix = "sup_";
    private const int KeyBytes = 16;
    private readonly ConcurrentDictionary<string, Seed> _seeds = new(StringComparer.Ordinal);
    private readonly byte[] _cipher = HMACSHA256.HashData(secret.Span, "entry ids"u8)[..KeyBytes];

    public SuppressionKey OfProfile(string id) => PageText.Use(
        id, (Seed: SeedOf(SuppressionType.ProfileId), First: members.Key(id)), static (bytes, state) => new SuppressionKey(state.First, state.Seed.Second(bytes)));

    /// <param name="digest">SHA-256 of the normalised value in 64 lower-case hex digits.</param>
    public SuppressionKey OfDigest(string type, string digest) => OfDigest(SeedOf(type), Encoding.ASCII.GetBytes(digest));

    /// <summary>Of a value in the form of <see cref="SuppressionType.Fold"/>.</summary>
    public SuppressionKey OfValue(string type, string value) => type is SuppressionType.ProfileId ? OfProfile(value) : OfDigest(type, DigestOf(value));

    public static string DigestOf(string value) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    public string IdOf(SuppressionKey key)
    {
        Span<byte> plain = stackalloc byte[KeyBytes];
        Span<byte> enciphered = stackalloc byte[KeyBytes];
        BinaryPrimitives.WriteUInt64BigEndian(plain, key.First);
        BinaryPrimitives.WriteUInt64BigEndian(plain[sizeof(ulong)..], key.Second);
        using var cipher = Cipher();
        cipher.EncryptEcb(plain, enciphered, PaddingMode.None);
        return $"{Prefix}{Convert.ToHexStringLower(enciphered)}";
    }

    /// <summary>The key of an id; null when the text is no id of an entry.</summary>
    public SuppressionKey? Read(string id)
    {
        if (id.Length != Prefix.Length + (2 * KeyBytes) || !id.StartsWith(Prefix, StringComparison.Ordinal) || !id.AsSpan(Prefix.Length).ContainsOnlyHex())
        {
            return null;
        }

        Span<byte> plain = stackalloc byte[KeyBytes];
        using var cipher = Cipher();
        cipher.DecryptEcb(Convert.FromHexString(id.AsSpan(Prefix.Length)), plain, PaddingMode.None);
        return new(BinaryPrimitives.ReadUInt64BigEndian(plain), BinaryPrimitives.ReadUInt64BigEndian(plain[sizeof(ulong)..]));
    }

    internal Seed SeedOf(string type) => _seeds.GetOrAdd(type, static (name, secret) => new(HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes($"type/{name}"))), secret);

    private static SuppressionKey OfDigest(Seed seed, ReadOnlySpan<byte> digest) => new(seed.First(digest), seed.Second(digest));

    private Aes Cipher()
    {
        var cipher = Aes.Create();
        cipher.Key = _cipher;
        return cipher;
    }

    /// <summary>The keys of the hashes of one type.</summary>
    internal sealed class Seed(byte[] bytes)
    {
        private readonly (ulong, ulong) _first = (BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(8)));
        private readonly (ulong, ulong) _second = (BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(16)), BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(24)));

        public ulong First(ReadOnlySpan<byte> text) => SipHash.Of(_first.Item1, _first.Item2, text);

        public ulong Second(ReadOnlySpan<byte> text) => SipHash.Of(_second.Item1, _second.Item2, text);
    }
}

file static class HexDigits
{
    private static readonly System.Buffers.SearchValues<char> LowerCase = System.Buffers.SearchValues.Create("0123456789abcdef");

    public static bool ContainsOnlyHex(this ReadOnlySpan<char> text) => !text.ContainsAnyExcept(LowerCase);
}
