using System.Collections.Immutable;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Listens for triggers from the moment all else has started until the app is told to stop. A stop ends polling, cancels the tokens of
/// running functions and waits for them, at most <see cref="LocalHostOptions.ShutdownGrace"/>.
/// </summary>
internal sealed class FunctionsHost(
    FunctionCatalog catalog,
    HttpServer http,
    QueueListeners queues,
    TimerListeners timers,
    RunningFunctions running,
    HostAddress address,
    HostClock clock,
    IOptions<LocalHostOptions> options,
    IServiceProviderIsService services,
    ILoggerFactory loggers) : IHostedLifecycleService
{
    private readonly ILogger _logger = loggers.CreateLogger("Host.Startup");
    private ImmutableArray<Func<CancellationToken, Task>> _listeners = [];
    private Task _listening = Task.CompletedTask;

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        if (catalog.Enabled<Trigger.Http>().Any() && !services.IsService(typeof(HttpMiddleware)))
        {
            throw new FunctionsHostException("The app has HTTP functions: call builder.ConfigureFunctionsWebApplication() in Program.cs.");
        }

        // Before the app's own services start: a queue or timer without its storage stops the start.
        _listeners = [.. queues.Create(), .. timers.Create()];
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        await http.StartAsync(cancellationToken);
        _listening = Task.WhenAll(_listeners.Select(listen => Task.Run(() => listen(running.Stopping), CancellationToken.None)));
        _logger.LogInformation("Functions: {Functions}", string.Join(", ", catalog.All.Select(function => function.IsDisabled ? $"{function.Name} (disabled)" : function.Name)));
        await Console.Out.WriteLineAsync($"ready http://localhost:{address.Port}/api/v1");
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        using var grace = new CancellationTokenSource(options.Value.ShutdownGrace, clock.Time);
        await running.CancelAsync();
        var ended = Task.WhenAll(_listening, running.WhenIdleAsync(), http.StopAsync(grace.Token));
        await Task.WhenAny(ended, Task.Delay(Timeout.InfiniteTimeSpan, clock.Time, grace.Token));
        if (!ended.IsCompleted)
        {
            _logger.LogWarning("Functions are still running after {Grace}: they are left behind.", options.Value.ShutdownGrace);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
