using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>The tracking API of Segment (strangers' keys get 200 and are dropped) and of RudderStack under <c>/rudder</c> (401 for strangers).</summary>
internal sealed class SegmentEvents : Platform
{
    private const string Key = "write-key";
    private const int MaxBatch = 500 * 1024, MaxEvent = 32 * 1024;

    private readonly JsonArray _events = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    public SegmentEvents(TimeProvider time)
        : base("segment-events", time)
    {
        Extras["events"] = _events;
        foreach (var root in (string[])["/v1", "/rudder/v1"])
        {
            Routes.Post("batch", $"{root}/batch", call => Take(call, call.Object().Items("batch")));
            foreach (var type in (string[])["identify", "track", "group", "page", "screen", "alias"])
            {
                Routes.Post(type, $"{root}/{type}", call =>
                {
                    var message = call.Object();
                    message["type"] ??= type;
                    return Take(call, [message]);
                });
            }
        }

        Routes.Open("check", "GET", "/v1/projects/{key}/settings", call => call.Value("key") == Key ? Answer.Json(200, new JsonObject { ["integrations"] = new JsonObject() }) : Answer.Plain(404, "Cannot find project"))
            .Open("check", "GET", "/rudder/health", _ => Answer.Plain(200, "OK"));
    }

    public override JsonObject Settings => new() { ["writeKey"] = Key };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(1000, TimeSpan.FromSeconds(1))];

    protected override Answer? Authenticate(Call call) => IsRudder(call) && call.Basic is not (Key, "") ? Unauthorized(call) : null;

    protected override Answer Refuse(int status, string code, string message) => Answer.Plain(status, message).Because(message);

    protected override Answer Unauthorized(Call call) => Answer.Plain(401, "Invalid Authorization Header");

    protected override Answer Throttle(Call call, TimeSpan wait) => Answer.Plain(429, "Too Many Requests").With("Retry-After", Seconds(wait)).With("X-RateLimit-Reset", Seconds(wait));

    private static bool IsRudder(Call call) => call.RawPath.StartsWith("/rudder/", StringComparison.Ordinal);

    private Answer Take(Call call, IReadOnlyList<JsonNode?> messages)
    {
        var isRudder = IsRudder(call);
        if (call.Body.Length > (isRudder ? 4 * 1024 * 1024 : MaxBatch) || messages.Any(message => System.Text.Encoding.UTF8.GetByteCount(message?.ToJsonString() ?? "") > MaxEvent))
        {
            return isRudder ? Answer.Plain(413, "Request size too large") : Answer.Json(400, new JsonObject { ["success"] = false, ["message"] = "Exceed payload limit" });
        }

        var isKnown = call.Basic is (Key, "") || call.Object().Text("writeKey") == Key;
        foreach (var message in messages.Where(_ => isKnown))
        {
            // Told nobody: dropped without a word.
            var isWhole = (message.Text("userId") ?? message.Text("anonymousId")) is not null && (message.Text("type") != "track" || message.Text("event") is not null);
            if (isWhole && (message.Text("messageId") is not { } id || _seen.Add(id)))
            {
                _events.Add(message!.DeepClone());
            }
        }

        return isRudder ? Answer.Plain(200, "OK") : Answer.Json(200, new JsonObject { ["success"] = true });
    }
}
