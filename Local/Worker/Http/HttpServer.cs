using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Kestrel on the loopback addresses. It routes requests to functions and to <c>/admin</c>; an unknown route and a wrong verb are both an
/// empty 404, as in the real host. The app's own settings of Kestrel apply; its body limit is 30,000,000 bytes unless they change it.
/// </summary>
internal sealed class HttpServer(
    HttpEndpoints functions,
    AdminEndpoints admin,
    ILoggerFactory loggers,
    IEnumerable<IConfigureOptions<KestrelServerOptions>> appOptions,
    HostAddress address) : IAsyncDisposable
{
    private WebApplication? _application;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, OuterLifetime>();
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(Listen);
        foreach (var configure in appOptions)
        {
            builder.Services.AddSingleton(configure);
        }

        _application = builder.Build();
        IReadOnlyList<Endpoint> endpoints = [.. functions.Build(), .. admin.Build()];
        HttpEndpoints.Check(endpoints, _application.Services);
        _application.UseRouting();
        _application.Use(RefuseUnrouted);
        ((IEndpointRouteBuilder)_application).DataSources.Add(new DefaultEndpointDataSource(endpoints));
        await _application.StartAsync(cancellationToken);
        address.Port = new Uri(_application.Urls.First()).Port;
    }

    /// <summary>Takes no more requests and waits for those under way until the token is cancelled.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_application is not null)
        {
            await _application.StopAsync(cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_application is not null)
        {
            await _application.DisposeAsync();
        }
    }

    private void Listen(KestrelServerOptions options)
    {
        options.AddServerHeader = false;
        if (address.Port == 0)
        {
            options.Listen(IPAddress.Loopback, 0); // one free port for both address families cannot be asked for
        }
        else
        {
            options.ListenLocalhost(address.Port);
        }
    }

    private static Task RefuseUnrouted(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<HostEndpoint>() is not null)
        {
            return next(context);
        }

        context.SetEndpoint(null);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    }

    /// <summary>Signals are the outer host's business.</summary>
    private sealed class OuterLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>Where the host listens. A port of 0 becomes the one the system gave once the server runs.</summary>
internal sealed class HostAddress(int port)
{
    public int Port { get; set; } = port;

    public Uri Root => new($"http://localhost:{Port}/");
}
