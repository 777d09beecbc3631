using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Local.Platforms;

/// <summary>All platforms on one port of 127.0.0.1: <c>http://127.0.0.1:port/klaviyo/api/lists</c> is Klaviyo's <c>/api/lists</c>.</summary>
/// <remarks>A path without a prefix goes to the one platform that knows it; where several do, the answer lists them. <c>/</c> says how to connect each platform;
/// <c>/__state</c>, <c>/__seed</c> and <c>/__control</c> are described at <see cref="Controls"/>.</remarks>
public sealed class PlatformServer : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly TimeProvider _time;
    private readonly SortedDictionary<string, Platform> _platforms = new(StringComparer.Ordinal);

    private PlatformServer(WebApplication server, TimeProvider time)
    {
        (_server, _time) = (server, time);
        foreach (var platform in PlatformList.Create(time))
        {
            _platforms.Add(platform.Slug, platform);
        }
    }

    public Uri Address => new(_server.Urls.First());

    public IReadOnlyCollection<string> Slugs => _platforms.Keys;

    /// <param name="time">The platforms' clock: of windows of calls, of tokens and jobs.</param>
    /// <param name="port">0 for any free one.</param>
    public static async Task<PlatformServer> StartAsync(TimeProvider time, int port = 0, CancellationToken cancellationToken = default)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null; // each platform has its own
            kestrel.Listen(IPAddress.Loopback, port);
        });
        var server = builder.Build();
        var platforms = new PlatformServer(server, time);
        server.Run(platforms.ServeAsync);
        await server.StartAsync(cancellationToken);
        return platforms;
    }

    /// <summary>What a connection to the platform is given, its <c>baseUrl</c> included.</summary>
    public JsonObject SettingsOf(string slug)
    {
        var settings = (JsonObject)_platforms[slug].Settings.DeepClone();
        settings["baseUrl"] = $"{Address.GetLeftPart(UriPartial.Authority)}/{slug}";
        return settings;
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    internal Platform Find(string slug) => _platforms[slug];

    private async Task ServeAsync(HttpContext http)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var body = await ReadAsync(http);
        var answer = Route(http, target, body);
        if (answer.IsLost)
        {
            http.Abort();
            return;
        }

        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = answer.ContentType;
        foreach (var (name, value) in answer.Headers)
        {
            http.Response.Headers.Append(name, value);
        }

        if (answer.Body.Length > 0 && !HttpMethods.IsHead(http.Request.Method))
        {
            await http.Response.Body.WriteAsync(answer.Body, http.RequestAborted);
        }
    }

    private Answer Route(HttpContext http, string target, byte[] body)
    {
        var authority = $"{http.Request.Scheme}://{http.Request.Host}";
        var end = target.IndexOfAny(['/', '?'], 1);
        var first = end < 0 ? target[1..] : target[1..end];
        if (_platforms.TryGetValue(first, out var platform))
        {
            var rest = end < 0 ? "/" : target[end] == '/' ? target[end..] : $"/{target[end..]}";
            return platform.Serve(new(http.Request.Method, rest, $"{authority}/{first}", http.Request.Headers, body, _time.GetUtcNow()));
        }

        if (first.Length == 0 || first.StartsWith("__", StringComparison.Ordinal))
        {
            return Controls.Serve(this, _platforms, http.Request.Method, target, body);
        }

        var path = target.Split('?')[0];
        var able = _platforms.Values.Where(each => !each.TakesAnyPath && each.Routes.Find(http.Request.Method, path).Route is not null).ToList();
        return able is [var only]
            ? only.Serve(new(http.Request.Method, target, authority, http.Request.Headers, body, _time.GetUtcNow()))
            : Answer.Plain(404, able.Count == 0
                ? $"'{first}' is no platform, and no platform serves {http.Request.Method} {path}. GET / lists them."
                : $"{string.Join(", ", able.Select(each => each.Slug))} serve {path}: put one of these words before it.");
    }

    private static async Task<byte[]> ReadAsync(HttpContext http)
    {
        using var buffer = new MemoryStream();
        await http.Request.Body.CopyToAsync(buffer, http.RequestAborted);
        if (http.Request.Headers.ContentEncoding != "gzip")
        {
            return buffer.ToArray();
        }

        buffer.Position = 0;
        await using var unpacked = new GZipStream(buffer, CompressionMode.Decompress);
        using var plain = new MemoryStream();
        await unpacked.CopyToAsync(plain, http.RequestAborted);
        return plain.ToArray();
    }
}
