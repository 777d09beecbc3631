using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Tokens that stand for profiles in links: the same for a profile each time, meaningless to whoever holds one, and resolved without an index.</summary>
/// <remarks>
/// A token is one AES block under a key of the installation: the member key of the profile, by which it is found, and 64 bits of HMAC-SHA256 of its id, which
/// say that it is the one. Who knows neither secret can make no token that resolves. Thread-safe.
/// </remarks>
internal sealed class UrlTokens(ReadOnlyMemory<byte> secret, MemberHasher hasher)
{
    /// <summary>Characters of a token: 16 bytes of base64url.</summary>
    public const int Length = 22;

    private const int BlockBytes = 16;

    private readonly byte[] _key = HMACSHA256.HashData(secret.Span, "url-token-key\n"u8);

    public string Of(string profileId)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        BinaryPrimitives.WriteUInt64LittleEndian(block, hasher.Key(profileId));
        BinaryPrimitives.WriteUInt64LittleEndian(block[sizeof(ulong)..], SealOf(profileId));
        using var aes = Create();
        aes.EncryptEcb(block, block, PaddingMode.None);
        return Base64Url.EncodeToString(block);
    }

    /// <summary>What a token holds, whoever made it; null when the text is no token at all.</summary>
    public OpenedToken? Open(string token)
    {
        Span<byte> block = stackalloc byte[BlockBytes];
        if (token.Length != Length || !Base64Url.IsValid(token) || !Base64Url.TryDecodeFromChars(token, block, out var written) || written != BlockBytes
            || Base64Url.EncodeToString(block) != token)
        {
            return null;
        }

        using var aes = Create();
        aes.DecryptEcb(block, block, PaddingMode.None);
        return new(BinaryPrimitives.ReadUInt64LittleEndian(block), BinaryPrimitives.ReadUInt64LittleEndian(block[sizeof(ulong)..]));
    }

    /// <summary>Whether the token was made of this id.</summary>
    public bool IsOf(OpenedToken token, string profileId) => token.Seal == SealOf(profileId) && token.Key == hasher.Key(profileId);

    private Aes Create()
    {
        var aes = Aes.Create();
        aes.Key = _key;
        return aes;
    }

    private ulong SealOf(string profileId) =>
        BinaryPrimitives.ReadUInt64LittleEndian(HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes($"url-token\n{profileId}")));
}

/// <param name="Key">Member key of the profile.</param>
/// <param name="Seal">Says which of the profiles of that key.</param>
internal readonly record struct OpenedToken(ulong Key, ulong Seal);
