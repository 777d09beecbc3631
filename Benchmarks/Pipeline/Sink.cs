using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Benchmarks.Pipeline;

/// <summary>A receiver of webhooks on a free port of 127.0.0.1 that accepts everything and counts it.</summary>
internal sealed class Sink : IAsyncDisposable
{
    private readonly WebApplication _server;
    private long _requests;
    private long _records;
    private long _bytes;

    private Sink(WebApplication server) => _server = server;

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
        using var body = new MemoryStream((int)(http.Request.ContentLength ?? 0));
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        Interlocked.Increment(ref _requests);
        Interlocked.Add(ref _bytes, body.Length);
        Interlocked.Add(ref _records, body.GetBuffer().AsSpan(0, (int)body.Length).Count("\"recordId\""u8));
        if (delay > TimeSpan.Zero)
        {
            await Task.Delay(delay, http.RequestAborted);
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync("{}", http.RequestAborted);
    }
}
