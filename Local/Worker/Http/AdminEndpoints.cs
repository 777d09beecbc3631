using System.Text.Json;
using System.Text.Json.Nodes;
using Azure.Storage.Queues.Models;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>The host's own endpoints under <c>/admin</c>: ping, status, and running a timer or queue function by hand. No key is asked for.</summary>
internal sealed class AdminEndpoints(FunctionCatalog catalog, FunctionInvoker invoker, HostIdentity identity)
{
    public IReadOnlyList<Endpoint> Build() =>
    [
        Endpoint("admin/host/ping", ["GET", "POST"], _ => Task.CompletedTask),
        Endpoint("admin/host/status", ["GET"], context => context.Response.WriteAsJsonAsync(new JsonObject { ["id"] = identity.Id, ["state"] = "Running" })),
        Endpoint("admin/functions/{name}", ["POST"], InvokeAsync),
    ];

    private static RouteEndpoint Endpoint(string template, string[] methods, RequestDelegate handler) =>
        (RouteEndpoint)new RouteEndpointBuilder(handler, RoutePatternFactory.Parse(template), order: 0)
        {
            DisplayName = template,
            Metadata = { HostEndpoint.Mark, new HttpMethodMetadata(methods) },
        }.Build();

    /// <summary>202 and no waiting: the outcome is in the log.</summary>
    private async Task InvokeAsync(HttpContext context)
    {
        if (catalog.Find((string)context.Request.RouteValues["name"]!) is not { } function)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        try
        {
            var body = await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted);
            if (Request(function, body?["input"]) is { } request)
            {
                _ = invoker.InvokeAsync(request, CancellationToken.None);
                context.Response.StatusCode = StatusCodes.Status202Accepted;
                return;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // not an object: answered below
        }

        context.Response.StatusCode = StatusCodes.Status400BadRequest;
        await context.Response.WriteAsync("""Send {"input": null} for a timer, {"input": "text"} for a queue; HTTP functions are called at their route.""");
    }

    private static InvocationRequest? Request(FunctionEntry function, JsonNode? input) => function.Trigger switch
    {
        Trigger.Timer => new() { Function = function, TriggerValue = new TimerInfo() },
        Trigger.Queue => QueueBinding.Request(function, QueuesModelFactory.QueueMessage(
            Guid.NewGuid().ToString(), popReceipt: "", BinaryData.FromString(Text(input)), dequeueCount: 1)),
        _ => null,
    };

    private static string Text(JsonNode? input) =>
        input is null ? "" : input.GetValueKind() is JsonValueKind.String ? input.GetValue<string>() : input.ToJsonString();
}
