using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>Gives an HTTP function its <see cref="HttpContext"/> and writes the result it returned.</summary>
internal sealed class HttpMiddleware(ILoggerFactory loggers) : IFunctionsWorkerMiddleware
{
    /// <summary>Key in <see cref="FunctionContext.Items"/>, the same as the real worker's.</summary>
    public const string ContextKey = "HttpRequestContext";

    private readonly ConcurrentDictionary<Type, PropertyInfo?> _httpResults = new();
    private readonly ILogger _logger = loggers.CreateLogger("Host.Http");

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context is not InvocationContext { Request.HttpContext: { } http })
        {
            await next(context);
            return;
        }

        context.Items[ContextKey] = http;
        await next(context);
        var result = context.GetInvocationResult().Value;
        if (!await TryWriteAsync(http, result) && !await TryWriteAsync(http, HttpResultOf(result)) && !http.Response.HasStarted)
        {
            _logger.LogDebug("Function '{Function}' returned no HTTP response.", context.FunctionDefinition.Name);
        }
    }

    private static async Task<bool> TryWriteAsync(HttpContext http, object? result)
    {
        switch (result)
        {
            case IActionResult action:
                await action.ExecuteResultAsync(new ActionContext(http, http.GetRouteData(), new ActionDescriptor()));
                return true;
            case IResult plain:
                await plain.ExecuteAsync(http);
                return true;
            default:
                return false;
        }
    }

    private object? HttpResultOf(object? result) => result is null
        ? null
        : _httpResults.GetOrAdd(
            result.GetType(),
            static type => type.GetProperties().FirstOrDefault(property => property.IsDefined(typeof(HttpResultAttribute), inherit: true)))?.GetValue(result);
}
