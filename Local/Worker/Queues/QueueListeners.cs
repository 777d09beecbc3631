using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>A listener for each queue function.</summary>
internal sealed class QueueListeners(
    FunctionCatalog catalog,
    FunctionInvoker invoker,
    StorageConnections connections,
    HostJson hostJson,
    IOptions<LocalHostOptions> options,
    HostClock clock,
    IHostApplicationLifetime lifetime,
    ILoggerFactory loggers)
{
    private const string PoisonSuffix = "-poison";

    private const int MaxQueueName = 63;

    private readonly Wakeups _wakeups = new();
    private readonly ILogger _logger = loggers.CreateLogger("Host.Queues");

    /// <exception cref="FunctionsHostException">A connection is not configured.</exception>
    public IEnumerable<Func<CancellationToken, Task>> Create() =>
        [.. catalog.Enabled<Trigger.Queue>().Select(pair => Guarded(Create(pair.Function, pair.Trigger), pair.Trigger.QueueName))];

    private QueueListener Create(FunctionEntry function, Trigger.Queue trigger)
    {
        var queue = new StorageQueue(connections.Queue(trigger.Connection, trigger.QueueName));
        var hasPoison = !trigger.QueueName.EndsWith(PoisonSuffix, StringComparison.Ordinal) && trigger.QueueName.Length + PoisonSuffix.Length <= MaxQueueName;
        var poison = hasPoison ? new StorageQueue(connections.Queue(trigger.Connection, trigger.QueueName + PoisonSuffix)) : null;
        var visibility = options.Value.QueueVisibility;
        var processor = new QueueMessageProcessor(
            queue, poison, hostJson.Queues, visibility,
            async message => await invoker.InvokeAsync(QueueBinding.Request(function, message), CancellationToken.None) is null,
            _wakeups, clock.Time, _logger);
        return new(
            queue, processor, hostJson.Queues, visibility, new Backoff(options.Value.PollingMinimum, hostJson.Queues.MaxPollingInterval, Random.Shared),
            _wakeups, clock.Time, _logger);
    }

    /// <summary>An error that will not pass stops the host, as the real one stops: a listener must not die unnoticed.</summary>
    private Func<CancellationToken, Task> Guarded(QueueListener listener, string queueName) => async stopping =>
    {
        try
        {
            await listener.RunAsync(stopping);
        }
#pragma warning disable CA1031 // logged, and the whole host stops
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.LogCritical(exception, "Queue {Queue} cannot be listened to; the host stops.", queueName);
            Environment.ExitCode = 1;
            lifetime.StopApplication();
        }
    };
}
