using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Hosting;

/// <summary>First of all: names the request, and answers HEAD like GET without the body.</summary>
/// <remarks>A GET function lists HEAD among its verbs; it need not know which of the two it answers.</remarks>
internal sealed class RequestMiddleware(ILogger<RequestMiddleware> logger) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            await next(context);
            return;
        }

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
    }
}
