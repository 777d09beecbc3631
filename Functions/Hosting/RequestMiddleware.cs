using AudienceSync.Http;
using AudienceSync.Observability;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Hosting;

/// <summary>First of all: names the request, spans it, and answers HEAD like GET without the body.</summary>
/// <remarks>A GET function lists HEAD among its verbs; it need not know which of the two it answers.</remarks>
internal sealed class RequestMiddleware(HttpFunctions functions, ILogger<RequestMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

        // The route, never the path: that may name a person.
        var route = functions.Find(context.FunctionDefinition.EntryPoint)?.Route;
        using var span = Traces.Continue($"{http.Request.Method} /{route}", http.Request.Headers.TraceParent.ToString())
            .SetTag("http.request.method", http.Request.Method).SetTag("http.route", $"/{route}");
        RequestIds.Assign(http);
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (HttpMethods.IsHead(http.Request.Method))
        {
            http.Response.Body = Stream.Null;
        }

        using (logger.BeginScope(new Dictionary<string, object> { ["RequestId"] = http.TraceIdentifier }))
        {
            await next(context);
        }

        span.SetTag("http.response.status_code", http.Response.StatusCode);
    }
}
