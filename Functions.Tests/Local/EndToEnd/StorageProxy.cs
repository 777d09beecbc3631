using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace AudienceSync.Local.EndToEnd;

/// <summary>Stands between the app and its storage account: sees every request, and may kill the app at one or put messages on queues twice.</summary>
/// <remarks>Requests go on as they are: signatures cover path and headers, not the host.</remarks>
internal sealed partial class StorageProxy : IAsyncDisposable
{
    /// <summary>Headers that belong to one connection, or are made anew for the next.</summary>
    private static readonly string[] OfTheConnection = ["Host", "Connection", "Keep-Alive", "Transfer-Encoding", "Content-Length", "Expect"];

    private readonly Dictionary<int, Endpoint> _endpoints = [];
    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false });
    private readonly Steps _steps;
    private LoopbackServer _server = null!;

    private StorageProxy(Steps steps) => _steps = steps;

    /// <summary>The account as seen through the proxy.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Each message that the app puts on a queue arrives twice.</summary>
    public bool SendsMessagesTwice { get; set; }

    /// <param name="connectionString">The account behind the proxy.</param>
    public static async Task<StorageProxy> StartAsync(string connectionString, Steps steps)
    {
        var proxy = new StorageProxy(steps);
        var services = EndpointPattern().Matches(connectionString);
        proxy._server = await LoopbackServer.StartAsync(services.Count, proxy.HandleAsync);
        var ports = new Queue<int>(proxy._server.Ports);
        proxy.ConnectionString = EndpointPattern().Replace(connectionString, match =>
        {
            var port = ports.Dequeue();
            proxy._endpoints[port] = new(match.Groups["service"].Value, int.Parse(match.Groups["port"].Value, CultureInfo.InvariantCulture));
            return $"{match.Groups["service"].Value}Endpoint=http://127.0.0.1:{port}/";
        });
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _http.Dispose();
    }

    private async Task HandleAsync(int port, HttpContext context)
    {
        var endpoint = _endpoints[port];
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var isAlive = true;
        if (IsStep(endpoint, context.Request))
        {
            isAlive = await _steps.TakeAsync($"{endpoint.Service} {context.Request.Method} {context.Request.Path}", () => ForwardAsync(endpoint, context, body.ToArray()));
        }
        else
        {
            await ForwardAsync(endpoint, context, body.ToArray());
        }

        if (!isAlive)
        {
            context.Abort();
        }
    }

    /// <summary>Writes count, but for those that a clock brings about: holds that are renewed, blobs that say when timers last fired.</summary>
    private static bool IsStep(Endpoint endpoint, HttpRequest request) => endpoint.Service switch
    {
        "Queue" => HttpMethods.IsPost(request.Method) || HttpMethods.IsDelete(request.Method),
        "Table" => !HttpMethods.IsGet(request.Method) && !(HttpMethods.IsPut(request.Method) && request.Path.Value!.Contains("'claim-", StringComparison.Ordinal)),
        _ => false,
    };

    private async Task ForwardAsync(Endpoint endpoint, HttpContext context, byte[] body)
    {
        var isMessage = endpoint.Service is "Queue" && HttpMethods.IsPost(context.Request.Method);
        if (isMessage && SendsMessagesTwice)
        {
            using var first = await _http.SendAsync(Copy(endpoint, context.Request, body), CancellationToken.None);
        }

        using var answer = await _http.SendAsync(Copy(endpoint, context.Request, body), CancellationToken.None);
        var content = await answer.Content.ReadAsByteArrayAsync();
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.NonValidated.Concat(answer.Content.Headers.NonValidated))
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase))
            {
                context.Response.Headers.Append(name, values.ToArray());
            }
        }

        if (content.Length > 0)
        {
            await context.Response.Body.WriteAsync(content);
        }
    }

    private static HttpRequestMessage Copy(Endpoint endpoint, HttpRequest from, byte[] body)
    {
        var target = from.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var address = new Uri($"http://127.0.0.1:{endpoint.Port}{target}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(new(from.Method), address);
        if (body.Length > 0 || from.ContentLength is not null)
        {
            request.Content = new ByteArrayContent(body);
        }

        foreach (var (name, values) in from.Headers)
        {
            if (!OfTheConnection.Contains(name, StringComparer.OrdinalIgnoreCase) && !request.Headers.TryAddWithoutValidation(name, values.AsEnumerable()))
            {
                request.Content?.Headers.TryAddWithoutValidation(name, values.AsEnumerable());
            }
        }

        return request;
    }

    [GeneratedRegex("(?<service>Blob|Queue|Table)Endpoint=http://127.0.0.1:(?<port>[0-9]+)/")]
    private static partial Regex EndpointPattern();

    private sealed record Endpoint(string Service, int Port);
}
