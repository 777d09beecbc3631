using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Customer.io: Track API (people, manual segments, events) and App API (segments). Strangers are left out of segments without a word.</summary>
internal sealed class CustomerIo : Platform
{
    private const string Site = "site0123", TrackKey = "track-key", AppKey = "app-key";
    private const int MaxIds = 1000, MaxOperation = 32 * 1024, MaxBatch = 500 * 1024;

    private readonly JsonArray _events = [];
    private readonly HashSet<string> _eventIds = new(StringComparer.Ordinal);

    public CustomerIo(TimeProvider time)
        : base("customerio", time)
    {
        Contacts = new(static n => $"cio_{n.ToString("x6", CultureInfo.InvariantCulture)}");
        Extras["events"] = _events;
        Routes.Get("check", "/api/v1/accounts/region", call => Answer.Json(200, new JsonObject { ["url"] = "track.customer.io", ["region"] = "us", ["environment_id"] = 7 }))
            .Post("add", "/api/v1/segments/{id}/add_customers", call => Members(call, (list, id) => list.Members.Add(id)))
            .Post("remove", "/api/v1/segments/{id}/remove_customers", call => Members(call, (list, id) => list.Members.Remove(id)))
            .Post("batch", "/api/v2/batch", Batch)
            .Post("entity", "/api/v2/entity", Entity)
            .Put("identify", "/api/v1/customers/{id}", call =>
            {
                Identify(new JsonObject { ["identifiers"] = new JsonObject { [call.Value("id").Contains('@', StringComparison.Ordinal) ? "email" : "id"] = call.Value("id") }, ["attributes"] = call.Object() });
                return Answer.Json(200, new JsonObject());
            })
            .Get("findSegment", "/v1/segments", _ => Answer.Json(200, new JsonObject { ["segments"] = new JsonArray([.. Lists.Values.Select(Show)]) }))
            .Post("createSegment", "/v1/segments", call => call.Object().At("segment").Text("name") is { Length: > 0 } name
                ? Answer.Json(200, new JsonObject { ["segment"] = Show(EnsureList(NewListId(), name, "manual")) })
                : Refuse(400, "", "segment.name is required"))
            .Get("getSegment", "/v1/segments/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, new JsonObject { ["segment"] = Show(list) }) : NotFound(call))
            .Get("membership", "/v1/segments/{id}/membership", call => Lists.TryGetValue(call.Value("id"), out var list)
                ? Answer.Json(200, new JsonObject { ["ids"] = new JsonArray([.. list.Members.Select(id => (JsonNode?)id)]), ["next"] = "" })
                : NotFound(call))
            .Get("check", "/v1/workspaces", _ => Answer.Json(200, new JsonObject { ["workspaces"] = new JsonArray() }));
    }

    public override JsonObject Settings => new() { ["siteId"] = Site, ["trackApiKey"] = TrackKey, ["appApiKey"] = AppKey };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(100, TimeSpan.FromSeconds(1)), new(10, TimeSpan.FromSeconds(1), "findSegment", "createSegment", "getSegment", "membership")];

    public override string NewListId() => (7 + Lists.Count).ToString(CultureInfo.InvariantCulture);

    public override string KeyKind(string kind) => kind is "external_id" ? "id" : kind;

    protected override Answer? Authenticate(Call call) =>
        (call.RawPath.StartsWith("/v1/", StringComparison.Ordinal) ? call.Bearer == AppKey : call.Basic is (Site, TrackKey)) ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["reason"] = code, ["detail"] = message, ["message"] = message }) }).Because(message);

    protected override Answer Unauthorized(Call call) => call.RawPath.StartsWith("/api/v1/", StringComparison.Ordinal)
        ? Answer.Json(401, new JsonObject { ["meta"] = new JsonObject { ["error"] = "Unauthorized request" } })
        : Refuse(401, "unauthorized", "Unauthorized request");

    /// <summary>No header tells how long.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "rate_limited", "Too many requests");

    private static JsonObject Show(RemoteList list) => new() { ["id"] = int.Parse(list.Id, CultureInfo.InvariantCulture), ["name"] = list.Name, ["type"] = list.Kind is "" ? "manual" : list.Kind, ["state"] = "finished" };

    private Answer Members(Call call, Action<RemoteList, string> change)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list) || list.Kind is not ("" or "manual"))
        {
            return Answer.Json(404, new JsonObject { ["meta"] = new JsonObject { ["error"] = "segment not found or not manual" } });
        }

        var ids = call.Object().Items("ids");
        var kind = call.Query("id_type") ?? "id";
        if (ids.Count is 0 or > MaxIds || kind is not ("id" or "email" or "cio_id"))
        {
            return Answer.Json(400, new JsonObject { ["meta"] = new JsonObject { ["errors"] = new JsonArray($"between 1 and {MaxIds} ids of one type are expected") } });
        }

        foreach (var id in ids.Select(id => id.Text()))
        {
            if ((kind == "cio_id" ? Contacts.Get(id) : Contacts.Find(kind, id)) is { } contact)
            {
                change(list, contact.Id);
                contact.Writes++;
            }
        }

        return Answer.Json(200, new JsonObject());
    }

    private Answer Batch(Call call)
    {
        if (call.Body.Length > MaxBatch)
        {
            return Refuse(413, "too_large", "the batch is larger than 500 KB");
        }

        var batch = call.Object().Items("batch");
        if (batch.Count == 0)
        {
            return Refuse(400, "required", "batch is required");
        }

        var errors = new JsonArray();
        foreach (var (at, operation) in batch.Index())
        {
            if (Fault(operation) is var (reason, field, message))
            {
                errors.Add((JsonNode)new JsonObject { ["batch_index"] = at, ["reason"] = reason, ["field"] = field, ["message"] = message });
            }
            else
            {
                Apply(operation);
            }
        }

        return errors.Count == 0 ? Answer.Json(200, new JsonObject()) : Answer.Json(207, new JsonObject { ["errors"] = errors });
    }

    private Answer Entity(Call call)
    {
        var operation = call.Object();
        if (Fault(operation) is var (_, _, message))
        {
            return Refuse(400, "invalid", message);
        }

        Apply(operation);
        return Answer.Json(200, new JsonObject());
    }

    private (string Reason, string Field, string Message)? Fault(JsonNode? operation)
    {
        var identifiers = operation.At("identifiers") as JsonObject;
        if (operation.Text("type") != "person" || operation.Text("action") is not ("identify" or "event" or "delete"))
        {
            return ("invalid", "action", "type and action are required");
        }

        if (identifiers is not { Count: 1 } || identifiers.Single() is not { Key: "id" or "email" or "cio_id" or "anonymous_id", Value: { } value } || value.Text() is null or "")
        {
            return ("required", "identifiers", "exactly one of id, email or cio_id is required");
        }

        if (IsBad(value.Text()) || IsBad(operation.At("attributes").Text("email")))
        {
            return ("invalid", "identifiers", "the person was refused");
        }

        if (identifiers.ContainsKey("email") && !Formats.IsEmail(value.Text()))
        {
            return ("invalid", "identifiers.email", "not a valid email");
        }

        if (Encoding.UTF8.GetByteCount(operation!.ToJsonString()) > MaxOperation)
        {
            return ("too_large", "attributes", "the operation is larger than 32 KB");
        }

        foreach (var (name, each) in operation.Fields("attributes"))
        {
            if (Encoding.UTF8.GetByteCount(each?.Text() ?? "") > 1000)
            {
                return ("invalid", $"attributes.{name}", "the value is longer than 1000 bytes");
            }
        }

        return operation.Text("action") == "event" && operation.Text("name") is null or "" ? ("required", "name", "name is required") : null;
    }

    private void Apply(JsonNode? operation)
    {
        switch (operation.Text("action"))
        {
            case "identify":
                Identify(operation!);
                break;
            case "delete" when Find(operation) is { } contact:
                contact.Subscription = "deleted";
                break;
            case "event" when operation.Text("id") is not { } id || _eventIds.Add(id):
                _events.Add((JsonNode)new JsonObject { ["name"] = operation.Text("name"), ["contact"] = Find(operation)?.Id, ["id"] = operation.Text("id"), ["attributes"] = operation.At("attributes")?.DeepClone() });
                break;
            default:
                break;
        }
    }

    private Contact? Find(JsonNode? operation)
    {
        var (kind, value) = operation.Fields("identifiers").First();
        return kind == "cio_id" ? Contacts.Get(value.Text()) : Contacts.Find(kind, value.Text());
    }

    private void Identify(JsonNode operation)
    {
        var attributes = operation.Fields("attributes").ToList();
        var (kind, value) = operation.Fields("identifiers").First();
        var contact = Find(operation) ?? Contacts.Find("email", operation.At("attributes").Text("email"));
        if (contact is null && operation.At("attributes").Flag("_update") is true)
        {
            return;
        }

        contact ??= Contacts.Create();
        if (kind != "cio_id")
        {
            Contacts.SetKey(contact, kind, value.Text());
        }

        Contacts.SetKey(contact, "email", operation.At("attributes").Text("email"));
        if (operation.At("attributes").Flag("unsubscribed") is { } unsubscribed)
        {
            contact.Subscription = unsubscribed ? "unsubscribed" : "subscribed";
        }

        contact.Merge(attributes.Where(field => field.Key is not ("email" or "id" or "unsubscribed" or "_update" or "_timestamp")).Select(field => field.Value.Text() is "" ? KeyValuePair.Create(field.Key, (JsonNode?)null) : field));
    }
}
