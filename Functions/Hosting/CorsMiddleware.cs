using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

/// <summary>Tells browsers which pages may call, by ASP.NET's rules of CORS; nothing where no origin is allowed.</summary>
/// <remarks>
/// Outside of access: a browser asks beforehand without a key (the fallback answers OPTIONS with 204), and a page must be able to read a refusal.
/// Credentials are never allowed: callers show a key or a token, no cookie.
/// </remarks>
internal sealed class CorsMiddleware(ICorsService cors, IOptions<CrossOriginOptions> options) : IFunctionsWorkerMiddleware
{
    /// <summary>Beyond those that a page may read of any answer.</summary>
    private static readonly string[] ExposedHeaders =
        ["Allow", "Content-Disposition", "ETag", "Idempotency-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Request-Id", "Retry-After", "traceparent"];

    private readonly CorsPolicy? _policy = PolicyOf(options.Value);

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (_policy is not null && context.GetHttpContext() is { } http && http.Request.Headers.Origin.Count > 0)
        {
            cors.ApplyResult(cors.EvaluatePolicy(http, _policy), http.Response);
        }

        return next(context);
    }

    private static CorsPolicy? PolicyOf(CrossOriginOptions options)
    {
        if (options.Origins is not { IsEmpty: false } origins)
        {
            return null;
        }

        var policy = new CorsPolicyBuilder().AllowAnyMethod().AllowAnyHeader().WithExposedHeaders(ExposedHeaders).SetPreflightMaxAge(options.PreflightMaxAge);
        return (origins is [CrossOriginOptions.Any] ? policy.AllowAnyOrigin() : policy.WithOrigins([.. origins])).Build();
    }
}
