using System.Buffers;
using System.Net;
using System.Net.Http.Headers;

namespace AudienceSync.Connectors.Kit;

/// <summary>The body of a request. Its bytes are signed, measured and recorded as they are: other <see cref="HttpContent"/> gives a copy to everyone who asks.</summary>
public sealed class BodyContent : HttpContent
{
    private readonly byte[]? _rented;
    private int _unsent; // times it was asked to write itself and has not done so to the end
    private int _isDisposed;

    /// <param name="mediaType">The content type, with its parameters if it has any.</param>
    public BodyContent(byte[] bytes, string mediaType)
        : this(bytes.AsMemory(), rented: null, mediaType)
    {
    }

    private BodyContent(ReadOnlyMemory<byte> bytes, byte[]? rented, string mediaType)
    {
        (Bytes, _rented) = (bytes, rented);
        Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
    }

    /// <summary>Valid until the request is disposed of.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>A copy of the bytes, in memory that is used again after the request: bodies are the largest things that delivering makes.</summary>
    internal static BodyContent Copy(ReadOnlySpan<byte> bytes, string mediaType)
    {
        var rented = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(rented);
        return new(rented.AsMemory(0, bytes.Length), rented, mediaType);
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        // First told, then asked: whoever disposes of it at this moment sees the one, or we see the other.
        Interlocked.Increment(ref _unsent);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        await stream.WriteAsync(Bytes, cancellationToken);
        Interlocked.Decrement(ref _unsent);
    }

    protected override bool TryComputeLength(out long length)
    {
        length = Bytes.Length;
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        // An answer, or a time-out, may come before all is sent: then somebody may read the bytes still, and they are left to the garbage collector.
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0 && disposing && _rented is not null && Volatile.Read(ref _unsent) == 0)
        {
            ArrayPool<byte>.Shared.Return(_rented);
        }

        base.Dispose(disposing);
    }
}
