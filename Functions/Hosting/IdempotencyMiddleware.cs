using AudienceSync.Access;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace AudienceSync.Hosting;

/// <summary>Runs a POST that carries an <c>Idempotency-Key</c> once, however often it is sent.</summary>
internal sealed class IdempotencyMiddleware(Idempotency idempotency) : IFunctionsWorkerMiddleware
{
    public async Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is not { } http || http.Features.Get<Caller>() is not { } caller || !Idempotency.IsAskedFor(http.Request))
        {
            await next(context);
            return;
        }

        context.Answer = await idempotency.RunAsync(http, caller.Name, CallAsync, context.CancellationToken);

        async Task<IResult> CallAsync()
        {
            await next(context);
            return context.Answer ?? Results.Empty;
        }
    }
}
