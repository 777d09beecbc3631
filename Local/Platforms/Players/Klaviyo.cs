using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Klaviyo, revision 2026-07-15: profiles, lists, bulk import jobs (all or nothing), events.</summary>
internal sealed partial class Klaviyo : Platform
{
    private const string Key = "pk_0123456789abcdef";
    private const string Refresh = "refresh-klaviyo";
    private const int MaxImport = 10_000, MaxPerProfile = 100 * 1024, MaxBulk = 1_000;

    private readonly List<RateLimit> _limits;
    private readonly JsonArray _events = [];
    private readonly HashSet<string> _eventIds = new(StringComparer.Ordinal);

    public Klaviyo(TimeProvider time)
        : base("klaviyo", time)
    {
        Contacts = new(static n => $"01K{n.ToString("D7", CultureInfo.InvariantCulture)}");
        _limits = [.. Tier(10, 150, "import", "members", "bulkEvents", "createList"), .. Tier(75, 700, "profiles", "upsert"), new(150, TimeSpan.FromDays(1), "createList")];
        Extras["events"] = _events;
        Routes.Open("token", "POST", "/oauth/token", Token)
            .Get("check", "/api/accounts", _ => Data(200, new JsonArray(new JsonObject { ["type"] = "account", ["id"] = "ACC001", ["attributes"] = new JsonObject { ["test_account"] = true } })))
            .Get("findList", "/api/lists", FindLists)
            .Post("createList", "/api/lists", CreateList)
            .Get("getList", "/api/lists/{id}", GetList)
            .Post("import", "/api/profile-bulk-import-jobs", Import)
            .Get("poll", "/api/profile-bulk-import-jobs/{id}", call => Jobs.Poll(call.Value("id")) is { } job ? Data(200, ShowJob(job)) : NotFound(call))
            .Get("importErrors", "/api/profile-bulk-import-jobs/{id}/import-errors", call => Data(200, Jobs.Get(call.Value("id"))?.Result.At("errors")?.DeepClone() ?? new JsonArray()))
            .Get("profiles", "/api/profiles", Profiles)
            .Post("upsert", "/api/profile-import", Upsert)
            .Post("members", "/api/lists/{id}/relationships/profiles", call => Members(call, (list, id) => list.Members.Add(id)))
            .Delete("members", "/api/lists/{id}/relationships/profiles", call => Members(call, (list, id) => list.Members.Remove(id)))
            .Post("subscribe", "/api/profile-subscription-bulk-create-jobs", call => Subscribe(call, "SUBSCRIBED", MaxBulk))
            .Post("unsubscribe", "/api/profile-subscription-bulk-delete-jobs", call => Subscribe(call, "UNSUBSCRIBED", 100))
            .Post("event", "/api/events", call => Event(call.Object().At("data").At("attributes")))
            .Post("bulkEvents", "/api/event-bulk-create-jobs", BulkEvents);
    }

    public override JsonObject Settings => new() { ["apiKey"] = Key, ["clientId"] = "client", ["clientSecret"] = "secret", ["refreshToken"] = Refresh };

    protected override int? MaxBodyBytes => 5 * 1024 * 1024;

    protected override IReadOnlyList<RateLimit> Limits => _limits;

    public override string NewListId() => $"L{(Lists.Count + 1).ToString("D5", CultureInfo.InvariantCulture)}";

    protected override Answer? Authenticate(Call call) =>
        call.Scheme("Klaviyo-API-Key") == Key || Tokens.Holds(call.Bearer) ? null : Refuse(401, "authentication_failed", "Incorrect authentication credentials.");

    protected override Answer? Admit(Call call) =>
        call.Header("revision") is not { } revision || !Date().IsMatch(revision) ? Refuse(400, "invalid", "The 'revision' header is missing or no date.")
        : string.CompareOrdinal(revision, "2024-07-15") < 0 ? Refuse(410, "revision_retired", $"Revision {revision} has been retired.")
        : call.Body.Length > 0 && call.Header("Content-Type")?.Split(';')[0] is not ("application/vnd.api+json" or "application/json") ? Refuse(415, "unsupported_media_type", "Send application/vnd.api+json.")
        : null;

    protected override Answer Refuse(int status, string code, string message) => Refuse(status, code, message, null);

    protected override Answer Finish(Call call, Answer answer) =>
        answer.Status == 429 ? answer : answer.With("RateLimit-Limit", "10, 10;w=1, 150;w=60").With("RateLimit-Remaining", "9").With("RateLimit-Reset", "0");

    private static IEnumerable<RateLimit> Tier(int second, int minute, params string[] kinds) =>
        kinds.SelectMany(kind => new RateLimit[] { new(second, TimeSpan.FromSeconds(1), kind), new(minute, TimeSpan.FromMinutes(1), kind) });

    private static Answer Refuse(int status, string code, string message, string? pointer) => Answer.Json(status, new JsonObject
    {
        ["errors"] = new JsonArray(Error(status, code, message, pointer)),
    }, "application/vnd.api+json").Because($"{code}: {message}");

    private static JsonObject Error(int status, string code, string message, string? pointer) => new()
    {
        ["id"] = "0f000000-0000-0000-0000-000000000000",
        ["status"] = status,
        ["code"] = code,
        ["title"] = "Invalid input.",
        ["detail"] = message,
        ["source"] = pointer is null ? new JsonObject() : new JsonObject { ["pointer"] = pointer },
        ["links"] = new JsonObject(),
        ["meta"] = new JsonObject(),
    };

    private static Answer Data(int status, JsonNode data, string? next = null) => Answer.Json(
        status, new JsonObject { ["data"] = data, ["links"] = new JsonObject { ["self"] = "", ["next"] = next, ["prev"] = null } }, "application/vnd.api+json");

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (call.Basic is not ("client", "secret"))
        {
            return Answer.Json(401, new JsonObject { ["error"] = "invalid_client" });
        }

        if (form.GetValueOrDefault("grant_type") != "refresh_token" || form.GetValueOrDefault("refresh_token") != Refresh)
        {
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_grant" });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromHours(1));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["token_type"] = "Bearer", ["expires_in"] = seconds, ["refresh_token"] = Refresh });
    }

    private static JsonObject Show(RemoteList list) => new() { ["type"] = "list", ["id"] = list.Id, ["attributes"] = new JsonObject { ["name"] = list.Name } };

    private Answer FindLists(Call call)
    {
        var lists = Lists.Values.AsEnumerable();
        if (call.Query("filter") is { } filter)
        {
            if (NameFilter().Match(filter) is not { Success: true } match)
            {
                return Refuse(400, "invalid", $"Invalid filter: {filter}", null);
            }

            var name = match.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal);
            lists = lists.Where(list => list.Name == name);
        }

        return Page(call, [.. lists.Select(Show)], size: 10, most: 10);
    }

    private Answer CreateList(Call call)
    {
        var data = call.Object().At("data");
        if (data.Text("type") != "list" || data.At("attributes").Text("name") is not { Length: > 0 } name)
        {
            return Refuse(400, "invalid", "A name is required.", "/data/attributes/name");
        }

        return Data(201, Show(EnsureList(NewListId(), name)));
    }

    private Answer GetList(Call call) => Lists.TryGetValue(call.Value("id"), out var list) ? Data(200, Show(list)) : NotFound(call);

    private Answer Import(Call call)
    {
        var data = call.Object().At("data");
        var profiles = data.At("attributes").At("profiles").Items("data");
        if (data.Text("type") != "profile-bulk-import-job" || profiles.Count is 0 or > MaxImport)
        {
            return Refuse(400, "invalid", $"Between 1 and {MaxImport} profiles are imported at a time.", "/data/attributes/profiles/data");
        }

        var lists = new List<RemoteList>();
        foreach (var reference in data.At("relationships").At("lists").Items("data"))
        {
            if (!Lists.TryGetValue(reference.Text("id") ?? "", out var list))
            {
                return Refuse(400, "invalid", "The list does not exist.", "/data/relationships/lists/data/0/id");
            }

            lists.Add(list);
        }

        var errors = profiles.SelectMany((profile, at) => Faults(profile, $"/data/attributes/profiles/data/{at}")).ToList();
        if (errors.Count > 0)
        {
            return Answer.Json(400, new JsonObject { ["errors"] = new JsonArray([.. errors]) }, "application/vnd.api+json").Because($"{errors.Count} invalid profiles");
        }

        var job = Jobs.Start($"job-{(Jobs.Count + 1).ToString(CultureInfo.InvariantCulture)}", () =>
        {
            var failed = new JsonArray();
            foreach (var (at, profile) in profiles.Index())
            {
                var attributes = profile.At("attributes");
                if (IsBad(attributes.Text("email")) || IsBad(attributes.Text("external_id")))
                {
                    failed.Add((JsonNode)new JsonObject
                    {
                        ["type"] = "import-error",
                        ["id"] = $"e{at.ToString(CultureInfo.InvariantCulture)}",
                        ["attributes"] = new JsonObject
                        {
                            ["code"] = "INVALID_EMAIL",
                            ["title"] = "Invalid profile.",
                            ["detail"] = "The profile was refused.",
                            ["source"] = new JsonObject { ["pointer"] = $"/data/attributes/profiles/data/{at}/attributes/email" },
                            ["original_payload"] = attributes!.DeepClone(),
                        },
                    });
                    continue;
                }

                var contact = Write(attributes);
                lists.ForEach(list => list.Members.Add(contact.Id));
            }

            return new() { ["total"] = profiles.Count, ["failed"] = failed.Count, ["errors"] = failed };
        });
        return Data(202, ShowJob(job));
    }

    private static JsonObject ShowJob(JobBook.Job job) => new()
    {
        ["type"] = "profile-bulk-import-job",
        ["id"] = job.Id,
        ["attributes"] = new JsonObject
        {
            ["status"] = job.IsDone ? "complete" : "processing",
            ["total_count"] = job.Result.At("total")?.DeepClone() ?? 0,
            ["completed_count"] = job.IsDone ? job.Result.At("total")!.GetValue<int>() - job.Result.At("failed")!.GetValue<int>() : 0,
            ["failed_count"] = job.Result.At("failed")?.DeepClone() ?? 0,
        },
    };

    private static IEnumerable<JsonNode> Faults(JsonNode? profile, string at)
    {
        var attributes = profile.At("attributes");
        if (profile.Text("type") != "profile" || attributes is null)
        {
            yield return Error(400, "invalid", "A profile is expected.", at);
            yield break;
        }

        if (profile!.ToJsonString().Length > MaxPerProfile)
        {
            yield return Error(400, "invalid", "The profile is larger than 100 KB.", at);
        }

        var (email, phone, id) = (attributes.At("email"), attributes.At("phone_number"), attributes.At("external_id"));
        if (email is null && phone is null && id is null && profile.At("id") is null)
        {
            yield return Error(400, "invalid", "One of email, phone_number, external_id or id is required.", $"{at}/attributes");
        }

        if (email is not null && !Formats.IsEmail(email.Text()))
        {
            yield return Error(400, "invalid", "Invalid email address.", $"{at}/attributes/email");
        }

        if (phone is not null && !Formats.IsE164(phone.Text()))
        {
            yield return Error(400, "invalid", "Invalid phone number.", $"{at}/attributes/phone_number");
        }

        if (id is not null && (!id.IsText || id.Text() is { Length: 0 or > 255 }))
        {
            yield return Error(400, "invalid", "external_id is a text of up to 255 characters.", $"{at}/attributes/external_id");
        }

        string[] known = ["email", "phone_number", "external_id", "anonymous_id", "_kx", "first_name", "last_name", "organization", "title", "image", "locale", "location", "properties", "meta", "subscriptions"];
        foreach (var (name, _) in profile.Fields("attributes").Where(field => !known.Contains(field.Key)))
        {
            yield return Error(400, "invalid", $"'{name}' is not a valid field for the resource 'profile'.", $"{at}/attributes/{name}");
        }
    }

    private Contact Write(JsonNode? attributes)
    {
        var (email, phone, id) = (attributes.Text("email"), attributes.Text("phone_number"), attributes.Text("external_id"));
        var contact = Contacts.Find("external_id", id) ?? Contacts.Find("email", email) ?? Contacts.Find("phone", phone) ?? Contacts.Create();
        Contacts.SetKey(contact, "email", email);
        Contacts.SetKey(contact, "phone", phone);
        Contacts.SetKey(contact, "external_id", id);
        contact.Merge(attributes!.AsObject().Where(field => field.Key is not ("email" or "phone_number" or "external_id" or "properties" or "meta" or "subscriptions")));
        contact.Merge(attributes.Fields("properties"));
        return contact;
    }

    private Answer Upsert(Call call)
    {
        var profile = call.Object().At("data");
        if (Faults(profile, "/data").FirstOrDefault() is { } fault)
        {
            return Answer.Json(400, new JsonObject { ["errors"] = new JsonArray(fault) }, "application/vnd.api+json");
        }

        var before = Contacts.Count;
        var contact = Write(profile.At("attributes"));
        return Data(Contacts.Count > before ? 201 : 200, new JsonObject { ["type"] = "profile", ["id"] = contact.Id });
    }

    private Answer Profiles(Call call)
    {
        var found = Contacts.All;
        if (call.Query("filter") is { } filter)
        {
            if (AnyFilter().Match(filter) is not { Success: true } match)
            {
                return Refuse(400, "invalid", $"Invalid filter: {filter}", null);
            }

            var kind = match.Groups[2].Value is "phone_number" ? "phone" : match.Groups[2].Value;
            var values = Quoted().Matches(match.Groups[3].Value).Select(each => each.Groups[1].Value.Replace("\\\"", "\"", StringComparison.Ordinal)).ToList();
            if (values.Count > 100)
            {
                return Refuse(400, "invalid", "A filter takes at most 100 values.", null);
            }

            found = values.Select(value => kind is "id" ? Contacts.Get(value) : Contacts.Find(kind, value)).OfType<Contact>().Distinct();
        }

        return Page(call, [.. found.Select(contact => new JsonObject
        {
            ["type"] = "profile",
            ["id"] = contact.Id,
            ["attributes"] = new JsonObject { ["email"] = contact.Key("email"), ["phone_number"] = contact.Key("phone"), ["external_id"] = contact.Key("external_id") },
        })], size: 20, most: 100);
    }

    private static Answer Page(Call call, List<JsonObject> rows, int size, int most)
    {
        size = call.Query("page[size]") is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : size;
        if (size < 1 || size > most)
        {
            return Refuse(400, "invalid", $"Page size must be between 1 and {most}.", null);
        }

        var from = call.Query("page[cursor]") is { } cursor ? int.Parse(cursor, CultureInfo.InvariantCulture) : 0;
        var kept = string.Join('&', call.QueryValues.Where(pair => pair.Key != "page[cursor]").Select(pair => $"{Uri.EscapeDataString(pair.Key)}={Uri.EscapeDataString(pair.Value.ToString())}"));
        var next = from + size < rows.Count ? $"{call.Home}{call.RawPath}?{kept}&page%5Bcursor%5D={(from + size).ToString(CultureInfo.InvariantCulture)}" : null;
        return Data(200, new JsonArray([.. rows.Skip(from).Take(size)]), next);
    }

    private Answer Members(Call call, Action<RemoteList, string> change)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list))
        {
            return NotFound(call);
        }

        var rows = call.Object().Items("data");
        if (rows.Count is 0 or > MaxBulk || rows.Any(row => row.Text("type") != "profile"))
        {
            return Refuse(400, "invalid", $"Between 1 and {MaxBulk} profiles are expected.", "/data");
        }

        foreach (var row in rows)
        {
            if (Contacts.Get(row.Text("id")) is not { } contact)
            {
                return Refuse(404, "not_found", $"A profile with id {row.Text("id")} does not exist.", null);
            }

            change(list, contact.Id);
        }

        return Answer.Empty(204);
    }

    private Answer Subscribe(Call call, string consent, int most)
    {
        var rows = call.Object().At("data").At("attributes").At("profiles").Items("data");
        if (rows.Count == 0 || rows.Count > most)
        {
            return Refuse(400, "invalid", $"Between 1 and {most} profiles are expected.", "/data/attributes/profiles/data");
        }

        if (rows.Any(row => row.At("attributes").At("subscriptions") is null))
        {
            return Refuse(400, "invalid", "'subscriptions' is required.", "/data/attributes/profiles/data/0/attributes/subscriptions");
        }

        foreach (var row in rows)
        {
            Write(row.At("attributes")).Subscription = consent;
        }

        return Answer.Empty(202);
    }

    private Answer Event(JsonNode? attributes)
    {
        if (attributes.At("metric").At("data").At("attributes").Text("name") is not { Length: > 0 and < 128 } name || attributes.At("properties") is null)
        {
            return Refuse(400, "invalid", "A metric's name and properties are required.", "/data/attributes/metric");
        }

        if (Faults(attributes.At("profile").At("data"), "/data/attributes/profile/data").FirstOrDefault() is { } fault)
        {
            return Answer.Json(400, new JsonObject { ["errors"] = new JsonArray(fault) }, "application/vnd.api+json");
        }

        Keep(name, attributes.At("profile").At("data").At("attributes"), attributes);
        return Answer.Empty(202);
    }

    private Answer BulkEvents(Call call)
    {
        var groups = call.Object().At("data").At("attributes").At("events-bulk-create").Items("data");
        var events = groups.SelectMany(group => group.At("attributes").At("events").Items("data").Select(each => (Profile: group.At("attributes").At("profile").At("data"), Event: each.At("attributes")))).ToList();
        if (events.Count is 0 or > MaxBulk)
        {
            return Refuse(400, "invalid", $"Between 1 and {MaxBulk} events are expected.", "/data/attributes/events-bulk-create/data");
        }

        var faults = groups.SelectMany((group, at) => Faults(group.At("attributes").At("profile").At("data"), $"/data/attributes/events-bulk-create/data/{at}/attributes/profile/data")).ToList();
        faults.AddRange(events.Where(each => each.Event.Text("unique_id") is { } id && _eventIds.Contains(id)).Select(each => Error(400, "invalid", "unique_id was used before.", "/data/attributes/events-bulk-create/data")));
        if (faults.Count > 0)
        {
            return Answer.Json(400, new JsonObject { ["errors"] = new JsonArray([.. faults]) }, "application/vnd.api+json").Because($"{faults.Count} invalid events");
        }

        events.ForEach(each => Keep(each.Event.At("metric").At("data").At("attributes").Text("name") ?? "", each.Profile.At("attributes"), each.Event));
        return Answer.Empty(202);
    }

    private void Keep(string name, JsonNode? profile, JsonNode? each)
    {
        if (each.Text("unique_id") is not { } id || _eventIds.Add(id))
        {
            _events.Add((JsonNode)new JsonObject { ["name"] = name, ["contact"] = Write(profile).Id, ["id"] = each.Text("unique_id"), ["properties"] = each.At("properties")?.DeepClone() });
        }
    }

    [GeneratedRegex(@"^\d{4}-\d{2}-\d{2}$")]
    private static partial Regex Date();

    [GeneratedRegex(@"^equals\(name,""((?:[^""\\]|\\.)*)""\)$")]
    private static partial Regex NameFilter();

    [GeneratedRegex(@"^(any|equals)\((email|external_id|phone_number|id),\[?(.*?)\]?\)$")]
    private static partial Regex AnyFilter();

    [GeneratedRegex(@"""((?:[^""\\]|\\.)*)""")]
    private static partial Regex Quoted();
}
