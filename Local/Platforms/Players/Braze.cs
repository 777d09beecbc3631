using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Braze: users by attributes (a boolean or an array says who is in), partner cohorts; failed rows are named inside a 201.</summary>
internal sealed partial class Braze : Platform
{
    private const string Key = "00000000-1111-2222-3333-444444444444", PartnerKey = "partner-key", ImportKey = "import-key";
    private const int MaxObjects = 75, MaxBulk = 1000, MaxObjectBytes = 100 * 1024;

    private static readonly string[] Identities = ["external_id", "user_alias", "braze_id", "email", "phone"];

    private readonly JsonArray _events = [];

    public Braze(TimeProvider time)
        : base("braze", time)
    {
        Contacts = new(static n => $"bz{n.ToString("D6", CultureInfo.InvariantCulture)}", ignoresCase: false);
        Extras["events"] = _events;
        Routes.Get("check", "/segments/list", _ => Answer.Json(200, new JsonObject { ["message"] = "success", ["segments"] = new JsonArray() }))
            .Post("track", "/users/track", call => Track(call, MaxObjects))
            .Post("bulk", "/users/track/bulk", call => call.Body.Length > 2 * 1024 * 1024 ? TooLarge(call) : Track(call, MaxBulk))
            .Post("export", "/users/export/ids", Export)
            .Post("consent", "/v2/subscription/status/set", Consent)
            .Open("createCohort", "POST", "/partners/{partner}/cohorts", call => AsPartner(call, CreateCohort))
            .Open("cohortUsers", "POST", "/partners/{partner}/cohorts/users", call => AsPartner(call, CohortUsers));
    }

    public override JsonObject Settings => new() { ["endpoint"] = "https://rest.iad-01.braze.com", ["apiKey"] = Key };

    protected override int? MaxBodyBytes => 4 * 1024 * 1024;

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(3000, TimeSpan.FromSeconds(3), "track"), new(50, TimeSpan.FromSeconds(1), "bulk")];

    protected override Answer? Authenticate(Call call) => call.Bearer == Key ? null : Refuse(401, "", "Invalid API Key");

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["message"] = message }).Because(message);

    /// <summary>No Retry-After: the reset is told in UTC seconds.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "", "Rate limit exceeded")
        .With("X-RateLimit-Limit", 3000).With("X-RateLimit-Remaining", 0).With("X-RateLimit-Reset", (call.At + wait).ToUnixTimeSeconds() + 1);

    protected override Answer Unauthorized(Call call) => Refuse(401, "", "Invalid API Key");

    private Answer Track(Call call, int most)
    {
        var body = call.Object();
        string[] arrays = ["attributes", "events", "purchases"];
        var rows = arrays.SelectMany(array => body.Items(array).Select((row, index) => (Array: array, Index: index, Row: row))).ToList();
        if (rows.Count == 0 || rows.Count > most)
        {
            return Answer.Json(400, new JsonObject { ["message"] = rows.Count == 0 ? "No valid attributes, events or purchases" : $"No more than {most} objects are taken", ["errors"] = new JsonArray() });
        }

        var errors = new JsonArray();
        var done = arrays.ToDictionary(array => array, _ => 0);
        foreach (var (array, index, row) in rows)
        {
            if (Fault(array, row) is { } fault)
            {
                errors.Add((JsonNode)new JsonObject { ["type"] = fault, ["input_array"] = array, ["index"] = index });
                continue;
            }

            done[array]++;
            Write(array, row!.AsObject());
        }

        var answer = new JsonObject { ["message"] = "success", ["errors"] = errors };
        foreach (var (array, count) in done.Where(pair => body.At(pair.Key) is not null))
        {
            answer[$"{array}_processed"] = count;
        }

        return Answer.Json(201, answer);
    }

    private string? Fault(string array, JsonNode? row)
    {
        if (row is not JsonObject json || Array.Find(Identities, json.ContainsKey) is not { } identity)
        {
            return "'external_id', 'braze_id', 'user_alias', 'email' or 'phone' is required";
        }

        var value = identity == "user_alias" ? json.At(identity).Text("alias_name") : json.Text(identity);
        return value is null or "" ? "'external_id' is not a string"
            : identity == "external_id" && !json.At(identity).IsText ? "'external_id' is not a string"
            : System.Text.Encoding.UTF8.GetByteCount(value) >= 988 ? "'external_id' must be fewer than 988 bytes"
            : IsBad(value) || IsBad(json.Text("email")) ? "EXTERNAL_USER_ID_BLACKLISTED"
            : identity == "phone" && !Formats.IsE164(value) ? "'phone' is not valid"
            : json.ToJsonString().Length > MaxObjectBytes ? "OBJECT_TOO_LARGE"
            : array == "attributes" && json.Any(field => !AttributeName().IsMatch(field.Key)) ? "INVALID_ATTRIBUTE_NAME"
            : array == "events" && (json.Text("name") is null || json.Text("time") is null) ? "'name' and 'time' are required"
            : null;
    }

    private void Write(string array, JsonObject row)
    {
        var identity = Array.Find(Identities, row.ContainsKey)!;
        var (kind, value) = identity == "user_alias"
            ? ($"alias:{row.At(identity).Text("alias_label")}", row.At(identity).Text("alias_name")!)
            : (identity, row.Text(identity)!);
        var contact = identity == "braze_id" ? Contacts.Get(value) : Contacts.Find(kind, value);
        if (contact is null && (row.Flag("_update_existing_only") ?? identity == "user_alias"))
        {
            return;
        }

        contact ??= Contacts.Create((kind, value));
        if (array != "attributes")
        {
            _events.Add((JsonNode)new JsonObject { ["name"] = row.Text("name"), ["contact"] = contact.Id, ["properties"] = row.At("properties")?.DeepClone() });
            return;
        }

        foreach (var (name, each) in row.Where(field => field.Key is not ("_update_existing_only" or "user_alias" or "braze_id") && field.Key != identity))
        {
            if (name is "email" or "phone")
            {
                Contacts.SetKey(contact, name, each.Text());
            }
            else if (name is "email_subscribe")
            {
                contact.Subscription = each.Text() ?? "";
            }
            else
            {
                contact.Merge([KeyValuePair.Create(name, Combine(contact.Attributes.At(name), each))]);
            }
        }
    }

    /// <summary><c>{"add":[…]}</c>, <c>{"remove":[…]}</c> and <c>{"inc":1}</c> change what is there; anything else takes its place.</summary>
    private static JsonNode? Combine(JsonNode? old, JsonNode? given)
    {
        var values = old.Items().Select(item => item.Text()).OfType<string>().ToList();
        return given switch
        {
            JsonObject json when json.Count is 1 or 2 && json.All(field => field.Key is "add" or "remove") =>
                new JsonArray([.. values.Except(given.Texts("remove")).Union(given.Texts("add")).Select(value => (JsonNode?)value)]),
            JsonObject json when json.Count == 1 && json.ContainsKey("inc") => (old?.GetValueKind() is JsonValueKind.Number ? old.GetValue<double>() : 0) + json["inc"]!.GetValue<double>(),
            _ => given,
        };
    }

    private Answer Export(Call call)
    {
        var ids = call.Object().Texts("external_ids");
        return ids.Count is 0 or > 50 ? Refuse(400, "", "Between 1 and 50 ids are exported") : Answer.Json(200, new JsonObject
        {
            ["message"] = "success",
            ["users"] = new JsonArray([.. ids.Select(id => Contacts.Find("external_id", id)).OfType<Contact>().Select(contact => new JsonObject { ["external_id"] = contact.Key("external_id"), ["custom_attributes"] = contact.Attributes.DeepClone() })]),
        });
    }

    private Answer Consent(Call call)
    {
        foreach (var group in call.Object().Items("subscription_groups"))
        {
            foreach (var contact in group.Texts("external_ids").Select(id => Contacts.Find("external_id", id)).OfType<Contact>())
            {
                contact.Subscription = group.Text("subscription_state") ?? "";
            }
        }

        return Answer.Json(201, new JsonObject { ["message"] = "success" });
    }

    private Answer AsPartner(Call call, Func<JsonObject, Answer> serve)
    {
        var body = call.Object();
        return body.Text("partner_api_key") == PartnerKey && body.Text("client_secret") == ImportKey ? serve(body) : Refuse(401, "", "Invalid partner key or client secret");
    }

    private Answer CreateCohort(JsonObject body)
    {
        if (body.Text("cohort_id") is not { Length: > 0 } id || body.Text("name") is not { Length: > 0 } name)
        {
            return Refuse(400, "", "cohort_id and name are required");
        }

        EnsureList(id, name, "cohort");
        return Answer.Json(201, new JsonObject { ["message"] = "success" });
    }

    private Answer CohortUsers(JsonObject body)
    {
        if (body.Text("cohort_id") is not { } id || !Lists.TryGetValue(id, out var cohort))
        {
            return body.Items("cohort_changes").Count == 0 ? Answer.Json(201, new JsonObject { ["message"] = "success" }) : Refuse(400, "", "The cohort does not exist");
        }

        foreach (var change in body.Items("cohort_changes"))
        {
            var users = change.Texts("user_ids").Concat(change.Items("aliases").Select(alias => $"{alias.Text("alias_label")}:{alias.Text("alias_name")}"));
            foreach (var user in users)
            {
                _ = change.Flag("should_remove") is true ? cohort.Members.Remove(user) : cohort.Members.Add(user);
            }
        }

        return Answer.Json(201, new JsonObject { ["message"] = "success" });
    }

    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_ -]{0,254}$")]
    private static partial Regex AttributeName();
}
