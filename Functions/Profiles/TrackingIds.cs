using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Profiles;

/// <summary>Stable opaque names of profiles, for platforms and links that must not see the profile id.</summary>
/// <param name="secret">Of the installation; another secret gives other names.</param>
public sealed class TrackingIds(ReadOnlyMemory<byte> secret)
{
    /// <summary><c>trk_</c> and 22 characters of base64url (128 bits of HMAC-SHA256).</summary>
    public string Of(string profileId) => $"trk_{Digest("tracking-id", profileId)}";

    /// <summary>22 characters of base64url for use in links; does not reveal the tracking id, nor can it be made from it without the secret.</summary>
    public string UrlTokenOf(string profileId) => Digest("url-token", Of(profileId));

    private string Digest(string label, string text) =>
        Base64Url.EncodeToString(HMACSHA256.HashData(secret.Span, Encoding.UTF8.GetBytes($"{label}\n{text}")).AsSpan(0, 16));
}
