using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;

namespace AudienceSync.Local.Platforms;

/// <summary>One request as a platform sees it: below its prefix, with the whole body in memory.</summary>
internal sealed class Call
{
    private readonly IHeaderDictionary _headers;
    private readonly Dictionary<string, StringValues> _query;

    /// <param name="target">Path and query below the platform's prefix, as they came over the wire.</param>
    /// <param name="home">Address of the platform: scheme, host and prefix, without a slash at the end.</param>
    public Call(string method, string target, string home, IHeaderDictionary headers, byte[] body, DateTimeOffset at)
    {
        var mark = target.IndexOf('?', StringComparison.Ordinal);
        RawPath = mark < 0 ? target : target[..mark];
        RawQuery = mark < 0 ? "" : target[(mark + 1)..];
        _query = QueryHelpers.ParseQuery(RawQuery);
        (Method, Home, _headers, Body, At) = (method, home, headers, body, at);
    }

    public string Method { get; }

    /// <summary>Still percent-encoded; begins with a slash.</summary>
    public string RawPath { get; }

    public string RawQuery { get; }

    public string Home { get; }

    public byte[] Body { get; }

    public DateTimeOffset At { get; }

    /// <summary>What the route's placeholders stand for, decoded.</summary>
    public IReadOnlyDictionary<string, string> Values { get; set; } = new Dictionary<string, string>();

    public string Text => Encoding.UTF8.GetString(Body);

    public IEnumerable<KeyValuePair<string, StringValues>> Headers => _headers;

    public IEnumerable<KeyValuePair<string, StringValues>> QueryValues => _query;

    public string? Bearer => Scheme("Bearer");

    /// <summary>User and password of HTTP Basic.</summary>
    public (string User, string Password)? Basic
    {
        get
        {
            try
            {
                var pair = Scheme("Basic") is { } text ? Encoding.UTF8.GetString(Convert.FromBase64String(text)) : "";
                var colon = pair.IndexOf(':', StringComparison.Ordinal);
                return colon < 0 ? null : (pair[..colon], pair[(colon + 1)..]);
            }
            catch (FormatException)
            {
                return null;
            }
        }
    }

    public string? Header(string name) => _headers.TryGetValue(name, out var value) ? value.ToString() : null;

    public string? Query(string name) => _query.TryGetValue(name, out var value) ? value.ToString() : null;

    public string Value(string name) => Values[name];

    /// <summary>The body as JSON.</summary>
    /// <exception cref="MalformedException">It is none.</exception>
    public JsonNode Json()
    {
        try
        {
            return JsonNode.Parse(Body) ?? throw new MalformedException("The body is null.");
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new MalformedException("The body is no JSON.");
        }
    }

    /// <summary>The body as a JSON object.</summary>
    /// <exception cref="MalformedException">It is none.</exception>
    public JsonObject Object() => Json() as JsonObject ?? throw new MalformedException("The body is no JSON object.");

    /// <summary>The body as a form; empty unless its content type says so.</summary>
    public Dictionary<string, string> Form() =>
        Header("Content-Type")?.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase) is true
            ? QueryHelpers.ParseQuery(Text).ToDictionary(pair => pair.Key, pair => pair.Value.ToString())
            : [];

    /// <summary>The credentials of an <c>Authorization</c> header with this scheme.</summary>
    public string? Scheme(string scheme) =>
        Header("Authorization") is { } text && text.StartsWith($"{scheme} ", StringComparison.OrdinalIgnoreCase) ? text[(scheme.Length + 1)..].Trim() : null;
}

/// <summary>A body that cannot be read: the platform answers it in its own way.</summary>
internal sealed class MalformedException(string message) : Exception(message);
