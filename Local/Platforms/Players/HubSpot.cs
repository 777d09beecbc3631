using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>HubSpot CRM v3: contacts by batch upsert (207 with errors by trace id, results in another order), manual lists of record ids.</summary>
internal sealed class HubSpot : Platform
{
    private const string Key = "pat-eu1-0123456789", Refresh = "refresh-hubspot", ClientId = "client", Secret = "secret";
    private const int MaxContacts = 100, MaxRecords = 100_000;

    private readonly HashSet<string> _properties = ["email", "firstname", "lastname", "phone", "company", "city", "country", "lifecyclestage", "tier", "orders", "user_id"];
    private readonly HashSet<string> _unique = ["email", "user_id", "hs_object_id"];
    private readonly JsonArray _events = [];

    public HubSpot(TimeProvider time)
        : base("hubspot", time)
    {
        Contacts = new(static n => (100 + n).ToString(CultureInfo.InvariantCulture));
        Extras["events"] = _events;
        Routes.Open("token", "POST", "/oauth/v1/token", Token)
            .Open("token", "POST", "/oauth/2026-03/token", Token)
            .Get("check", "/crm/v3/objects/contacts", _ => Answer.Json(200, new JsonObject { ["results"] = new JsonArray() }))
            .Post("createList", "/crm/v3/lists", CreateList)
            .Get("findList", "/crm/v3/lists/object-type-id/0-1/name/{name}", call => Lists.Values.FirstOrDefault(list => list.Name == call.Value("name")) is { } list ? List(200, list) : NotFound(call))
            .Post("findList", "/crm/v3/lists/search", call => Answer.Json(200, new JsonObject
            {
                ["lists"] = new JsonArray([.. Lists.Values.Where(list => list.Name.Contains(call.Object().Text("query") ?? "", StringComparison.OrdinalIgnoreCase)).Select(Show)]),
                ["hasMore"] = false,
            }))
            .Get("getList", "/crm/v3/lists/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? List(200, list) : NotFound(call))
            .Put("members", "/crm/v3/lists/{id}/memberships/add-and-remove", call => Members(call, Ids(call.Object().At("recordIdsToAdd")), Ids(call.Object().At("recordIdsToRemove"))))
            .Put("members", "/crm/v3/lists/{id}/memberships/add", call => Members(call, Ids(call.Json()), []))
            .Put("members", "/crm/v3/lists/{id}/memberships/remove", call => Members(call, [], Ids(call.Json())))
            .Post("upsert", "/crm/v3/objects/contacts/batch/upsert", Upsert)
            .Post("resolve", "/crm/v3/objects/contacts/batch/read", Resolve)
            .Get("properties", "/crm/v3/properties/contacts", _ => Answer.Json(200, new JsonObject
            {
                ["results"] = new JsonArray([.. _properties.Order(StringComparer.Ordinal).Select(name => new JsonObject { ["name"] = name, ["label"] = name, ["type"] = "string", ["fieldType"] = "text", ["hasUniqueValue"] = _unique.Contains(name) })]),
            }))
            .Post("createProperty", "/crm/v3/properties/contacts", call =>
            {
                _properties.Add(call.Object().Text("name") ?? "");
                return Answer.Json(201, call.Object());
            })
            .Post("event", "/events/v3/send", call => Event([call.Object()]))
            .Post("events", "/events/v3/send/batch", call => Event(call.Object().Items("inputs")));
    }

    public override JsonObject Settings => new() { ["accessToken"] = Key, ["clientId"] = ClientId, ["clientSecret"] = Secret, ["refreshToken"] = Refresh };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(100, TimeSpan.FromSeconds(10))];

    public override string NewListId() => (77 + Lists.Count).ToString(CultureInfo.InvariantCulture);

    public override string KeyKind(string kind) => kind is "external_id" ? "user_id" : kind;

    protected override Answer? Authenticate(Call call) => call.Bearer == Key || Tokens.Holds(call.Bearer) ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject
    {
        ["status"] = "error",
        ["message"] = message,
        ["correlationId"] = "0f000000-0000-0000-0000-000000000000",
        ["category"] = code,
    }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, call.Bearer?.StartsWith("token-", StringComparison.Ordinal) is true ? "EXPIRED_AUTHENTICATION" : "INVALID_AUTHENTICATION", "Authentication credentials not found or expired.");

    protected override Answer NotFound(Call call) => Refuse(404, "OBJECT_NOT_FOUND", $"Nothing is found at {call.RawPath}.");

    protected override Answer Throttle(Call call, TimeSpan wait) => Answer.Json(429, new JsonObject
    {
        ["status"] = "error",
        ["message"] = "You have reached your ten_secondly_rolling limit.",
        ["errorType"] = "RATE_LIMIT",
        ["correlationId"] = "0f000000",
        ["policyName"] = "TEN_SECONDLY_ROLLING",
    }).With("Retry-After", Seconds(wait));

    protected override Answer Finish(Call call, Answer answer) => answer.With("X-HubSpot-RateLimit-Max", 100).With("X-HubSpot-RateLimit-Remaining", 99).With("X-HubSpot-RateLimit-Interval-Milliseconds", 10000);

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "refresh_token" || form.GetValueOrDefault("client_id") != ClientId
            || form.GetValueOrDefault("client_secret") != Secret || form.GetValueOrDefault("refresh_token") != Refresh)
        {
            return Answer.Json(400, new JsonObject { ["status"] = "BAD_REFRESH_TOKEN", ["message"] = "missing or invalid refresh token" });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromMinutes(30));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["expires_in"] = seconds, ["refresh_token"] = Refresh });
    }

    private static JsonObject Show(RemoteList list) => new() { ["listId"] = list.Id, ["name"] = list.Name, ["objectTypeId"] = "0-1", ["processingType"] = list.Kind is "" ? "MANUAL" : list.Kind };

    private static Answer List(int status, RemoteList list) => Answer.Json(status, new JsonObject { ["list"] = Show(list) });

    private Answer CreateList(Call call)
    {
        var body = call.Object();
        if (body.Text("name") is not { Length: > 0 } name || body.Text("objectTypeId") != "0-1" || body.Text("processingType") is not ("MANUAL" or "SNAPSHOT"))
        {
            return Refuse(400, "VALIDATION_ERROR", "A manual list has a name, the object type 0-1 and the processing type MANUAL.");
        }

        return Lists.Values.Any(list => list.Name == name)
            ? Refuse(400, "VALIDATION_ERROR", $"A list with the name {name} already exists.")
            : List(200, EnsureList(NewListId(), name, "MANUAL"));
    }

    /// <summary>Ids must be texts.</summary>
    private static List<string> Ids(JsonNode? array) => array.Items() is var items && items.All(item => item.IsText)
        ? [.. items.Select(item => item!.GetValue<string>())]
        : throw new MalformedException("Record ids are texts.");

    private Answer Members(Call call, List<string> adds, List<string> removes)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list))
        {
            return NotFound(call);
        }

        if (list.Kind == "DYNAMIC")
        {
            return Refuse(400, "VALIDATION_ERROR", "Members of a dynamic list cannot be changed.");
        }

        if (adds.Count + removes.Count > MaxRecords)
        {
            return Refuse(400, "VALIDATION_ERROR", "Too many record ids.");
        }

        var missing = adds.Concat(removes).Where(id => Contacts.Get(id) is null).ToList();
        List<string> added = [.. adds.Where(id => Contacts.Get(id) is not null && list.Members.Add(id))];
        List<string> removed = [.. removes.Where(list.Members.Remove)];
        return Answer.Json(200, new JsonObject { ["recordsIdsAdded"] = Texts(added), ["recordIdsRemoved"] = Texts(removed), ["recordIdsMissing"] = Texts(missing) });
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode?)text)]);

    private Answer Upsert(Call call)
    {
        var inputs = call.Object().Items("inputs");
        if (inputs.Count is 0 or > MaxContacts)
        {
            return Refuse(400, "VALIDATION_ERROR", $"Between 1 and {MaxContacts} inputs are expected, not {inputs.Count}.");
        }

        if (inputs.Any(input => !input.At("id").IsText || input.Fields("properties").Any(field => field.Value is not null && !field.Value.IsText)))
        {
            return Refuse(400, "VALIDATION_ERROR", "Ids and the values of properties are texts.");
        }

        if (inputs.GroupBy(input => $"{input.Text("idProperty")} {input.Text("id")}", StringComparer.OrdinalIgnoreCase).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            return Refuse(400, "VALIDATION_ERROR", $"Duplicate IDs found in batch input: [{twice.Key}]");
        }

        var (results, errors) = (new List<JsonNode?>(), new JsonArray());
        foreach (var input in inputs)
        {
            if (Fault(input) is { } fault)
            {
                var context = new JsonObject();
                if (input.Text("objectWriteTraceId") is { } trace)
                {
                    context["objectWriteTraceId"] = new JsonArray(trace);
                }

                errors.Add((JsonNode)new JsonObject { ["status"] = "error", ["category"] = "VALIDATION_ERROR", ["message"] = fault, ["context"] = context });
                continue;
            }

            var (kind, id) = (input.Text("idProperty")!, input.Text("id")!);
            var known = kind == "hs_object_id" ? Contacts.Get(id) : Contacts.Find(kind, id);
            var contact = known ?? Contacts.Create((kind, id));
            Contacts.SetKey(contact, "email", input.At("properties").Text("email"));
            Contacts.SetKey(contact, "user_id", input.At("properties").Text("user_id"));
            contact.Merge(input.Fields("properties").Where(field => field.Key is not ("email" or "user_id")));
            results.Add(new JsonObject
            {
                ["id"] = contact.Id,
                ["properties"] = Properties(contact),
                ["new"] = known is null,
                ["objectWriteTraceId"] = input.Text("objectWriteTraceId"),
            });
        }

        results.Reverse();
        var answer = new JsonObject { ["status"] = "COMPLETE", ["results"] = new JsonArray([.. results]) };
        if (errors.Count > 0)
        {
            (answer["numErrors"], answer["errors"]) = (errors.Count, errors);
            return Answer.Json(207, answer);
        }

        return Answer.Json(200, answer);
    }

    private string? Fault(JsonNode? input) =>
        input.Text("idProperty") is not { } kind || !_unique.Contains(kind) ? "idProperty must be a unique property."
        : input.Fields("properties").FirstOrDefault(field => !_properties.Contains(field.Key)).Key is { } unknown ? $"Property values were not valid: [{{\"isValid\":false,\"error\":\"PROPERTY_DOESNT_EXIST\",\"name\":\"{unknown}\"}}]"
        : input.At("properties").Text("email") is { } email && (!Formats.IsEmail(email) || IsBad(email)) ? $"Email address {email} is invalid"
        : kind == "email" && !Formats.IsEmail(input.Text("id")) ? $"Email address {input.Text("id")} is invalid"
        : kind == "email" && input.At("properties").Text("email") is null ? "email is required in properties"
        : null;

    private static JsonObject Properties(Contact contact)
    {
        var properties = (JsonObject)contact.Attributes.DeepClone();
        (properties["email"], properties["hs_object_id"]) = (contact.Key("email"), contact.Id);
        if (contact.Key("user_id") is { } id)
        {
            properties["user_id"] = id;
        }

        return properties;
    }

    private Answer Resolve(Call call)
    {
        var body = call.Object();
        var (inputs, kind) = (body.Items("inputs"), body.Text("idProperty") ?? "hs_object_id");
        if (inputs.Count is 0 or > MaxContacts || !_unique.Contains(kind))
        {
            return Refuse(400, "VALIDATION_ERROR", $"Between 1 and {MaxContacts} inputs are expected.");
        }

        var found = inputs.Select(input => input.Text("id")!).Distinct(StringComparer.OrdinalIgnoreCase)
            .Select(id => (Id: id, Contact: kind == "hs_object_id" ? Contacts.Get(id) : Contacts.Find(kind, id))).ToLookup(pair => pair.Contact is not null);
        var answer = new JsonObject
        {
            ["status"] = "COMPLETE",
            ["results"] = new JsonArray([.. found[true].Reverse().Select(pair => new JsonObject { ["id"] = pair.Contact!.Id, ["properties"] = Properties(pair.Contact) })]),
        };
        if (!found[false].Any())
        {
            return Answer.Json(200, answer);
        }

        answer["numErrors"] = 1;
        answer["errors"] = new JsonArray(new JsonObject
        {
            ["status"] = "error",
            ["category"] = "OBJECT_NOT_FOUND",
            ["message"] = "Could not get some CONTACT objects, they may be deleted or not exist.",
            ["context"] = new JsonObject { ["ids"] = Texts(found[false].Select(pair => pair.Id)) },
        });
        return Answer.Json(207, answer);
    }

    private Answer Event(IReadOnlyList<JsonNode?> inputs)
    {
        if (inputs.Count is 0 or > 500 || inputs.Any(input => input.Text("eventName") is null || (input.Text("email") ?? input.Text("objectId") ?? input.Text("utk")) is null))
        {
            return Refuse(400, "VALIDATION_ERROR", "Between 1 and 500 events, each with a name and a contact, are expected.");
        }

        foreach (var input in inputs)
        {
            _events.Add((JsonNode)new JsonObject { ["name"] = input.Text("eventName"), ["email"] = input.Text("email"), ["id"] = input.Text("uuid"), ["properties"] = input.At("properties")?.DeepClone() });
        }

        return Answer.Empty(204);
    }
}
