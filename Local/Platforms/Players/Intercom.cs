using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Intercom 2.14: contacts one by one, tags; a search does not find who was made in the last minute, and making them again is a conflict.</summary>
internal sealed class Intercom : Platform
{
    private const string Key = "intercom-token";

    private static readonly TimeSpan SearchLag = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, DateTimeOffset> _madeAt = [];
    private readonly HashSet<string> _attributes = ["tier", "orders", "vip"];
    private readonly HashSet<(string, string, long)> _seen = [];
    private readonly JsonArray _events = [];

    public Intercom(TimeProvider time)
        : base("intercom", time)
    {
        Contacts = new(static n => $"6064{n.ToString("x8", CultureInfo.InvariantCulture)}");
        Extras["events"] = _events;
        Routes.Get("check", "/me", _ => Answer.Json(200, new JsonObject { ["type"] = "admin", ["id"] = "1", ["app"] = new JsonObject { ["id_code"] = "ab12", ["region"] = "US" } }))
            .Get("findTag", "/tags", _ => Answer.Json(200, new JsonObject { ["type"] = "list", ["data"] = new JsonArray([.. Lists.Values.Select(Show)]) }))
            .Post("createTag", "/tags", Tags)
            .Get("getTag", "/tags/{id}", call => Lists.TryGetValue(call.Value("id"), out var tag) ? Answer.Json(200, Show(tag)) : NotFound(call))
            .Post("search", "/contacts/search", Search)
            .Get("resolve", "/contacts/find_by_external_id/{id}", call => Contacts.Find("external_id", call.Value("id")) is { } contact ? Answer.Json(200, Show(contact)) : NotFound(call))
            .Get("resolve", "/contacts/{id}", call => Contacts.Get(call.Value("id")) is { } contact ? Answer.Json(200, Show(contact)) : NotFound(call))
            .Post("create", "/contacts", Create)
            .Put("update", "/contacts/{id}", call => Contacts.Get(call.Value("id")) is { } contact ? Write(contact, call.Object()) : NotFound(call))
            .Post("add", "/contacts/{id}/tags", call => Tagged(call, call.Object().Text("id"), (tag, contact) => tag.Members.Add(contact)))
            .Delete("remove", "/contacts/{id}/tags/{tag}", call => Tagged(call, call.Value("tag"), (tag, contact) => tag.Members.Remove(contact)))
            .Post("archive", "/contacts/{id}/archive", call => Gone(call, "archived"))
            .Delete("delete", "/contacts/{id}", call => Gone(call, "deleted"))
            .Get("attributes", "/data_attributes", _ => Answer.Json(200, new JsonObject { ["type"] = "list", ["data"] = new JsonArray([.. _attributes.Select(name => new JsonObject { ["type"] = "data_attribute", ["name"] = name, ["full_name"] = $"custom_attributes.{name}", ["custom"] = true })]) }))
            .Post("createAttribute", "/data_attributes", call =>
            {
                _attributes.Add(call.Object().Text("name") ?? "");
                return Answer.Json(200, call.Object());
            })
            .Post("event", "/events", Event);
    }

    public override JsonObject Settings => new() { ["accessToken"] = Key };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(1666, TimeSpan.FromSeconds(10))];

    public override string NewListId() => (105 + Lists.Count).ToString(CultureInfo.InvariantCulture);

    protected override Answer? Authenticate(Call call) => call.Bearer == Key ? null : Unauthorized(call);

    protected override Answer? Admit(Call call) => call.Header("Accept") is { } accept && !accept.Contains("json", StringComparison.Ordinal) && !accept.Contains("*/*", StringComparison.Ordinal)
        ? Refuse(406, "media_type_not_acceptable", "The Accept header should send a media type of application/json")
        : call.Header("Intercom-Version") is null ? Refuse(400, "intercom_version_invalid", "The requested version could not be found") : null;

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject
    {
        ["type"] = "error.list",
        ["request_id"] = "0f000000",
        ["errors"] = new JsonArray(new JsonObject { ["code"] = code, ["message"] = message, ["field"] = null }),
    }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, "unauthorized", "Access Token Invalid");

    /// <summary>No Retry-After: the reset is told in UTC seconds.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "rate_limit_exceeded", "Exceeded rate limit")
        .With("X-RateLimit-Limit", 1666).With("X-RateLimit-Remaining", 0).With("X-RateLimit-Reset", (call.At + wait).ToUnixTimeSeconds() + 1);

    private static JsonObject Show(RemoteList tag) => new() { ["type"] = "tag", ["id"] = tag.Id, ["name"] = tag.Name };

    private static JsonObject Show(Contact contact) => new()
    {
        ["type"] = "contact",
        ["id"] = contact.Id,
        ["external_id"] = contact.Key("external_id"),
        ["email"] = contact.Key("email"),
        ["role"] = "user",
        ["custom_attributes"] = contact.Attributes.DeepClone(),
    };

    private Answer Tags(Call call)
    {
        var body = call.Object();
        if (body.Text("name") is not { Length: > 0 } name)
        {
            return Refuse(400, "parameter_not_found", "name is required");
        }

        var users = body.Items("users").Select(user => (Contact: Contacts.Get(user.Text("id")) ?? Contacts.Find("external_id", user.Text("user_id")) ?? Contacts.Find("email", user.Text("email")), Untag: user.Flag("untag") is true)).ToList();
        if (users.Count > 50)
        {
            return Refuse(400, "parameter_invalid", "At most 50 users are tagged at a time");
        }

        if (users.Any(user => user.Contact is null))
        {
            return Refuse(404, "not_found", "User Not Found");
        }

        var tag = Lists.Values.FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase)) ?? EnsureList(NewListId(), name, "tag");
        foreach (var (contact, untag) in users)
        {
            _ = untag ? tag.Members.Remove(contact!.Id) : tag.Members.Add(contact!.Id);
        }

        return Answer.Json(200, Show(tag));
    }

    private Answer Search(Call call)
    {
        var query = call.Object().At("query");
        IReadOnlyList<JsonNode?> parts = query.Text("operator") is "OR" or "AND" ? query.Items("value") : [query];
        if (parts.Count is 0 or > 15 || parts.Any(part => part.Text("field") is null || part.Text("operator") is not ("=" or "IN")))
        {
            return Refuse(400, "parameter_invalid", "Between 1 and 15 comparisons are searched for");
        }

        var found = parts.SelectMany(part => part.Text("operator") == "IN" ? part.Items("value").Select(value => (Kind: part.Text("field")!, Value: value.Text())) : [(part.Text("field")!, part.Text("value"))])
            .Select(part => part.Kind == "id" ? Contacts.Get(part.Value) : Contacts.Find(part.Kind, part.Value)).OfType<Contact>().Distinct()
            .Where(contact => !_madeAt.TryGetValue(contact.Id, out var at) || at + SearchLag <= call.At).ToList();
        return Answer.Json(200, new JsonObject { ["type"] = "list", ["data"] = new JsonArray([.. found.Select(Show)]), ["total_count"] = found.Count, ["pages"] = new JsonObject { ["type"] = "pages", ["page"] = 1, ["total_pages"] = 1 } });
    }

    private Answer Create(Call call)
    {
        var body = call.Object();
        if (body.Text("role") is not ("user" or "lead") || (body.Text("email") ?? body.Text("external_id")) is null)
        {
            return Refuse(400, "parameter_not_found", "role and one of email or external_id are required");
        }

        if ((Contacts.Find("external_id", body.Text("external_id")) ?? Contacts.Find("email", body.Text("email"))) is { } known)
        {
            return Refuse(409, "conflict", $"A contact matching those details already exists with id={known.Id}");
        }

        if (Fault(body) is { } fault)
        {
            return fault;
        }

        var contact = Contacts.Create();
        _madeAt[contact.Id] = call.At;
        return Write(contact, body);
    }

    private Answer? Fault(JsonObject body) =>
        body.Text("email") is { } email && (!Formats.IsEmail(email) || IsBad(email)) ? Refuse(400, "parameter_invalid", "email is invalid")
        : IsBad(body.Text("external_id")) ? Refuse(400, "parameter_invalid", "external_id is invalid")
        : body.Fields("custom_attributes").FirstOrDefault(field => !_attributes.Contains(field.Key)).Key is { } name ? Refuse(400, "parameter_invalid", $"Custom attribute '{name}' does not exist")
        : null;

    private Answer Write(Contact contact, JsonObject body)
    {
        if (Fault(body) is { } fault)
        {
            return fault;
        }

        if (body.Text("external_id") is { } id && Contacts.Find("external_id", id) is { } other && other != contact)
        {
            return Refuse(409, "unique_user_constraint", $"A contact matching those details already exists with id={other.Id}");
        }

        Contacts.SetKey(contact, "email", body.Text("email")?.ToLowerInvariant());
        Contacts.SetKey(contact, "external_id", body.Text("external_id"));
        Contacts.SetKey(contact, "phone", body.Text("phone"));
        if (body.Flag("unsubscribed_from_emails") is { } unsubscribed)
        {
            contact.Subscription = unsubscribed ? "unsubscribed" : "subscribed";
        }

        contact.Merge(body.Where(field => field.Key is "name" or "avatar" or "signed_up_at" or "last_seen_at" or "owner_id" or "language_override"));
        contact.Merge(body.Fields("custom_attributes"));
        return Answer.Json(200, Show(contact));
    }

    private Answer Tagged(Call call, string? tagId, Action<RemoteList, string> change)
    {
        if (Contacts.Get(call.Value("id")) is not { } contact)
        {
            return Refuse(404, "not_found", "User Not Found");
        }

        if (!Lists.TryGetValue(tagId ?? "", out var tag) || (call.Method == "DELETE" && !tag.Members.Contains(contact.Id)))
        {
            return Refuse(404, "not_found", "Tag Not Found");
        }

        change(tag, contact.Id);
        contact.Writes++;
        return Answer.Json(200, Show(tag));
    }

    /// <summary>No connector should ever come here.</summary>
    private Answer Gone(Call call, string word)
    {
        if (Contacts.Get(call.Value("id")) is not { } contact)
        {
            return NotFound(call);
        }

        contact.Subscription = word;
        return Answer.Json(200, new JsonObject { ["type"] = "contact", ["id"] = contact.Id, [word] = true });
    }

    private Answer Event(Call call)
    {
        var body = call.Object();
        if (body.Text("event_name") is not { Length: > 0 } name || body.At("created_at") is not JsonValue created || !created.TryGetValue<long>(out var at))
        {
            return Refuse(400, "parameter_not_found", "event_name and created_at (seconds) are required");
        }

        if ((Contacts.Find("external_id", body.Text("user_id")) ?? Contacts.Get(body.Text("id")) ?? Contacts.Find("email", body.Text("email"))) is not { } contact)
        {
            return Refuse(404, "not_found", "User Not Found");
        }

        if (body.At("metadata") is JsonObject { Count: > 10 })
        {
            return Refuse(400, "parameter_invalid", "metadata has at most 10 keys");
        }

        if (_seen.Add((contact.Id, name, at)))
        {
            _events.Add((JsonNode)new JsonObject { ["name"] = name, ["contact"] = contact.Id, ["metadata"] = body.At("metadata")?.DeepClone() });
        }

        return Answer.Empty(202);
    }
}
