using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>Everything kept of one <c>Idempotency-Key</c> is hashed and sealed under a key made from it, the caller and the path.</summary>
/// <remarks>An answer may hold a secret that is shown once (a new API key): it can be read again only by who sends the same key again.</remarks>
internal sealed class IdempotencyScope
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly byte[] _key;

    /// <param name="root">Secret of the installation.</param>
    public IdempotencyScope(byte[] root, string caller, string path, string key)
    {
        _key = HMACSHA256.HashData(root, Encoding.UTF8.GetBytes($"{caller.Length}\n{caller}{path.Length}\n{path}{key}"));
        Id = Convert.ToHexStringLower(HMACSHA256.HashData(_key, "id"u8))[..40];
    }

    public string Id { get; }

    /// <summary>Hash of query and body. The body is kept for the function to read: in memory, beyond 64 KiB on disk.</summary>
    public async Task<string> HashAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        hash.AppendData(Encoding.UTF8.GetBytes($"{request.QueryString.Value}\n"));
        request.EnableBuffering(bufferThreshold: 64 * 1024);
        var chunk = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await request.Body.ReadAsync(chunk, cancellationToken) is > 0 and var read)
            {
                hash.AppendData(chunk, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }

        request.Body.Position = 0;
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    public byte[] Seal(byte[] plain)
    {
        var sealedBytes = new byte[NonceBytes + TagBytes + plain.Length];
        RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, NonceBytes));
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Encrypt(sealedBytes.AsSpan(0, NonceBytes), plain, sealedBytes.AsSpan(NonceBytes + TagBytes), sealedBytes.AsSpan(NonceBytes, TagBytes));
        return sealedBytes;
    }

    public byte[] Open(ReadOnlySpan<byte> sealedBytes)
    {
        var plain = new byte[sealedBytes.Length - NonceBytes - TagBytes];
        using var cipher = new AesGcm(_key, TagBytes);
        cipher.Decrypt(sealedBytes[..NonceBytes], sealedBytes[(NonceBytes + TagBytes)..], sealedBytes.Slice(NonceBytes, TagBytes), plain);
        return plain;
    }
}
