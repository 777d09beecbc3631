using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace AudienceSync.Fakes;

/// <summary>Requests without a server, and what their answers are.</summary>
internal static class Requests
{
    public static CursorSigner Signer { get; } = new(() => [1, 2, 3, 4]);

    public static HttpRequest To(string method, string pathAndQuery, string? body = null, string? contentType = "application/json")
    {
        var context = new DefaultHttpContext
        {
            RequestServices = new ServiceCollection().AddSingleton(Signer).BuildServiceProvider(),
            TraceIdentifier = "4bf92f3577b34da6a3ce929d0e0e4736",
        };
        context.Response.Body = new MemoryStream();
        var request = context.Request;
        var parts = pathAndQuery.Split('?', 2);
        (request.Method, request.Scheme, request.Host, request.Path) = (method, "https", new("api.example"), parts[0]);
        request.QueryString = new(parts.Length > 1 ? $"?{parts[1]}" : "");
        if (body is not null)
        {
            request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
            request.ContentType = contentType;
        }

        return request;
    }

    public static HttpRequest With(this HttpRequest request, string header, string value)
    {
        request.Headers.Append(header, value);
        return request;
    }

    public static async Task<JsonNode?> SendAsync(this IResult answer, HttpContext context)
    {
        await answer.ExecuteAsync(context);
        context.Response.Body.Position = 0;
        using var reader = new StreamReader(context.Response.Body, leaveOpen: true);
        var text = await reader.ReadToEndAsync();
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }
}
