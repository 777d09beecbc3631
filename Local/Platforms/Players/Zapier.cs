using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Webhooks by Zapier: a catch hook. Every object caught, and every element of an array, is an event; <c>members</c> of the one list follow the events.</summary>
internal sealed class Zapier : Platform
{
    private const string User = "123456", Code = "abcdef";

    private readonly JsonArray _events = [];

    public Zapier(TimeProvider time)
        : base("zapier", time)
    {
        Extras["events"] = _events;
        Routes.Post("catch", "/hooks/catch/{user}/{code}/", Catch)
            .Post("catch", "/hooks/catch/{user}/{code}", Catch);
    }

    public override JsonObject Settings => new() { ["hookUrl"] = $"https://hooks.zapier.com/hooks/catch/{User}/{Code}/" };

    protected override int? MaxBodyBytes => 10 * 1024 * 1024;

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(30, TimeSpan.FromSeconds(1)), new(20_000, TimeSpan.FromMinutes(5))];

    /// <summary>The address is the secret.</summary>
    protected override Answer? Authenticate(Call call) => null;

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["status"] = "error", ["message"] = message }).Because(message);

    /// <summary>No Retry-After.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "", "Too many requests");

    protected override Answer Unauthorized(Call call) => Refuse(401, "", "Unauthorized");

    private Answer Catch(Call call)
    {
        if (call.Value("user") != User || call.Value("code") != Code)
        {
            return Refuse(404, "", "Please unsubscribe me!");
        }

        foreach (var each in call.Json() is JsonArray array ? array.ToList() : [call.Json()])
        {
            _events.Add(each?.DeepClone());
        }

        return Answer.Json(200, new JsonObject
        {
            ["status"] = "success",
            ["id"] = $"019{_events.Count.ToString("D6", CultureInfo.InvariantCulture)}",
            ["request_id"] = $"019{Log.Calls.Values.Sum().ToString("D6", CultureInfo.InvariantCulture)}",
            ["attempt"] = "1",
        });
    }
}
