using System.Security.Cryptography;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Names people without naming them: what may be kept of somebody who was erased, and tells members of one key apart.</summary>
/// <param name="secret">Of the installation; another secret gives other names.</param>
public sealed class PersonHashes(ReadOnlyMemory<byte> secret)
{
    /// <summary>HMAC-SHA256 of a profile id, 64 lower-case hexadecimal digits.</summary>
    public string Of(string profileId) => PageText.Use(profileId, secret, static (id, key) =>
    {
        Span<byte> digest = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key.Span, id, digest);
        return Convert.ToHexStringLower(digest);
    });
}
