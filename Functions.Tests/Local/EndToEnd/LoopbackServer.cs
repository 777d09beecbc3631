using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Local.EndToEnd;

/// <summary>An HTTP server on free ports of 127.0.0.1 with one handler for every request.</summary>
internal sealed class LoopbackServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private LoopbackServer(WebApplication application) => _application = application;

    /// <summary>In the order of the handler's first argument.</summary>
    public IReadOnlyList<int> Ports => [.. _application.Urls.Select(url => new Uri(url).Port)];

    /// <param name="ports">How many ports to listen on.</param>
    /// <param name="handle">Gets the port that the request came in by.</param>
    public static async Task<LoopbackServer> StartAsync(int ports, Func<int, HttpContext, Task> handle)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = null;
            for (var number = 0; number < ports; number++)
            {
                options.Listen(IPAddress.Loopback, 0);
            }
        });
        var application = builder.Build();
        application.Run(context => handle(context.Connection.LocalPort, context));
        await application.StartAsync();
        return new(application);
    }

    /// <summary>Does not wait for requests that hang.</summary>
    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        try
        {
            await _application.StopAsync(now.Token);
        }
        catch (OperationCanceledException)
        {
            // Connections were cut.
        }

        await _application.DisposeAsync();
    }
}
