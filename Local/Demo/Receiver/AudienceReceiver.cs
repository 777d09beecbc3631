using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace AudienceSync.Local.Demo;

/// <summary>
/// A marketing platform in small, on a free port of 127.0.0.1: takes signed membership webhooks, keeps the list it is told, and refuses members whose
/// address is at <see cref="FirstDay.RefusedDomain"/>. Shares no code with the app.
/// </summary>
internal sealed class AudienceReceiver : IAsyncDisposable
{
    private readonly WebApplication _server;
    private readonly WebhookVerifier _verifier;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ImmutableSortedDictionary<string, string>> _list = [];
    private readonly HashSet<string> _seen = [];
    private Counts _accepted;
    private Counts _refused;
    private int _requests;

    private AudienceReceiver(WebApplication server, string secret, TimeProvider time)
    {
        (_server, Secret, _time) = (server, secret, time);
        _verifier = new(secret);
    }

    public string Secret { get; }

    public string Url => $"{_server.Urls.First()}/audience";

    /// <summary>Where a person can look at the list.</summary>
    public string ListUrl => $"{_server.Urls.First()}/members";

    /// <summary>What no well-behaved sender does: unsigned calls, changes and removals of members who are not on the list …</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    public static async Task<AudienceReceiver> StartAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var server = builder.Build();
        var receiver = new AudienceReceiver(server, $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}", time);
        server.MapPost("/audience", receiver.TakeAsync);
        server.MapGet("/members", receiver.ShowAsync);
        await server.StartAsync(cancellationToken);
        return receiver;
    }

    /// <summary>A copy of the list: member → fields.</summary>
    public IReadOnlyDictionary<string, ImmutableSortedDictionary<string, string>> List()
    {
        lock (_lock)
        {
            return new Dictionary<string, ImmutableSortedDictionary<string, string>>(_list);
        }
    }

    /// <summary>What came in since the last call of this.</summary>
    public Received TakeCounts()
    {
        lock (_lock)
        {
            var received = new Received(_accepted, _refused, _requests);
            (_accepted, _refused, _requests) = (default, default, 0);
            return received;
        }
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var body = new MemoryStream();
        await http.Request.Body.CopyToAsync(body, http.RequestAborted);
        if (!_verifier.Accepts(http.Request.Headers, body.GetBuffer().AsSpan(0, (int)body.Length), _time.GetUtcNow()))
        {
            Complaints.Enqueue("a call was not signed as Standard Webhooks asks");
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

        using var envelope = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
        var errors = new JsonArray();
        if (envelope.RootElement.GetProperty("type").GetString() is "audience.membership")
        {
            lock (_lock)
            {
                _requests++;
                foreach (var record in envelope.RootElement.GetProperty("records").EnumerateArray())
                {
                    if (Take(record) is { } error)
                    {
                        errors.Add((JsonNode)error);
                    }
                }
            }
        }

        http.Response.StatusCode = errors.Count == 0 ? StatusCodes.Status200OK : StatusCodes.Status207MultiStatus;
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(new JsonObject { ["errors"] = errors }.ToJsonString(), http.RequestAborted);
    }

    /// <returns>The answer about a record that is refused; null when it is taken.</returns>
    private JsonObject? Take(JsonElement record)
    {
        var recordId = record.GetProperty("recordId").GetString()!;
        var operation = record.GetProperty("operation").GetString();
        var fields = record.GetProperty("fields").EnumerateObject().ToImmutableSortedDictionary(field => field.Name, field => Spell(field.Value), StringComparer.Ordinal);
        var member = fields["user_id"];
        // Delivery is at least once: a record seen before changes nothing and counts once.
        var isNew = _seen.Add(recordId);
        var one = operation switch { "add" => new Counts(1, 0, 0), "update" => new Counts(0, 1, 0), _ => new Counts(0, 0, 1) };
        if (operation is not "remove" && fields.TryGetValue("email", out var email) && email.EndsWith($"@{FirstDay.RefusedDomain}", StringComparison.Ordinal))
        {
            _refused += isNew ? one : default;
            return new() { ["recordId"] = recordId, ["code"] = "undeliverable_address", ["message"] = "Mail to this address bounces.", ["retryable"] = false };
        }

        if (isNew)
        {
            _accepted += one;
            if (operation is "add" == _list.ContainsKey(member))
            {
                Complaints.Enqueue($"{operation} of {member}, who is {(operation is "add" ? "already" : "not")} on the list");
            }
        }

        if (operation is "remove")
        {
            _list.Remove(member);
        }
        else
        {
            _list[member] = fields;
        }

        return null;
    }

    private Task ShowAsync(HttpContext http)
    {
        var members = new JsonArray([.. List().OrderBy(member => member.Key, StringComparer.Ordinal)
            .Select(member => new JsonObject(member.Value.Select(field => KeyValuePair.Create(field.Key, (JsonNode?)field.Value))))]);
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(new JsonObject { ["count"] = members.Count, ["members"] = members }.ToJsonString(), http.RequestAborted);
    }

    private static string Spell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => IndependentCount.Spell(value.GetDecimal()),
        _ => value.GetRawText(),
    };
}

/// <summary>What the receiver took and refused, and in how many calls.</summary>
internal sealed record Received(Counts Accepted, Counts Refused, int Requests);
