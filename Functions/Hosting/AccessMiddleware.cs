using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Ids;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Hosting;

/// <summary>Lets an HTTP function be called by those alone whom its attributes name, and notes every call that may change something.</summary>
/// <remarks>Fails closed: a function that names nobody, or that is not known, answers 403 to everyone.</remarks>
internal sealed partial class AccessMiddleware(HttpFunctions functions, CallerResolver callers, IAuditLog audit, TimeProvider time, ILogger<AccessMiddleware> logger)
    : IFunctionsWorkerMiddleware
{
    private const string Profiles = "api/v1/profiles/";
    private static readonly Dictionary<string, string> Challenge = new() { ["WWW-Authenticate"] = "Bearer realm=\"AudienceSync\"" };

    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http)
        {
            // A trigger that nobody calls from outside; an HTTP function without its context would be a hole.
            if (context.FunctionDefinition.InputBindings.Values.Any(binding => binding.Type == "httpTrigger"))
            {
                throw new InvalidOperationException($"HTTP function {context.FunctionDefinition.Name} has no HTTP context: ConfigureFunctionsWebApplication must come before this middleware.");
            }

            await next(context);
            return;
        }

        var function = functions.Find(context.FunctionDefinition.EntryPoint);
        var rule = function?.Access ?? AccessRule.Closed;
        if (rule.IsAnonymous)
        {
            await next(context);
            return;
        }

        switch (await callers.ResolveAsync(http.Request.Headers, context.CancellationToken))
        {
            case Result<Caller>.Ok(var caller):
                http.Features.Set(caller);
                await CallAsync(context, http, function, caller, rule, next);
                break;
            case Result<Caller>.Refused(var refusal):
                context.Answer = ApiResults.Problem(refusal, retryAfter: null, refusal.Kind is RefusalKind.Unauthenticated ? Challenge : null);
                break;
        }
    }

    private async Task CallAsync(FunctionContext context, HttpContext http, HttpFunction? function, Caller caller, AccessRule rule, FunctionExecutionDelegate next)
    {
        var status = StatusCodes.Status500InternalServerError;
        try
        {
            if (rule.Check(caller) is { } refusal)
            {
                context.Answer = ApiResults.Problem(refusal);
            }
            else
            {
                await next(context);
            }

            status = (context.Answer as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
        }
        finally
        {
            if (!HttpMethods.IsGet(http.Request.Method) && !HttpMethods.IsHead(http.Request.Method))
            {
                await NoteAsync(http, function, caller, status);
            }
        }
    }

    /// <summary>Appends to the audit trail before the answer is sent. What was done stays done: a trail that cannot be written is logged, not answered.</summary>
    private async Task NoteAsync(HttpContext http, HttpFunction? function, Caller caller, int status)
    {
        var auditEvent = new AuditEvent
        {
            Id = NewId.Create("aud", time),
            At = time.GetUtcNow(),
            Caller = caller.Name,
            Role = caller.Role,
            Method = http.Request.Method,
            Path = PathOf(http.Request.Path.Value ?? "", function?.Route),
            Status = status,
            RequestId = http.TraceIdentifier,
        };
        try
        {
            await audit.AppendAsync(auditEvent, CancellationToken.None);
        }
#pragma warning disable CA1031 // whatever the store throws, the caller gets the answer of what was done
        catch (Exception e)
#pragma warning restore CA1031
        {
            LogUnaudited(caller.Name, auditEvent.Method, auditEvent.RequestId, status, e);
        }
    }

    /// <summary>A profile's id may name a person: paths below profiles are told by their template, and where there is none, not at all.</summary>
    private static string PathOf(string path, string? route) => !path.StartsWith($"/{Profiles}", StringComparison.OrdinalIgnoreCase) ? path
        : route?.StartsWith(Profiles, StringComparison.Ordinal) is true ? $"/{route}"
        : $"/{Profiles}…";

    [LoggerMessage(1011, LogLevel.Error, "The audit trail misses a call: {Caller} {Method}, request {RequestId}, status {Status}.")]
    private partial void LogUnaudited(string caller, string method, string requestId, int status, Exception exception);
}
