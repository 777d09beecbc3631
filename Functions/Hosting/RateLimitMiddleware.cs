using System.Globalization;
using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Options;

namespace AudienceSync.Hosting;

/// <summary>Slows a caller down who goes faster than their policy: 429 with <c>Retry-After</c>; <c>RateLimit</c> on every answer.</summary>
/// <remarks>Header fields as in draft-ietf-httpapi-ratelimit-headers-11.</remarks>
internal sealed class RateLimitMiddleware(HttpFunctions functions, TokenBuckets buckets, IOptions<RateLimitOptions> options) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http
            || http.Features.Get<Caller>() is not { } caller
            || functions.Find(context.FunctionDefinition.EntryPoint) is not { } function
            || options.Value.Find(function.RatePolicy) is not { } limit)
        {
            await next(context);
            return;
        }

        var reading = buckets.Take(limit, caller.Name);
        WriteHeaders(http.Response.Headers, limit, reading);
        if (reading.IsAllowed)
        {
            await next(context);
            return;
        }

        context.Answer = ApiResults.Problem(
            new(RefusalKind.TooManyRequests, "too_many_requests", "Too many requests", string.Create(
                CultureInfo.InvariantCulture, $"Policy '{limit.Policy}' lets {limit.PerSecond} requests a second through, {limit.Burst} at once. Go slower, and wait as Retry-After says.")),
            reading.Wait);
    }

    private static void WriteHeaders(IHeaderDictionary headers, RateLimit limit, RateReading reading)
    {
        headers["RateLimit-Policy"] = string.Create(CultureInfo.InvariantCulture, $"\"{limit.Policy}\";q={limit.Burst};w={Math.Max(1, Math.Ceiling(limit.Burst / limit.PerSecond))}");
        headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{limit.Policy}\";r={reading.Remaining};t={Math.Ceiling(reading.FullAfter.TotalSeconds)}");
    }
}
