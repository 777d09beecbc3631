using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>A listener for each timer function.</summary>
internal sealed class TimerListeners(
    FunctionCatalog catalog,
    FunctionInvoker invoker,
    IScheduleStore store,
    StorageConnections connections,
    HostClock clock,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("Host.Timers");

    /// <exception cref="FunctionsHostException">There is a monitored timer and no blob storage for its status.</exception>
    public IEnumerable<Func<CancellationToken, Task>> Create()
    {
        var timers = catalog.Enabled<Trigger.Timer>().ToList();
        if (store is BlobScheduleStore && timers.Exists(pair => pair.Trigger.UseMonitor))
        {
            connections.BlobContainer(StorageConnections.Default, "azure-webjobs-hosts");
        }

        return [.. timers.Select(pair => Guarded(Create(pair.Function, pair.Trigger), pair.Function.Name))];
    }

    private TimerListener Create(FunctionEntry function, Trigger.Timer trigger) => new(
        function, trigger, store,
        async (timer, retry) => await invoker.InvokeAsync(
            new() { Function = function, TriggerValue = timer, Retry = retry }, CancellationToken.None) is null,
        clock.Time, _logger);

    /// <summary>An error that will not pass, such as 403 from storage, stops the host: a timer must not die unnoticed.</summary>
    private Func<CancellationToken, Task> Guarded(TimerListener listener, string function) => async stopping =>
    {
        try
        {
            await listener.RunAsync(stopping);
        }
#pragma warning disable CA1031 // logged, and the whole host stops
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.LogCritical(exception, "Timer {Function} cannot be kept; the host stops.", function);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    };
}
