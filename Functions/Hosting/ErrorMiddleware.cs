using AudienceSync.Faults;
using AudienceSync.Http;
using Azure;
using Azure.Identity;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Hosting;

/// <summary>Sends the answer of an HTTP function, and turns whatever is thrown on the way into a problem without internals.</summary>
/// <remarks>The host would send the answer after all middleware, where a fault of its body could only be an empty 500.</remarks>
internal sealed partial class ErrorMiddleware(ILogger<ErrorMiddleware> logger) : IFunctionsWorkerMiddleware
{
    private static readonly TimeSpan StorageRetry = TimeSpan.FromSeconds(5);

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        try
        {
            await next(context);
            if (context.Answer is { } answer)
            {
                await answer.ExecuteAsync(http);
                context.Answer = Results.Empty;
            }
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody waits for the answer any more.
            context.Answer = Results.Empty;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            context.Answer = Results.Empty;
            await AnswerAsync(e.GetBaseException(), http, context.FunctionDefinition.Name);
        }
    }

    private async Task AnswerAsync(Exception exception, HttpContext http, string function)
    {
        var (refusal, retryAfter) = Map(exception);
        if (refusal.Kind is RefusalKind.Failed)
        {
            LogFailure(function, http.TraceIdentifier, exception);
        }
        else if (refusal.Kind is RefusalKind.Unavailable)
        {
            LogUnavailable(function, http.TraceIdentifier, exception);
        }

        if (http.Response.HasStarted)
        {
            // Half an answer must not look like a whole one.
            http.Abort();
            return;
        }

        foreach (var name in new[] { "Content-Length", "Content-Type", "ETag", "Location" })
        {
            http.Response.Headers.Remove(name);
        }

        await ApiResults.Problem(refusal, retryAfter).ExecuteAsync(http);
    }

    private static (Refusal Refusal, TimeSpan? RetryAfter) Map(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } =>
            (new(RefusalKind.TooLarge, "body_too_large", "The body is too large", "The body is larger than this server takes. Send it in parts."), null),
        BadHttpRequestException => (new(RefusalKind.Malformed, "bad_request", "The request cannot be read", "The request ended early or breaks the rules of HTTP."), null),
        RequestFailedException { Status: 0 or 401 or 403 or 408 or 429 or >= 500 } or AuthenticationFailedException =>
            (new(RefusalKind.Unavailable, "storage_unavailable", "Storage does not answer", "The storage behind this service did not answer as it must. Try again."), StorageRetry),
        OperationCanceledException => (new(RefusalKind.Unavailable, "shutting_down", "This instance is shutting down", "Send the request again: another instance will take it."), TimeSpan.FromSeconds(1)),
        _ => (new(RefusalKind.Failed, "internal_error", "Something went wrong here", "This is a fault of the service. Give its administrator the requestId: the log knows more."), null),
    };

    [LoggerMessage(1001, LogLevel.Error, "Function {Function} failed at request {RequestId}.")]
    private partial void LogFailure(string function, string requestId, Exception exception);

    [LoggerMessage(1002, LogLevel.Warning, "Function {Function} could not be served at request {RequestId}.")]
    private partial void LogUnavailable(string function, string requestId, Exception exception);
}
