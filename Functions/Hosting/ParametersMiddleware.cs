using AudienceSync.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace AudienceSync.Hosting;

/// <summary>Refuses query parameters that the operation does not name: one that is misspelt would else be ignored without a word.</summary>
internal sealed class ParametersMiddleware(HttpFunctions functions) : IFunctionsWorkerMiddleware
{
    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http
            && functions.Find(context.FunctionDefinition.EntryPoint) is { Parameters: { } known }
            && ApiRequest.UnknownParameters(http.Request, [.. known]) is { } refusal)
        {
            context.Answer = ApiResults.Problem(refusal);
            return Task.CompletedTask;
        }

        return next(context);
    }
}
