using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Hosting;

namespace AudienceSync.Hosting;

public static class MiddlewareOrder
{
    /// <summary>Every middleware of the app, the outermost first. Comes after <c>ConfigureFunctionsWebApplication</c>.</summary>
    public static IFunctionsWorkerApplicationBuilder UseAudienceSyncMiddleware(this IFunctionsWorkerApplicationBuilder builder) => builder
        .UseMiddleware<RequestMiddleware>() // ids, which every problem names
        .UseMiddleware<CorsMiddleware>() // before anything that may refuse
        .UseMiddleware<ErrorMiddleware>() // sends the answer, whoever made it
        .UseMiddleware<AccessMiddleware>() // who calls, and may they
        .UseMiddleware<RateLimitMiddleware>() // per caller
        .UseMiddleware<ParametersMiddleware>() // no parameter that the operation does not know
        .UseMiddleware<IdempotencyMiddleware>(); // per caller; nearest to the function, whose answer it keeps
}
