using System.Buffers;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Benchmarks.Pipeline;

/// <summary>A receiver of webhooks on a free port of 127.0.0.1 that accepts everything and counts it.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private const int PieceBytes = 64 * 1024;

    private readonly WebApplication _server;
    private long _requests;
    private long _records;
    private long _bytes;

    private Sink(WebApplication server) => _server = server;

    /// <summary>Stands once in each record of a webhook's body.</summary>
    private static ReadOnlySpan<byte> RecordMark => "\"recordId\""u8;

    public string Url => $"{_server.Urls.First()}/audience";

    /// <summary>What came since the last call of this.</summary>
    public (long Requests, long Records, long Bytes) TakeCounts() =>
        (Interlocked.Exchange(ref _requests, 0), Interlocked.Exchange(ref _records, 0), Interlocked.Exchange(ref _bytes, 0));

    /// <param name="delay">How long it takes to answer.</param>
    public static async Task<Sink> StartAsync(TimeSpan delay, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        var sink = new Sink(server);
        server.MapPost("/audience", (HttpContext http) => sink.TakeAsync(http, delay));
        await server.StartAsync(cancellationToken);
        return sink;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext http, TimeSpan delay)
    {
        var (bytes, records) = await CountAsync(http.Request.Body, http.RequestAborted);
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _bytes, bytes);
        Interlocked.Add(ref _records, records);
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, http.RequestAborted);
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync("{}", http.RequestAborted);
    }

    /// <summary>Reads a body piece by piece: the sink has the same cores as what is measured, and is to take little of them.</summary>
    private static async Task<(long Bytes, long Records)> CountAsync(Stream body, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        var (bytes, records, held) = (0L, 0L, 0);
        while (await body.ReadAsync(buffer.AsMemory(held), cancellationToken) is > 0 and var read)
        {
            bytes += read;
            var piece = buffer.AsMemory(0, held + read);
            records += piece.Span.Count(RecordMark);

            // A mark may begin in this piece and end in the next.
            held = Math.Min(RecordMark.Length - 1, piece.Length);
            piece[^held..].CopyTo(buffer);
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return (bytes, records);
    }
}
