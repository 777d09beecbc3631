using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>A receiver of our own webhooks, at any path: checks the Standard Webhooks signature, keeps a list for each audience, answers failed records by id.</summary>
/// <remarks>A member is kept under its field <c>user_id</c>, else <c>email</c>, else <c>id</c>.</remarks>
internal sealed class Webhook : Platform
{
    private const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly JsonArray _events = [];

    public Webhook(TimeProvider time)
        : base("webhook", time)
    {
        Extras["events"] = _events;
        foreach (var method in (string[])["POST", "PUT", "PATCH"])
        {
            Routes.Add("call", method, "/{path*}", Take);
        }
    }

    public override bool TakesAnyPath => true;

    public override JsonObject Settings => new() { ["url"] = "https://receiver.example/audience", ["signingSecret"] = Secret };

    protected override int? MaxBodyBytes => 1024 * 1024;

    protected override Answer? Authenticate(Call call)
    {
        if (!long.TryParse(call.Header("webhook-timestamp"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || (call.At - DateTimeOffset.FromUnixTimeSeconds(seconds)).Duration() > Tolerance)
        {
            return Refuse(401, "timestamp", "webhook-timestamp is missing or too far off.");
        }

        byte[] signed = [.. Encoding.UTF8.GetBytes($"{call.Header("webhook-id")}.{seconds.ToString(CultureInfo.InvariantCulture)}."), .. call.Body];
        var expected = $"v1,{Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret[6..]), signed))}";
        return (call.Header("webhook-signature") ?? "").Split(' ').Contains(expected) ? null : Refuse(401, "signature", "webhook-signature is not right.");
    }

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["code"] = code, ["message"] = message }).Because($"{code}: {message}");

    private Answer Take(Call call)
    {
        var body = call.Object();
        if (body.Items("batch") is { Count: > 0 } calls)
        {
            calls.ToList().ForEach(each => _events.Add(each?.DeepClone()));
            return Answer.Ok;
        }

        if (body.Text("type") is "track" or "identify")
        {
            _events.Add((JsonNode)body);
            return Answer.Ok;
        }

        if (body.Text("type") != "audience.membership")
        {
            return Answer.Ok;
        }

        var audience = EnsureList(body.At("audience").Text("id") ?? "", body.At("audience").Text("name") ?? "");
        var errors = new JsonArray();
        foreach (var record in body.Items("records"))
        {
            var fields = record.At("fields");
            var key = fields.Text("user_id") ?? fields.Text("email") ?? fields.Text("id");
            if (key is null || IsBad(key) || IsBad(fields.Text("email")))
            {
                errors.Add((JsonNode)new JsonObject { ["recordId"] = record.Text("recordId"), ["code"] = "refused", ["message"] = "The record was refused.", ["retryable"] = false });
                continue;
            }

            if (record.Text("operation") == "remove")
            {
                if (Contacts.Find("external_id", key) is { } known)
                {
                    audience.Members.Remove(known.Id);
                }

                continue;
            }

            var (contact, _) = Contacts.Ensure("external_id", key);
            audience.Members.Add(contact.Id);
            contact.Merge(record.Fields("fields"));
        }

        return errors.Count == 0 ? Answer.Json(200, new JsonObject()) : Answer.Json(207, new JsonObject { ["errors"] = errors });
    }
}
