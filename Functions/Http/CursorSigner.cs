using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace AudienceSync.Http;

/// <summary>Makes and reads cursors: the sort key to go on after, signed together with the path and the filters it was made for.</summary>
/// <remarks>A cursor is only good for the list and the filters it came from; <c>limit</c> may change from page to page. Thread-safe.</remarks>
/// <param name="key">The secret to sign with, asked for at first use: the installation's keys are loaded when the app starts.</param>
public sealed class CursorSigner(Func<byte[]> key)
{
    /// <summary>First byte of every cursor, so that a later format can be told apart.</summary>
    private const byte Version = 1;

    /// <summary>128 bits of the HMAC-SHA256: forging one takes 2^127 tries on average, over HTTP.</summary>
    private const int SignatureBytes = 16;

    private readonly Lazy<byte[]> _key = new(key);

    /// <summary>The cursor that goes on after <paramref name="after"/> in the list that <paramref name="request"/> asks for.</summary>
    public string Create(HttpRequest request, string after)
    {
        var text = Encoding.UTF8.GetBytes(after);
        return Base64Url.EncodeToString([Version, .. Sign(request, text), .. text]);
    }

    /// <summary>The sort key in the cursor; null when the cursor is damaged, forged, or was made for another path or other filters.</summary>
    public string? Read(HttpRequest request, string cursor)
    {
        if (!Base64Url.IsValid(cursor))
        {
            return null;
        }

        var bytes = Base64Url.DecodeFromChars(cursor);
        if (bytes.Length < 1 + SignatureBytes || bytes[0] != Version)
        {
            return null;
        }

        var text = bytes[(1 + SignatureBytes)..];
        return CryptographicOperations.FixedTimeEquals(Sign(request, text), bytes.AsSpan(1, SignatureBytes)) ? Encoding.UTF8.GetString(text) : null;
    }

    private byte[] Sign(HttpRequest request, byte[] after)
    {
        using var signed = new MemoryStream();
        using (var writer = new BinaryWriter(signed, Encoding.UTF8, leaveOpen: true))
        {
            // Each part carries its length, so that no two lists spell the same bytes.
            writer.Write(request.Path.Value ?? "");
            foreach (var (name, values) in Filters(request))
            {
                writer.Write(name);
                writer.Write(values.Count);
                foreach (var value in values)
                {
                    writer.Write(value ?? "");
                }
            }

            writer.Write(after);
        }

        return HMACSHA256.HashData(_key.Value, signed.ToArray())[..SignatureBytes];
    }

    private static IEnumerable<KeyValuePair<string, StringValues>> Filters(HttpRequest request) => request.Query
        .Where(parameter => parameter.Key is not ("cursor" or "limit"))
        .OrderBy(parameter => parameter.Key, StringComparer.Ordinal);
}
