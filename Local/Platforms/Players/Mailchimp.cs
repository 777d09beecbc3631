using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Mailchimp Marketing API 3.0: one audience, static segments (= tags), batches that answer 200 whatever happened to their rows.</summary>
/// <remarks>The audience and its segments are lists of the state: kinds <c>audience</c> and <c>segment</c>. Asynchronous <c>/batches</c> are not played.</remarks>
internal sealed partial class Mailchimp : Platform
{
    private const string Key = "0123456789abcdef0123456789abcdef-us19";
    private const string AudienceId = "a1b2c3d4e5";
    private const int MaxRows = 500;

    private readonly Dictionary<string, string> _mergeFields = new() { ["FNAME"] = "text", ["LNAME"] = "text", ["PHONE"] = "phone", ["TIER"] = "text", ["ORDERS"] = "number", ["BIRTHDAY"] = "birthday" };
    private readonly JsonArray _events = [];

    public Mailchimp(TimeProvider time)
        : base("mailchimp", time)
    {
        EnsureList(AudienceId, "Customers", "audience");
        Extras["events"] = _events;
        Routes.Open("token", "GET", "/oauth2/metadata", call => call.Scheme("OAuth") == Key
                ? Answer.Json(200, new JsonObject { ["dc"] = "us19", ["api_endpoint"] = call.Home })
                : Answer.Json(200, new JsonObject { ["error"] = "invalid_token", ["error_description"] = "The token is not valid." }))
            .Get("check", "/3.0/ping", _ => Answer.Json(200, new JsonObject { ["health_status"] = "Everything's Chimpy!" }))
            .Get("findAudience", "/3.0/lists", call => Page(call, "lists", Lists.Values.Where(list => list.Kind == "audience").Select(ShowAudience)))
            .Get("getAudience", "/3.0/lists/{l}", call => InAudience(call, audience => Answer.Json(200, ShowAudience(audience))))
            .Get("mergeFields", "/3.0/lists/{l}/merge-fields", call => InAudience(call, _ => Page(call, "merge_fields", _mergeFields.Select(field => new JsonObject { ["tag"] = field.Key, ["name"] = field.Key, ["type"] = field.Value }))))
            .Post("createMergeField", "/3.0/lists/{l}/merge-fields", CreateMergeField)
            .Get("findSegment", "/3.0/lists/{l}/tag-search", call => InAudience(call, audience => Answer.Json(200, new JsonObject
            {
                ["tags"] = new JsonArray([.. Segments(audience).Where(tag => tag.Name.StartsWith(call.Query("name") ?? "", StringComparison.OrdinalIgnoreCase)).Select(tag => new JsonObject { ["id"] = int.Parse(tag.Id, CultureInfo.InvariantCulture), ["name"] = tag.Name })]),
                ["total_items"] = 0,
            })))
            .Get("findSegment", "/3.0/lists/{l}/segments", call => InAudience(call, audience => Page(call, "segments", Segments(audience).Select(ShowSegment))))
            .Post("createSegment", "/3.0/lists/{l}/segments", call => InAudience(call, audience => CreateSegment(call, audience)))
            .Get("getSegment", "/3.0/lists/{l}/segments/{id}", call => InSegment(call, (_, segment) => Answer.Json(200, ShowSegment(segment))))
            .Post("members", "/3.0/lists/{l}/segments/{id}", call => InSegment(call, (audience, segment) => Change(call, audience, segment)))
            .Post("upsert", "/3.0/lists/{l}", call => InAudience(call, audience => Upsert(call, audience)))
            .Get("getMember", "/3.0/lists/{l}/members/{hash}", call => InAudience(call, audience => Member(audience, call) is { } member ? Answer.Json(200, Show(audience, member)) : NotFound(call)))
            .Put("upsertOne", "/3.0/lists/{l}/members/{hash}", call => InAudience(call, audience => UpsertOne(call, audience)))
            .Post("tags", "/3.0/lists/{l}/members/{hash}/tags", call => InAudience(call, audience => Tag(call, audience)))
            .Delete("archive", "/3.0/lists/{l}/members/{hash}", call => InAudience(call, audience => Archive(call, audience)))
            .Post("event", "/3.0/lists/{l}/members/{hash}/events", call => InAudience(call, audience => Event(call, audience)));
    }

    public override JsonObject Settings => new() { ["apiKey"] = Key, ["listId"] = AudienceId };

    public override string NewListId() => (2000 + Lists.Count).ToString(CultureInfo.InvariantCulture);

    protected override Answer? Authenticate(Call call) =>
        call.Basic is ({ Length: > 0 }, Key) || call.Bearer == Key ? null : Refuse(401, "API Key Invalid", "Your API key may be invalid, or you've attempted to access the wrong datacenter.");

    protected override Answer Refuse(int status, string code, string message) => Problem(status, code, message);

    protected override Answer Throttle(Call call, TimeSpan wait) => Problem(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections.");

    protected override Answer Unauthorized(Call call) => Problem(401, "API Key Invalid", "Your API key may be invalid.");

    protected override Answer NotFound(Call call) => Problem(404, "Resource Not Found", "The requested resource could not be found.");

    private static Answer Problem(int status, string title, string detail, params (string Field, string Message)[] errors)
    {
        var body = new JsonObject { ["type"] = "https://mailchimp.com/developer/marketing/docs/errors/", ["title"] = title, ["status"] = status, ["detail"] = detail, ["instance"] = "0f000000" };
        if (errors.Length > 0)
        {
            body["errors"] = new JsonArray([.. errors.Select(error => new JsonObject { ["field"] = error.Field, ["message"] = error.Message })]);
        }

        return Answer.Json(status, body, "application/problem+json; charset=utf-8").Because($"{title}: {detail}");
    }

    private static Answer Page(Call call, string name, IEnumerable<JsonObject> rows)
    {
        var all = rows.ToList();
        var (count, offset) = (Number(call, "count", 10), Number(call, "offset", 0));
        return count is < 0 or > 1000
            ? Problem(400, "Invalid Resource", "count is at most 1000.", ("count", "at most 1000"))
            : Answer.Json(200, new JsonObject { [name] = new JsonArray([.. all.Skip(offset).Take(count)]), ["total_items"] = all.Count });
    }

    private static int Number(Call call, string name, int otherwise) => int.TryParse(call.Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private static JsonObject ShowAudience(RemoteList list) => new() { ["id"] = list.Id, ["name"] = list.Name, ["double_optin"] = false, ["stats"] = new JsonObject { ["member_count"] = list.Members.Count } };

    private static JsonObject ShowSegment(RemoteList list) => new() { ["id"] = int.Parse(list.Id, CultureInfo.InvariantCulture), ["name"] = list.Name, ["type"] = "static", ["member_count"] = list.Members.Count, ["list_id"] = list.Facts["list"] };

    private static string Hash(string email) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(email.Trim().ToLowerInvariant())));

    /// <summary>Addresses that Mailchimp takes for made up.</summary>
    private static bool LooksFake(string email) => email.EndsWith("@example.com", StringComparison.OrdinalIgnoreCase) || email.EndsWith(".test", StringComparison.OrdinalIgnoreCase);

    private IEnumerable<RemoteList> Segments(RemoteList audience) => Lists.Values.Where(list => list.Kind == "segment" && list.Facts.GetValueOrDefault("list", AudienceId) == audience.Id);

    private Answer InAudience(Call call, Func<RemoteList, Answer> serve) => Lists.TryGetValue(call.Value("l"), out var list) && list.Kind == "audience" ? serve(list) : NotFound(call);

    private Answer InSegment(Call call, Func<RemoteList, RemoteList, Answer> serve) => InAudience(call, audience =>
        Segments(audience).FirstOrDefault(segment => segment.Id == call.Value("id")) is { } segment ? serve(audience, segment) : NotFound(call));

    private Contact? Member(RemoteList audience, Call call)
    {
        var id = call.Value("hash");
        return Contacts.All.FirstOrDefault(contact => audience.Members.Contains(contact.Id) && (Hash(contact.Key("email")!) == id || string.Equals(contact.Key("email"), id, StringComparison.OrdinalIgnoreCase) || contact.Id == id));
    }

    private static JsonObject Show(RemoteList audience, Contact contact) => new()
    {
        ["id"] = Hash(contact.Key("email")!),
        ["contact_id"] = contact.Id,
        ["email_address"] = contact.Key("email"),
        ["status"] = contact.Subscription,
        ["merge_fields"] = contact.Attributes.DeepClone(),
        ["list_id"] = audience.Id,
    };

    private Answer CreateMergeField(Call call) => InAudience(call, _ =>
    {
        var body = call.Object();
        if (body.Text("tag") is not { } tag || !MergeTag().IsMatch(tag) || body.Text("name") is null || body.Text("type") is not { } type)
        {
            return Problem(400, "Invalid Resource", "The resource submitted could not be validated.", ("tag", "up to 10 upper-case letters, digits and underscores"));
        }

        _mergeFields[tag] = type;
        return Answer.Json(200, new JsonObject { ["tag"] = tag, ["name"] = body.Text("name"), ["type"] = type });
    });

    private Answer CreateSegment(Call call, RemoteList audience)
    {
        var body = call.Object();
        if (body.Text("name") is not { Length: > 0 and <= 100 } name)
        {
            return Problem(400, "Invalid Resource", "The resource submitted could not be validated.", ("name", "a name is required"));
        }

        if (Segments(audience).Any(segment => string.Equals(segment.Name, name, StringComparison.OrdinalIgnoreCase)))
        {
            return Problem(400, "Bad Request", "Sorry, that tag already exists.");
        }

        return Answer.Json(200, ShowSegment(NewSegment(audience, name)));
    }

    private RemoteList NewSegment(RemoteList audience, string name)
    {
        var segment = EnsureList(NewListId(), name, "segment");
        segment.Facts["list"] = audience.Id;
        return segment;
    }

    private Answer Upsert(Call call, RemoteList audience)
    {
        var body = call.Object();
        var members = body.Items("members");
        if (members.Count is 0 or > MaxRows)
        {
            return Problem(400, "Invalid Resource", $"members holds between 1 and {MaxRows} rows.", ("members", "wrong number"));
        }

        var (made, changed, errors) = (new JsonArray(), new JsonArray(), new JsonArray());
        foreach (var member in members)
        {
            var email = member.Text("email_address") ?? "";
            if (Fault(email, member.At("merge_fields")) is { } fault)
            {
                Error("ERROR_GENERIC", fault);
                continue;
            }

            var known = Contacts.Find("email", email) is { } contact && audience.Members.Contains(contact.Id) ? contact : null;
            if (known is null && member.Text("status") is not ("subscribed" or "unsubscribed" or "cleaned" or "pending" or "transactional"))
            {
                Error("ERROR_GENERIC", "status is required.");
            }
            else if (known is not null && body.Flag("update_existing") is not true)
            {
                Error("ERROR_CONTACT_EXISTS", $"{email} is already a list member.");
            }
            else
            {
                var written = Write(audience, email, member);
                written.Subscription = member.Text("status") ?? written.Subscription;
                if (body.Flag("sync_tags") is true)
                {
                    foreach (var segment in Segments(audience))
                    {
                        segment.Members.Remove(written.Id);
                    }
                }

                (known is null ? made : changed).Add((JsonNode)Show(audience, written));
            }

            void Error(string code, string text) => errors.Add((JsonNode)new JsonObject { ["email_address"] = email, ["error"] = text, ["error_code"] = code, ["field"] = "", ["field_message"] = "" });
        }

        var (created, updated, failed) = (made.Count, changed.Count, errors.Count);
        return Answer.Json(200, new JsonObject { ["new_members"] = made, ["updated_members"] = changed, ["errors"] = errors, ["total_created"] = created, ["total_updated"] = updated, ["error_count"] = failed });
    }

    private string? Fault(string email, JsonNode? mergeFields) =>
        !Formats.IsEmail(email) ? "Please provide a valid email address."
        : LooksFake(email) || IsBad(email) ? $"{email} looks fake or invalid, please enter a real email address."
        : mergeFields is JsonObject json && json.Any(field => field.Value?.GetValueKind() is System.Text.Json.JsonValueKind.True or System.Text.Json.JsonValueKind.False or System.Text.Json.JsonValueKind.Null) ? "Merge fields are texts or numbers."
        : null;

    private Contact Write(RemoteList audience, string email, JsonNode? member)
    {
        var (contact, _) = Contacts.Ensure("email", email);
        audience.Members.Add(contact.Id);
        contact.Merge(member.Fields("merge_fields").Where(field => _mergeFields.ContainsKey(field.Key)));
        return contact;
    }

    private Answer UpsertOne(Call call, RemoteList audience)
    {
        var body = call.Object();
        var email = body.Text("email_address") ?? "";
        if (Fault(email, body.At("merge_fields")) is { } fault)
        {
            return Problem(400, "Invalid Resource", fault, ("email_address", fault));
        }

        var known = Member(audience, call);
        if (known is null && body.Text("status_if_new") is null && body.Text("status") is null)
        {
            return Problem(400, "Invalid Resource", "status_if_new is required.", ("status_if_new", "required"));
        }

        if (known is not null && !string.Equals(known.Key("email"), email, StringComparison.OrdinalIgnoreCase))
        {
            if (Contacts.Find("email", email) is { } other && audience.Members.Contains(other.Id))
            {
                return Problem(400, "Member Exists", $"{email} is already a list member.");
            }

            Contacts.SetKey(known, "email", email);
        }

        var contact = Write(audience, email, body);
        contact.Subscription = body.Text("status") ?? (known is null ? body.Text("status_if_new")! : contact.Subscription);
        return Answer.Json(200, Show(audience, contact));
    }

    private Answer Change(Call call, RemoteList audience, RemoteList segment)
    {
        var body = call.Object();
        var (adds, removes) = (body.Texts("members_to_add"), body.Texts("members_to_remove"));
        if (adds.Count > MaxRows || removes.Count > MaxRows || adds.Count + removes.Count == 0)
        {
            return Problem(400, "Invalid Resource", $"Up to {MaxRows} members are added and removed at a time.");
        }

        var (added, removed, strangers) = (new JsonArray(), new JsonArray(), new List<string>());
        foreach (var email in adds.Concat(removes))
        {
            if (Contacts.Find("email", email) is not { } contact || !audience.Members.Contains(contact.Id) || IsBad(email))
            {
                strangers.Add(email);
            }
            else if (adds.Contains(email) ? segment.Members.Add(contact.Id) : segment.Members.Remove(contact.Id))
            {
                contact.Writes++;
                (adds.Contains(email) ? added : removed).Add((JsonNode)Show(audience, contact));
            }
        }

        var errors = new JsonArray();
        if (strangers.Count > 0)
        {
            errors.Add((JsonNode)new JsonObject { ["email_addresses"] = new JsonArray([.. strangers.Select(email => (JsonNode?)email)]), ["error"] = "Email addresses are not subscribed to the list." });
        }

        var (addedCount, removedCount) = (added.Count, removed.Count);
        return Answer.Json(200, new JsonObject { ["members_added"] = added, ["members_removed"] = removed, ["errors"] = errors, ["total_added"] = addedCount, ["total_removed"] = removedCount, ["error_count"] = strangers.Count });
    }

    private Answer Tag(Call call, RemoteList audience)
    {
        if (Member(audience, call) is not { } contact)
        {
            return NotFound(call);
        }

        foreach (var tag in call.Object().Items("tags"))
        {
            var name = tag.Text("name") ?? "";
            var segment = Segments(audience).FirstOrDefault(each => string.Equals(each.Name, name, StringComparison.OrdinalIgnoreCase));
            if (tag.Text("status") == "active")
            {
                (segment ?? NewSegment(audience, name)).Members.Add(contact.Id);
            }
            else
            {
                segment?.Members.Remove(contact.Id);
            }
        }

        contact.Writes++;
        return Answer.Empty(204);
    }

    private Answer Archive(Call call, RemoteList audience)
    {
        if (Member(audience, call) is not { } contact)
        {
            return Problem(405, "Method Not Allowed", "This list member cannot be removed.");
        }

        audience.Members.Remove(contact.Id);
        contact.Subscription = "archived";
        return Answer.Empty(204);
    }

    private Answer Event(Call call, RemoteList audience)
    {
        var body = call.Object();
        if (Member(audience, call) is not { } contact)
        {
            return NotFound(call);
        }

        if (body.Text("name") is not { Length: >= 2 and <= 30 } name || body.Fields("properties").Any(field => !field.Value.IsText))
        {
            return Problem(400, "Invalid Resource", "The name has 2 to 30 characters, properties are texts.", ("name", "invalid"));
        }

        _events.Add((JsonNode)new JsonObject { ["name"] = name, ["contact"] = contact.Id, ["properties"] = body.At("properties")?.DeepClone() });
        return Answer.Empty(204);
    }

    [GeneratedRegex("^[A-Z0-9_]{1,10}$")]
    private static partial Regex MergeTag();
}
