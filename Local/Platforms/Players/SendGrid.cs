using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>SendGrid Marketing v3: contacts upserted by jobs (one bad address refuses all), lists of contact ids.</summary>
internal sealed class SendGrid : Platform
{
    private const string Key = "SG.0123456789.abcdef";
    private const int MaxContacts = 30_000;

    private static readonly string[] Reserved =
    [
        "email", "phone_number_id", "external_id", "anonymous_id", "first_name", "last_name", "alternate_emails", "address_line_1", "address_line_2", "city", "state_province_region",
        "country", "postal_code", "phone_number", "whatsapp", "line", "facebook", "unique_name", "custom_fields",
    ];

    private static readonly string[] Identities = ["email", "phone_number_id", "external_id", "anonymous_id"];

    private readonly Dictionary<string, (string Name, string Type)> _fields = new() { ["e1_T"] = ("tier", "Text"), ["e2_N"] = ("orders", "Number"), ["e3_D"] = ("since", "Date") };

    public SendGrid(TimeProvider time)
        : base("sendgrid", time)
    {
        Contacts = new(static n => $"c0ffee00-0000-0000-0000-{n.ToString("D12", CultureInfo.InvariantCulture)}");
        Routes.Get("check", "/v3/user/account", _ => Answer.Json(200, new JsonObject { ["type"] = "paid", ["reputation"] = 99.7 }))
            .Get("check", "/v3/scopes", _ => Answer.Json(200, new JsonObject { ["scopes"] = new JsonArray("marketing.read", "marketing.create") }))
            .Get("findList", "/v3/marketing/lists", FindLists)
            .Post("createList", "/v3/marketing/lists", CreateList)
            .Get("getList", "/v3/marketing/lists/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, Show(list)) : NotFound(call))
            .Put("import", "/v3/marketing/contacts", Import)
            .Get("poll", "/v3/marketing/contacts/imports/{id}", Poll)
            .Open("errors", "GET", "/v3/marketing/contacts/imports/{id}/errors.csv", call => Answer.Plain(200, Jobs.Get(call.Value("id"))?.Result.Text("csv") ?? "", "text/csv"))
            .Post("resolve", "/v3/marketing/contacts/search/emails", call => Resolve(call, "email", call.Object().Texts("emails")))
            .Post("resolve", "/v3/marketing/contacts/search/identifiers/{kind}", call => Resolve(call, call.Value("kind"), call.Object().Texts("identifiers")))
            .Delete("members", "/v3/marketing/lists/{id}/contacts", Remove)
            .Delete("deleteContacts", "/v3/marketing/contacts", DeleteContacts)
            .Get("fields", "/v3/marketing/field_definitions", _ => Answer.Json(200, new JsonObject
            {
                ["custom_fields"] = new JsonArray([.. _fields.Select(field => new JsonObject { ["id"] = field.Key, ["name"] = field.Value.Name, ["field_type"] = field.Value.Type })]),
                ["reserved_fields"] = new JsonArray([.. Reserved.Select(name => new JsonObject { ["id"] = $"_rf_{name}", ["name"] = name, ["field_type"] = "Text", ["read_only"] = false })]),
            }))
            .Post("createField", "/v3/marketing/field_definitions", CreateField);
    }

    public override JsonObject Settings => new() { ["apiKey"] = Key };

    protected override int? MaxBodyBytes => 6 * 1024 * 1024;

    public override string NewListId() => $"115700ab-0000-0000-0000-{(Lists.Count + 1).ToString("D12", CultureInfo.InvariantCulture)}";

    public override string KeyKind(string kind) => kind is "phone" ? "phone_number_id" : kind;

    protected override Answer? Authenticate(Call call) => call.Bearer == Key ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Errors(status, (null, message));

    protected override Answer Unauthorized(Call call) => Errors(401, (null, "The provided authorization grant is invalid, expired, or revoked"));

    protected override Answer Throttle(Call call, TimeSpan wait) => Errors(429, (null, "too many requests"))
        .With("X-RateLimit-Limit", 3).With("X-RateLimit-Remaining", 0).With("X-RateLimit-Reset", (call.At + wait).ToUnixTimeSeconds() + 1);

    private static Answer Errors(int status, params (string? Field, string Message)[] errors) => Answer.Json(status, new JsonObject
    {
        ["errors"] = new JsonArray([.. errors.Select(error => new JsonObject { ["field"] = error.Field, ["message"] = error.Message })]),
    }).Because(errors[0].Message);

    private static JsonObject Show(RemoteList list) => new() { ["id"] = list.Id, ["name"] = list.Name, ["contact_count"] = list.Members.Count, ["_metadata"] = new JsonObject() };

    private Answer FindLists(Call call)
    {
        var size = int.TryParse(call.Query("page_size"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 100;
        if (size is < 1 or > 1000)
        {
            return Errors(400, ("page_size", "page_size must be between 1 and 1000"));
        }

        var from = int.TryParse(call.Query("page_token"), NumberStyles.None, CultureInfo.InvariantCulture, out var token) ? token : 0;
        var metadata = new JsonObject { ["count"] = Lists.Count };
        if (from + size < Lists.Count)
        {
            metadata["next"] = $"{call.Home}/v3/marketing/lists?page_size={size}&page_token={from + size}";
        }

        return Answer.Json(200, new JsonObject { ["result"] = new JsonArray([.. Lists.Values.Skip(from).Take(size).Select(Show)]), ["_metadata"] = metadata });
    }

    private Answer CreateList(Call call)
    {
        if (call.Object().Text("name") is not { Length: > 0 and <= 100 } name)
        {
            return Errors(400, ("name", "name must have 1 to 100 characters"));
        }

        return Lists.Values.Any(list => list.Name == name) ? Errors(400, ("name", "a list with this name already exists")) : Answer.Json(201, Show(EnsureList(NewListId(), name)));
    }

    private Answer Import(Call call)
    {
        var body = call.Object();
        var contacts = body.Items("contacts");
        if (contacts.Count is 0 or > MaxContacts)
        {
            return Errors(400, ("contacts", $"between 1 and {MaxContacts} contacts are expected"));
        }

        var lists = body.Texts("list_ids");
        if (lists.FirstOrDefault(id => !Lists.ContainsKey(id)) is { } unknown)
        {
            return Errors(400, ("list_ids", $"list id {unknown} does not exist"));
        }

        // The index inside "field" is not to be relied on, as on the real platform.
        (string?, string)[] errors = [.. contacts.Select(Fault).OfType<string>().Select(message => ((string?)"contacts[0].identifier", message))];
        if (errors.Length > 0)
        {
            return Errors(400, errors);
        }

        return Queue(() =>
        {
            var (created, bad) = (0, new List<string>());
            foreach (var each in contacts)
            {
                if (IsBad(each.Text("email")) || IsBad(each.Text("external_id")))
                {
                    bad.Add($"{each.Text("email")},{each.Text("external_id")},refused");
                    continue;
                }

                var contact = Identities.Select(kind => Contacts.Find(kind, each.Text(kind))).FirstOrDefault(found => found is not null);
                created += contact is null ? 1 : 0;
                contact ??= Contacts.Create();
                foreach (var kind in Identities)
                {
                    Contacts.SetKey(contact, kind, kind == "email" ? each.Text(kind)?.ToLowerInvariant() : each.Text(kind));
                }

                contact.Merge(each!.AsObject().Where(field => !Identities.Contains(field.Key) && field.Key != "custom_fields"));
                contact.Merge(each.Fields("custom_fields").Select(field => KeyValuePair.Create(_fields[field.Key].Name, field.Value)));
                lists.ForEach(id => Lists[id].Members.Add(contact.Id));
            }

            return new()
            {
                ["requested"] = contacts.Count,
                ["created"] = created,
                ["updated"] = contacts.Count - created - bad.Count,
                ["deleted"] = 0,
                ["errored"] = bad.Count,
                ["csv"] = $"email,external_id,error\n{string.Join('\n', bad)}\n",
            };
        });
    }

    private string? Fault(JsonNode? contact)
    {
        if (contact is not JsonObject json || Identities.All(kind => contact.Text(kind) is null or ""))
        {
            return "at least one of email, phone_number_id, external_id or anonymous_id is required";
        }

        return contact.Text("email") is { } email && !Formats.IsEmail(email) ? $"email '{email}' is not valid"
            : contact.Text("phone_number_id") is { } phone && !Formats.IsE164(phone) ? $"phone_number_id '{phone}' is not valid"
            : contact.Text("external_id") is { Length: > 254 } ? "external_id is too long"
            : contact.Text("first_name") is { Length: > 50 } || contact.Text("last_name") is { Length: > 50 } ? "first_name and last_name have up to 50 characters"
            : json.FirstOrDefault(field => !Reserved.Contains(field.Key)).Key is { } unknown ? $"field '{unknown}' is not known"
            : contact.Fields("custom_fields").FirstOrDefault(field => !_fields.ContainsKey(field.Key)).Key is { } custom ? $"custom field id '{custom}' is not known"
            : contact.Fields("custom_fields").FirstOrDefault(field => _fields[field.Key].Type == "Number" && field.Value?.GetValueKind() is not (JsonValueKind.Number or null)).Key is { } number ? $"custom field '{number}' is a number"
            : null;
    }

    private Answer Queue(Func<JsonObject> work) => Answer.Json(202, new JsonObject { ["job_id"] = Jobs.Start($"job-{(Jobs.Count + 1).ToString(CultureInfo.InvariantCulture)}", work).Id });

    private Answer Poll(Call call)
    {
        if (Jobs.Poll(call.Value("id")) is not { } job)
        {
            return Errors(404, (null, "not found"));
        }

        var results = new JsonObject { ["requested_count"] = job.Result.At("requested")?.DeepClone() ?? 0 };
        foreach (var word in (string[])["created", "updated", "deleted", "errored"])
        {
            results[$"{word}_count"] = job.Result.At(word)?.DeepClone() ?? 0;
        }

        var errored = job.Result.At("errored")?.GetValue<int>() ?? 0;
        results["errors_url"] = errored > 0 ? $"{call.Home}/v3/marketing/contacts/imports/{job.Id}/errors.csv" : "";
        var status = !job.IsDone ? "pending" : errored == 0 ? "completed" : errored == job.Result.At("requested")!.GetValue<int>() ? "failed" : "errored";
        return Answer.Json(200, new JsonObject { ["id"] = job.Id, ["status"] = status, ["job_type"] = "upsert", ["results"] = results });
    }

    private Answer Resolve(Call call, string kind, List<string> values)
    {
        if (!Identities.Contains(kind) || values.Count is 0 or > 100)
        {
            return Errors(400, (null, "between 1 and 100 identifiers are expected"));
        }

        var result = new JsonObject();
        var any = false;
        foreach (var value in values)
        {
            var contact = Contacts.Find(kind, value);
            any |= contact is not null;
            result[kind == "email" ? value.ToLowerInvariant() : value] = contact is null
                ? new JsonObject { ["error"] = "contact not found" }
                : new JsonObject { ["contact"] = new JsonObject { ["id"] = contact.Id, ["email"] = contact.Key("email"), ["external_id"] = contact.Key("external_id") } };
        }

        return any ? Answer.Json(200, new JsonObject { ["result"] = result }) : Errors(404, (null, "no contacts found")) with { Why = null };
    }

    private Answer Remove(Call call)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list))
        {
            return NotFound(call);
        }

        string[] ids = [.. (call.Query("contact_ids") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)];
        if (ids.Length is 0 or > 100)
        {
            return Errors(400, ("contact_ids", "between 1 and 100 ids are expected"));
        }

        return Queue(() =>
        {
            var removed = ids.Count(list.Members.Remove);
            return new() { ["requested"] = ids.Length, ["created"] = 0, ["updated"] = 0, ["deleted"] = removed, ["errored"] = 0 };
        });
    }

    /// <summary>Deletes people: no connector should ever come here.</summary>
    private Answer DeleteContacts(Call call)
    {
        foreach (var id in (call.Query("ids") ?? "").Split(','))
        {
            if (Contacts.Get(id) is { } contact)
            {
                contact.Subscription = "deleted";
            }
        }

        return Queue(static () => new() { ["requested"] = 0, ["errored"] = 0 });
    }

    private Answer CreateField(Call call)
    {
        var body = call.Object();
        if (body.Text("name") is not { Length: > 0 } name || char.IsDigit(name[0]) || body.Text("field_type") is not ("Text" or "Number" or "Date"))
        {
            return Errors(400, ("name", "invalid name or field_type"));
        }

        var type = body.Text("field_type")!;
        var id = $"e{_fields.Count + 1}_{type[0]}";
        _fields[id] = (name, type);
        return Answer.Json(200, new JsonObject { ["id"] = id, ["name"] = name, ["field_type"] = type });
    }
}
