using System.Diagnostics;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Http;

/// <summary>Names every request, so that a caller's question and our logs speak of the same one.</summary>
public static class RequestIds
{
    /// <summary>Longest client id that is echoed.</summary>
    private const int MaxClientIdLength = 128;

    /// <summary>Sets the request's id (the trace id of <c>traceparent</c>, else of the present span, else a new one) as the trace identifier and on the answer; echoes <c>traceparent</c> and <c>x-ms-client-request-id</c>.</summary>
    public static void Assign(HttpContext context)
    {
        var (request, response) = (context.Request.Headers, context.Response.Headers);
        if (ActivityContext.TryParse(request.TraceParent.ToString(), traceState: null, out var trace))
        {
            context.TraceIdentifier = trace.TraceId.ToHexString();
            response.TraceParent = request.TraceParent;
        }
        else
        {
            // The trace that our spans belong to, so that the id finds them.
            context.TraceIdentifier = (Activity.Current is { IdFormat: ActivityIdFormat.W3C } here ? here.TraceId : ActivityTraceId.CreateRandom()).ToHexString();
        }

        response["Request-Id"] = context.TraceIdentifier;
        if (request["x-ms-client-request-id"] is [{ Length: > 0 and <= MaxClientIdLength } clientId] && clientId.All(letter => letter is >= ' ' and <= '~'))
        {
            response["x-ms-client-request-id"] = clientId;
        }
    }
}
