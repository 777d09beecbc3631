using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace AudienceSync.Local.EndToEnd;

/// <summary>A platform that keeps the list it is told, as anyone might build one: it knows nothing of the app's code.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, JsonObject> _members = new(StringComparer.Ordinal);
    private readonly List<ReceivedCall> _calls = [];
    private readonly List<string> _surprises = [];
    private readonly Queue<Reaction> _next = [];
    private readonly TaskCompletionSource _hung = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Steps? _steps;
    private LoopbackServer _server = null!;

    private Receiver(Steps? steps) => _steps = steps;

    /// <summary>Calls must be signed under this secret; anything else is answered with 401.</summary>
    public string SigningSecret { get; } = $"whsec_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))}";

    public Uri Url => new($"http://127.0.0.1:{_server.Ports[0]}/audience");

    /// <summary>What becomes of calls that <see cref="Next"/> says nothing of.</summary>
    public Func<ReceivedCall, Reaction> Rule { get; set; } = static _ => Reaction.Accept;

    /// <summary>Ends when the first call hangs.</summary>
    public Task Hung => _hung.Task;

    /// <summary>Calls about people, in order.</summary>
    public IReadOnlyList<ReceivedCall> Calls
    {
        get
        {
            lock (_lock)
            {
                return [.. _calls];
            }
        }
    }

    /// <summary>The list: the fields of each member by <c>user_id</c>.</summary>
    public IReadOnlyDictionary<string, JsonObject> Members
    {
        get
        {
            lock (_lock)
            {
                return _members.ToDictionary(StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Adds of members who are there, changes and removals of others: fine after a fault, wrong otherwise.</summary>
    public IReadOnlyList<string> Surprises
    {
        get
        {
            lock (_lock)
            {
                return [.. _surprises];
            }
        }
    }

    /// <param name="steps">Told of each call before it takes effect.</param>
    public static async Task<Receiver> StartAsync(Steps? steps = null)
    {
        var receiver = new Receiver(steps);
        receiver._server = await LoopbackServer.StartAsync(ports: 1, (_, context) => receiver.TakeAsync(context));
        return receiver;
    }

    /// <summary>Puts somebody on the list whom the app has not added.</summary>
    public void AddStranger(string id)
    {
        lock (_lock)
        {
            _members.Add(id, Stranger(id));
        }
    }

    public static JsonObject Stranger(string id) => new() { ["user_id"] = id, ["added"] = "by others" };

    /// <summary>How the next calls are met, one each.</summary>
    public void Next(params IEnumerable<Reaction> reactions)
    {
        lock (_lock)
        {
            foreach (var reaction in reactions)
            {
                _next.Enqueue(reaction);
            }
        }
    }

    /// <summary>Answers the calls that hang, and those that will.</summary>
    public void Release() => _released.TrySetResult();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task TakeAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        if (!IsSigned(context.Request.Headers, body.ToArray()))
        {
            await AnswerAsync(context, 401, """{"message":"wrong signature"}""");
            return;
        }

        var call = ReceivedCall.Read(body.ToArray(), context.Request.Headers["webhook-id"].ToString());
        if (call.IsTest)
        {
            await AnswerAsync(context, 204, "");
            return;
        }

        Reaction reaction;
        lock (_lock)
        {
            _calls.Add(call);
            reaction = _next.TryDequeue(out var next) ? next : Rule(call);
        }

        if (_steps is null)
        {
            await ReactAsync(context, call, reaction);
        }
        else if (!await _steps.TakeAsync("call", () => ReactAsync(context, call, reaction)))
        {
            context.Abort();
        }
    }

    private async Task ReactAsync(HttpContext context, ReceivedCall call, Reaction reaction)
    {
        switch (reaction)
        {
            case Reaction.Taken:
                Apply(call.Records);
                await AnswerAsync(context, 200, "");
                break;
            case Reaction.Refused refused:
                foreach (var (name, value) in refused.Headers)
                {
                    context.Response.Headers[name] = value;
                }

                await AnswerAsync(context, refused.Status, refused.Body);
                break;
            case Reaction.Partly partly:
                var errors = call.Records.Select(record => (Record: record, Error: partly.ErrorOf(record))).Where(pair => pair.Error is not null).ToList();
                Apply(call.Records.Except(errors.Select(pair => pair.Record)));
                await AnswerAsync(context, 207, new JsonObject
                {
                    ["errors"] = new JsonArray([.. errors.Select(pair => new JsonObject
                    {
                        ["recordId"] = pair.Record["recordId"]!.GetValue<string>(), ["message"] = pair.Error!.Message, ["retryable"] = pair.Error.Retryable,
                    })]),
                }.ToJsonString());
                break;
            case Reaction.Reset reset:
                Apply(reset.Applies ? call.Records : []);
                context.Abort();
                break;
            case Reaction.Hung hung:
                Apply(hung.Applies ? call.Records : []);
                _hung.TrySetResult();
                await Task.WhenAny(_released.Task, LeftAsync(context));
                break;
        }
    }

    private void Apply(IEnumerable<JsonObject> records)
    {
        lock (_lock)
        {
            foreach (var record in records)
            {
                var fields = record["fields"]!.AsObject();
                var id = fields["user_id"]!.GetValue<string>();
                var operation = record["operation"]!.GetValue<string>();
                if (_members.ContainsKey(id) == (operation == "add"))
                {
                    _surprises.Add($"{operation} {id}");
                }

                if (operation == "remove")
                {
                    _members.Remove(id);
                }
                else
                {
                    _members[id] = fields.DeepClone().AsObject();
                }
            }
        }
    }

    /// <summary>Standard Webhooks 1.0: base64 of HMAC-SHA256 over <c>id.timestamp.body</c>, after <c>v1,</c>.</summary>
    private bool IsSigned(IHeaderDictionary headers, byte[] body)
    {
        byte[] content = [.. Encoding.UTF8.GetBytes($"{headers["webhook-id"]}.{headers["webhook-timestamp"]}."), .. body];
        var expected = HMACSHA256.HashData(Convert.FromBase64String(SigningSecret["whsec_".Length..]), content);
        return headers["webhook-signature"].ToString().Split(' ').Contains($"v1,{Convert.ToBase64String(expected)}");
    }

    private static async Task AnswerAsync(HttpContext context, int status, string body)
    {
        context.Response.StatusCode = status;
        if (body.Length > 0)
        {
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(body);
        }
    }

    /// <summary>Ends when the caller has given up.</summary>
    private static async Task LeftAsync(HttpContext context)
    {
        var left = new TaskCompletionSource();
        await using var registration = context.RequestAborted.Register(() => left.TrySetResult());
        await left.Task;
    }
}

/// <summary>A call as it came.</summary>
/// <param name="At">On the clock of <see cref="Stopwatch"/>.</param>
internal sealed record ReceivedCall(string MessageId, JsonNode Body, IReadOnlyList<JsonObject> Records, long At)
{
    /// <summary>The ids by which a repeated operation is known.</summary>
    public IEnumerable<string> RecordIds => Records.Select(record => record["recordId"]!.GetValue<string>());

    /// <summary>A connection check: about nobody.</summary>
    public bool IsTest => Body["type"]?.GetValue<string>() == "test";

    public static ReceivedCall Read(byte[] body, string messageId)
    {
        var json = JsonNode.Parse(body)!;
        return new(messageId, json, json["records"] is JsonArray records ? [.. records.Select(record => record!.AsObject())] : [], Stopwatch.GetTimestamp());
    }
}
