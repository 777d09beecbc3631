using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Dotdigital: contacts v3 imports with failures by identifier, lists v2 with removal by contact id.</summary>
internal sealed class Dotdigital : Platform
{
    private const string User = "apiuser-0123@apiconnector.com", Password = "password";
    private const int MaxImports = 25;

    private readonly HashSet<string> _fields = new(StringComparer.OrdinalIgnoreCase) { "FIRSTNAME", "LASTNAME", "FULLNAME", "GENDER", "POSTCODE", "TIER", "ORDERS" };
    private readonly JsonArray _events = [];

    public Dotdigital(TimeProvider time)
        : base("dotdigital", time)
    {
        Contacts = new(static n => (500 + n).ToString(CultureInfo.InvariantCulture));
        Extras["events"] = _events;
        Routes.Get("check", "/v2/account-info", call => Answer.Json(200, new JsonObject
        {
            ["id"] = 1,
            ["properties"] = new JsonArray(new JsonObject { ["name"] = "Name", ["type"] = "String", ["value"] = "Acme" }, new JsonObject { ["name"] = "ApiEndpoint", ["type"] = "String", ["value"] = call.Home }),
        }))
            .Get("findList", "/v2/address-books", FindLists)
            .Post("createList", "/v2/address-books", CreateList)
            .Get("getList", "/v2/address-books/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, Show(list)) : NotFound(call))
            .Get("fields", "/v2/data-fields", _ => Answer.Json(200, new JsonArray([.. _fields.Select(name => new JsonObject { ["name"] = name, ["type"] = "String", ["visibility"] = "Private" })])))
            .Post("createField", "/v2/data-fields", call =>
            {
                _fields.Add(call.Object().Text("name") ?? "");
                return Answer.Json(201, call.Object());
            })
            .Put("import", "/contacts/v3/import", Import)
            .Get("poll", "/contacts/v3/import/{id}", Poll)
            .Get("findContacts", "/contacts/v3", FindContacts)
            .Get("resolve", "/contacts/v3/{kind}/{value}", call => Find(call.Value("kind"), call.Value("value")) is { } contact ? Answer.Json(200, Show(contact)) : Refuse(404, "contacts:notFound", "The contact does not exist."))
            .Patch("upsert", "/contacts/v3/{kind}/{value}", UpsertOne)
            .Delete("deleteContact", "/contacts/v3/{kind}/{value}", Gone)
            .Delete("removeOne", "/v2/address-books/{id}/contacts/{contact}", call => Lists.TryGetValue(call.Value("id"), out var list) && list.Members.Remove(call.Value("contact")) ? Answer.Empty(204) : V2(404, "ERROR_CONTACT_NOT_FOUND"))
            .Post("remove", "/v2/address-books/{id}/contacts/delete", Remove)
            .Get("pollRemove", "/v2/contacts/deletion/{id}", call => Jobs.Poll(call.Value("id")) is { } job ? Answer.Json(200, new JsonObject { ["id"] = job.Id, ["status"] = job.IsDone ? "Completed" : "Started" }) : NotFound(call))
            .Post("events", "/events/v3/import", Events);
    }

    public override JsonObject Settings => new() { ["region"] = "r1", ["userName"] = User, ["password"] = Password };

    protected override int? MaxBodyBytes => 50 * 1024 * 1024;

    public override string NewListId() => (4411 + Lists.Count).ToString(CultureInfo.InvariantCulture);

    public override string KeyKind(string kind) => kind switch { "phone" => "mobileNumber", "external_id" => "customId", _ => kind };

    protected override Answer? Authenticate(Call call) => call.Basic is (User, Password) ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["errorCode"] = code, ["description"] = message, ["details"] = new JsonArray() }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, "auth:unauthorized", "The user name or password is wrong.");

    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "contacts:rateLimitExceeded", "Too many requests.")
        .With("X-RateLimit-Limit", 35).With("X-RateLimit-Remaining", 0).With("X-RateLimit-Scope", "low").With("X-RateLimit-Reset", (call.At + wait).ToUnixTimeSeconds() + 1);

    private static Answer V2(int status, string code) => Answer.Json(status, new JsonObject { ["message"] = $"Error: {code}" }).Because(code);

    private static JsonObject Show(RemoteList list) => new() { ["id"] = int.Parse(list.Id, CultureInfo.InvariantCulture), ["name"] = list.Name, ["visibility"] = "Private", ["contacts"] = list.Members.Count };

    private static JsonObject Identifiers(Contact contact) => new(contact.Keys.Select(key => KeyValuePair.Create(key.Key, (JsonNode?)key.Value)));

    private static JsonObject Show(Contact contact) => new() { ["contactId"] = int.Parse(contact.Id, CultureInfo.InvariantCulture), ["identifiers"] = Identifiers(contact), ["dataFields"] = contact.Attributes.DeepClone(), ["channelProperties"] = new JsonObject { ["email"] = new JsonObject { ["status"] = contact.Subscription } } };

    private Contact? Find(string kind, string value) => kind == "contactId" ? Contacts.Get(value) : Contacts.Find(kind, value);

    private Answer FindLists(Call call)
    {
        var select = Number(call, "select", 1000);
        return select is < 1 or > 1000 ? V2(400, "ERROR_INVALID_SELECT") : Answer.Json(200, new JsonArray([.. Lists.Values.Skip(Number(call, "skip", 0)).Take(select).Select(Show)]));
    }

    private static int Number(Call call, string name, int otherwise) => int.TryParse(call.Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private Answer CreateList(Call call)
    {
        var body = call.Object();
        return body.Text("name") is not { Length: > 0 and <= 128 } name || body.Text("visibility") is not ("Private" or "Public") ? V2(400, "ERROR_ADDRESSBOOK_INVALID")
            : name is "Test" or "All Contacts" ? V2(400, "ERROR_ADDRESSBOOK_RESERVED")
            : Lists.Values.Any(list => list.Name == name) ? V2(409, "ERROR_ADDRESSBOOK_DUPLICATE")
            : Answer.Json(200, Show(EnsureList(NewListId(), name)));
    }

    private Answer Import(Call call)
    {
        var body = call.Object();
        var contacts = body.Items("contacts");
        if (contacts.Count == 0 || body.Text("mergeOption") is not (null or "overwrite" or "overwriteIfNotEmpty" or "overwriteIfEmpty"))
        {
            return Refuse(400, "contacts:badJson", "contacts and a mergeOption are expected.");
        }

        if (Jobs.Running >= MaxImports)
        {
            return Refuse(429, "contacts:tooManyActiveImports", "Too many imports are active.");
        }

        var job = Jobs.Start($"1f9e4b5c-0000-0000-0000-{(Jobs.Count + 1).ToString("D12", CultureInfo.InvariantCulture)}", () =>
        {
            var (created, updated, failures) = (new JsonArray(), new JsonArray(), new JsonArray());
            foreach (var each in contacts)
            {
                var (contact, isNew, code) = Write(each);
                if (contact is null)
                {
                    failures.Add((JsonNode)new JsonObject
                    {
                        ["matchIdentifier"] = each.Text("matchIdentifier"),
                        ["identifiers"] = each.At("identifiers")?.DeepClone(),
                        ["failures"] = new JsonArray(new JsonObject { ["failureCode"] = code, ["description"] = $"The contact failed: {code}." }),
                    });
                }
                else
                {
                    (isNew ? created : updated).Add((JsonNode)new JsonObject { ["contactId"] = int.Parse(contact.Id, CultureInfo.InvariantCulture), ["identifiers"] = Identifiers(contact) });
                }
            }

            return new() { ["created"] = created, ["updated"] = updated, ["failures"] = failures };
        });
        return Answer.Json(202, new JsonObject { ["importId"] = job.Id });
    }

    private (Contact? Contact, bool IsNew, string? Code) Write(JsonNode? each)
    {
        var kind = each.Text("matchIdentifier") ?? "email";
        var (value, email, phone) = (each.At("identifiers").Text(kind), each.At("identifiers").Text("email"), each.At("identifiers").Text("mobileNumber"));
        var lists = each.Items("lists").Select(id => Lists.GetValueOrDefault(id.Text() ?? "")).ToList();
        var code = value is null or "" ? "NoValidIdentifiers"
            : email is not null && (!Formats.IsEmail(email) || IsBad(email)) ? "InvalidEmail"
            : phone is not null && !Formats.IsE164($"+{phone.TrimStart('+')}") ? "InvalidPhoneNumber"
            : IsBad(value) ? "Blocker"
            : lists.Contains(null) || lists.Count > 100 ? "InvalidAddressBookIds"
            : each.Fields("dataFields").Any(field => !_fields.Contains(field.Key)) ? "ApiSchemaViolation"
            : null;
        if (code is not null)
        {
            return (null, false, code);
        }

        var known = Find(kind, value!);
        var contact = known ?? Contacts.Create();
        foreach (var (name, key) in each.Fields("identifiers").Where(key => key.Key != "contactId"))
        {
            Contacts.SetKey(contact, name, key.Text());
        }

        if (each.At("channelProperties").At("email").Text("status") is { } status)
        {
            contact.Subscription = status;
        }

        contact.Merge(each.Fields("dataFields"));
        lists.ForEach(list => list!.Members.Add(contact.Id));
        return (contact, known is null, null);
    }

    private Answer Poll(Call call)
    {
        if (Jobs.Poll(call.Value("id")) is not { } job)
        {
            return Refuse(404, "contacts:notFound", "The import does not exist.");
        }

        var answer = new JsonObject { ["importId"] = job.Id, ["status"] = job.IsDone ? "Finished" : "NotFinished" };
        if (job.IsDone)
        {
            answer["summary"] = new JsonObject { ["newContacts"] = job.Result.Items("created").Count, ["updatedContacts"] = job.Result.Items("updated").Count, ["globallySuppressed"] = 0, ["invalidEntries"] = job.Result.Items("failures").Count, ["duplicateIdentifiers"] = 0 };
            foreach (var name in (string[])["created", "updated", "failures"])
            {
                answer[name] = job.Result.At(name)?.DeepClone();
            }
        }

        return Answer.Json(200, answer);
    }

    /// <summary>Members of a list, by marker.</summary>
    private Answer FindContacts(Call call)
    {
        if (!Lists.TryGetValue(call.Query("~listId") ?? "", out var list))
        {
            return Refuse(400, "contacts:badQuery", "~listId is expected.");
        }

        var limit = Number(call, "limit", 5000);
        var from = Number(call, "marker", 0);
        var page = list.Members.Skip(from).Take(limit).Select(Contacts.Get).OfType<Contact>().Select(Show);
        var links = new JsonObject();
        if (from + limit < list.Members.Count)
        {
            links["next"] = new JsonObject { ["marker"] = (from + limit).ToString(CultureInfo.InvariantCulture) };
        }

        return Answer.Json(200, new JsonObject { ["_items"] = new JsonArray([.. page]), ["_links"] = links });
    }

    private Answer UpsertOne(Call call)
    {
        var body = call.Object();
        body["matchIdentifier"] = call.Value("kind");
        body["identifiers"] ??= new JsonObject();
        body["identifiers"]![call.Value("kind")] ??= call.Value("value");
        var (contact, isNew, code) = Write(body);
        return contact is null ? Refuse(400, "contacts:validation", code!) : Answer.Json(isNew ? 201 : 200, Show(contact));
    }

    /// <summary>Deletes the person: no connector should ever come here.</summary>
    private Answer Gone(Call call)
    {
        if (Find(call.Value("kind"), call.Value("value")) is not { } contact)
        {
            return Refuse(404, "contacts:notFound", "The contact does not exist.");
        }

        contact.Subscription = "deleted";
        return Answer.Empty(204);
    }

    private Answer Remove(Call call)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list))
        {
            return V2(404, "ERROR_ADDRESSBOOK_NOT_FOUND");
        }

        var ids = call.Json().Items();
        if (ids.Count == 0 || ids.Any(id => id?.GetValueKind() is not System.Text.Json.JsonValueKind.Number))
        {
            return V2(400, "ERROR_INVALID_CONTACT_IDS");
        }

        var job = Jobs.Start($"2f9e4b5c-0000-0000-0000-{(Jobs.Count + 1).ToString("D12", CultureInfo.InvariantCulture)}", () =>
        {
            list.Members.ExceptWith(ids.Select(id => id.Text()!));
            return [];
        });
        return Answer.Json(202, new JsonObject { ["id"] = job.Id, ["status"] = "Started" });
    }

    private Answer Events(Call call)
    {
        var events = call.Json().Items();
        if (events.Count is 0 or > 5000 || events.Any(each => each.At("contactIdentity").Text("value") is null || each.Text("type") is not { Length: <= 80 }))
        {
            return Refuse(400, "events:badJson", "Between 1 and 5000 events are expected.");
        }

        foreach (var each in events)
        {
            _events.Add(each!.DeepClone());
        }

        return Answer.Json(202, new JsonObject());
    }
}
