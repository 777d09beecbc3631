using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Segments;

/// <summary>Random split that needs no memory: a profile's bucket is a pure function of salt and id.</summary>
/// <remarks>First eight bytes, big endian, of SHA-256 over the UTF-8 of <c>salt:id</c>, modulo 10,000. Anyone can compute it again:
/// salt <c>spring</c>, id <c>c-1</c> gives 6489.</remarks>
public static class Buckets
{
    public const int Count = 10_000;

    public static int Of(string salt, string profileId)
    {
        var length = Encoding.UTF8.GetMaxByteCount(salt.Length + profileId.Length + 1);
        var bytes = length <= 2048 ? stackalloc byte[length] : new byte[length];
        var end = Encoding.UTF8.GetBytes(salt, bytes);
        bytes[end++] = (byte)':';
        end += Encoding.UTF8.GetBytes(profileId, bytes[end..]);

        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes[..end], hash);
        return (int)(BinaryPrimitives.ReadUInt64BigEndian(hash) % Count);
    }
}
