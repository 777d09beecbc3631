using System.Diagnostics;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>Runs a function once in a service scope of its own, through the middleware, within <c>functionTimeout</c>.</summary>
internal sealed class FunctionInvoker(
    IServiceScopeFactory scopes,
    Pipeline pipeline,
    FunctionExecutor executor,
    HostJson hostJson,
    RunningFunctions running,
    HostClock clock,
    IOptions<LocalHostOptions> options,
    ILoggerFactory loggers)
{
    private readonly FunctionExecutionDelegate _invoke = pipeline.Build(executor.ExecuteAsync);

    /// <summary>Null on success, else what the invocation failed with. The exception is already logged.</summary>
    /// <remarks>
    /// A function that does not heed its cancelled token within <see cref="LocalHostOptions.TimeoutGrace"/> of the time-out is given up:
    /// Azure would kill its process. It counts as failed, though it may still be running.
    /// </remarks>
    public async Task<Exception?> InvokeAsync(InvocationRequest request, CancellationToken cancellationToken)
    {
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, running.Stopping);
        var logger = loggers.CreateLogger($"Function.{request.Function.Name}");
        var run = running.Track(RunAsync(request, cancellation, logger));
        if (hostJson.FunctionTimeout is not { } timeout)
        {
            return await run;
        }

        try
        {
            return await run.WaitAsync(timeout, clock.Time, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            var failure = new TimeoutException($"Function '{request.Function.Name}' ran longer than functionTimeout, {timeout}.");
            logger.LogError("{Message} Its token is cancelled.", failure.Message);
            await GiveUpAsync(run, cancellation);
            return failure;
        }
    }

    private async Task GiveUpAsync(Task run, CancellationTokenSource cancellation)
    {
        try
        {
            await cancellation.CancelAsync();
        }
        catch (ObjectDisposedException)
        {
            return; // it ended at this very moment
        }

        await Task.WhenAny(run, Task.Delay(options.Value.TimeoutGrace, clock.Time, CancellationToken.None));
    }

    /// <summary>Never faults, so that a time-out of the wait is not mistaken for a <see cref="TimeoutException"/> of the function.</summary>
    private async Task<Exception?> RunAsync(InvocationRequest request, CancellationTokenSource cancellation, ILogger logger)
    {
        // A function that blocks its thread must not block the listener, nor hold up the time-out.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        using var owned = cancellation;
        using var activity = StartActivity(request);
        try
        {
            await RunInScopeAsync(request, activity, logger, cancellation.Token);
            logger.LogDebug("Executed '{Function}' (Succeeded)", request.Function.Name);
            return null;
        }
        catch (OperationCanceledException exception) when (cancellation.IsCancellationRequested)
        {
            logger.LogWarning("Executed '{Function}' (Cancelled)", request.Function.Name);
            return exception;
        }
#pragma warning disable CA1031 // whatever leaves the pipeline is a failed invocation, and only that
        catch (Exception exception)
#pragma warning restore CA1031
        {
            logger.LogError(exception, "Executed '{Function}' (Failed)", request.Function.Name);
            return exception;
        }
    }

    private async Task RunInScopeAsync(InvocationRequest request, Activity activity, ILogger logger, CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var context = new InvocationContext(request, scope.ServiceProvider, activity, cancellationToken);
        if (request.HttpContext is { } http)
        {
            http.RequestServices = scope.ServiceProvider;
        }

        using var logScope = logger.BeginScope(new Dictionary<string, object> { ["InvocationId"] = context.InvocationId });
        logger.LogDebug("Executing '{Function}' (Id={InvocationId})", request.Function.Name, context.InvocationId);
        await _invoke(context);
    }

    private static Activity StartActivity(InvocationRequest request)
    {
        var activity = new Activity($"Invoke {request.Function.Name}").SetIdFormat(ActivityIdFormat.W3C);
        if (Activity.Current is null && request.HttpContext?.Request.Headers.TraceParent.ToString() is { Length: > 0 } parent)
        {
            activity.SetParentId(parent);
        }

        return activity.Start();
    }
}
