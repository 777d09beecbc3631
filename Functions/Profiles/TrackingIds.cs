using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>Stable opaque names of profiles, for platforms and links that must not see the profile id.</summary>
/// <param name="secret">Of the installation; another secret gives other names.</param>
public sealed class TrackingIds(ReadOnlyMemory<byte> secret, MemberHasher hasher)
{
    /// <summary>Tokens for links, which lead back to their profiles; nobody makes a tracking id from one.</summary>
    internal UrlTokens UrlTokens { get; } = new(secret, hasher);

    /// <summary><c>trk_</c> and 22 characters of base64url (128 bits of HMAC-SHA256).</summary>
    public string Of(string profileId) =>
        $"trk_{Base64Url.EncodeToString(HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes($"tracking-id\n{profileId}")).AsSpan(0, 16))}";

    /// <summary>22 characters of base64url for use in links; see <see cref="Profiles.UrlTokens"/>.</summary>
    public string UrlTokenOf(string profileId) => UrlTokens.Of(profileId);
}
