using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Campaign Monitor v3.3: lists of subscribers, imports whose failed rows come as 400 with code 210.</summary>
/// <remarks>A contact's subscription is its state on the lists: Active, Unsubscribed, Deleted …; it is on a list while it is Active.</remarks>
internal sealed class CampaignMonitor : Platform
{
    private const string Key = "0123456789abcdef0123456789abcdef", Client = "4a397ccaaa55eb4e6aa1221e1e2d7122", Refresh = "refresh-cm";
    private const int MaxRows = 1000;

    public CampaignMonitor(TimeProvider time)
        : base("campaign-monitor", time)
    {
        Contacts = new(static n => $"cm{n.ToString(CultureInfo.InvariantCulture)}");
        const string root = "/api/v3.3";
        Routes.Open("token", "POST", "/oauth/token", Token)
            .Get("check", $"{root}/clients.json", _ => Answer.Json(200, new JsonArray(new JsonObject { ["ClientID"] = Client, ["Name"] = "Acme" })))
            .Get("findList", $"{root}/clients/{{client}}/lists.json", call => call.Value("client") == Client
                ? Answer.Json(200, new JsonArray([.. Lists.Values.Select(list => new JsonObject { ["ListID"] = list.Id, ["Name"] = list.Name })]))
                : Refuse(401, "102", "Invalid ClientID"))
            .Get("active", $"{root}/lists/{{id}}/active.json", Active)
            .Get("fields", $"{root}/lists/{{id}}/customfields.json", _ => Answer.Json(200, new JsonArray(new JsonObject { ["FieldName"] = "tier", ["Key"] = "[tier]", ["DataType"] = "Text", ["FieldOptions"] = new JsonArray() })))
            .Post("createField", $"{root}/lists/{{id}}/customfields.json", call => Answer.Json(201, JsonValue.Create($"[{call.Object().Text("FieldName")}]")))
            .Get("getList", $"{root}/lists/{{id}}.json", call => Lists.TryGetValue(call.Value("id"), out var list)
                ? Answer.Json(200, new JsonObject { ["ListID"] = list.Id, ["Title"] = list.Name, ["ConfirmedOptIn"] = false, ["UnsubscribeSetting"] = "OnlyThisList" })
                : Refuse(401, "101", "Invalid ListID"))
            .Post("createList", $"{root}/lists/{{client}}.json", CreateList)
            .Post("import", $"{root}/subscribers/{{id}}/import.json", call => InList(call, list => Import(call, list)))
            .Post("unsubscribe", $"{root}/subscribers/{{id}}/unsubscribe.json", call => InList(call, list => Leave(list, call.Object().Text("EmailAddress"), "Unsubscribed")))
            .Post("add", $"{root}/subscribers/{{id}}.json", call => InList(call, list => AddOne(call, list)))
            .Put("update", $"{root}/subscribers/{{id}}.json", call => InList(call, list => AddOne(call, list)))
            .Delete("remove", $"{root}/subscribers/{{id}}.json", call => InList(call, list => Leave(list, call.Query("email"), "Deleted")));
    }

    public override JsonObject Settings => new() { ["apiKey"] = Key, ["clientId"] = Client };

    public override string NewListId() => $"a58ee1d3039b8bec838e6d1482a8a{(Lists.Count + 1).ToString("x3", CultureInfo.InvariantCulture)}";

    protected override Answer? Authenticate(Call call) =>
        call.Basic is (Key, _) || Tokens.Holds(call.Bearer) ? null
        : call.Bearer is { } token && token.StartsWith("token-", StringComparison.Ordinal) ? Refuse(401, "121", "Expired OAuth Token")
        : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject
    {
        ["Code"] = int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : status,
        ["Message"] = message,
    }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, "100", "Invalid API Key");

    /// <summary>The reset is told in seconds from now; no Retry-After.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "429", "Rate limit exceeded").With("X-RateLimit-Remaining", 0).With("X-RateLimit-Reset", Seconds(wait));

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "refresh_token" || form.GetValueOrDefault("refresh_token")?.StartsWith(Refresh, StringComparison.Ordinal) is not true)
        {
            return Answer.Json(200, new JsonObject { ["error"] = "invalid_grant", ["error_description"] = "Specified refresh_token was invalid" });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromSeconds(1209600));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["expires_in"] = seconds, ["refresh_token"] = $"{Refresh}-{Tokens.Issued}" });
    }

    private Answer InList(Call call, Func<RemoteList, Answer> serve) => Lists.TryGetValue(call.Value("id"), out var list) ? serve(list) : Refuse(401, "101", "Invalid ListID");

    private Answer CreateList(Call call)
    {
        var body = call.Object();
        return call.Value("client") != Client ? Refuse(401, "102", "Invalid ClientID")
            : body.Text("Title") is not { Length: > 0 } title ? Refuse(400, "251", "List Title Empty")
            : Lists.Values.Any(list => list.Name == title) ? Refuse(400, "250", "List Title Must Be Unique")
            : Answer.Json(201, JsonValue.Create(EnsureList(NewListId(), title).Id));
    }

    private Answer Import(Call call, RemoteList list)
    {
        var body = call.Object();
        var rows = body.Items("Subscribers");
        if (rows.Count is 0 or > MaxRows)
        {
            return Refuse(400, "209", $"At most {MaxRows} subscribers are imported at a time.");
        }

        var (fresh, existing, failures, seen, twice) = (0, 0, new JsonArray(), new HashSet<string>(StringComparer.OrdinalIgnoreCase), new JsonArray());
        foreach (var row in rows)
        {
            var email = row.Text("EmailAddress") ?? "";
            if (!seen.Add(email))
            {
                twice.Add((JsonNode)email);
                continue;
            }

            if (Write(list, email, row, body.Flag("Resubscribe") is true) is var (code, message))
            {
                failures.Add((JsonNode)new JsonObject { ["EmailAddress"] = email, ["Code"] = code, ["Message"] = message });
            }
            else if (Contacts.Find("email", email)!.Writes == 1)
            {
                fresh++;
            }
            else
            {
                existing++;
            }
        }

        var failed = failures.Count;
        var result = new JsonObject { ["FailureDetails"] = failures, ["TotalUniqueEmailsSubmitted"] = seen.Count, ["TotalExistingSubscribers"] = existing, ["TotalNewSubscribers"] = fresh, ["DuplicateEmailsInSubmission"] = twice };
        return failed == 0 ? Answer.Json(201, result) : Answer.Json(400, new JsonObject { ["Code"] = 210, ["Message"] = "Subscriber Import had some failures", ["ResultData"] = result }).Because("210: some rows failed");
    }

    /// <summary>Null when written.</summary>
    private (int Code, string Message)? Write(RemoteList list, string email, JsonNode? row, bool resubscribes)
    {
        if (!Formats.IsEmail(email) || IsBad(email))
        {
            return (1, "Invalid Email Address");
        }

        if (row.Text("ConsentToTrack") is not ("Yes" or "No" or "Unchanged"))
        {
            return (214, "The value provided for ConsentToTrack is missing or not valid.");
        }

        if (row.Text("MobileNumber") is { Length: > 0 } phone && !Formats.IsE164(phone))
        {
            return (220, "Invalid mobile number");
        }

        if (row.Items("CustomFields").Any(field => field.Text("Value") is { Length: > 250 }))
        {
            return (230, "A custom field is longer than 250 characters");
        }

        var (contact, _) = Contacts.Ensure("email", email);
        if (!resubscribes && !list.Members.Contains(contact.Id) && contact.Subscription is "Unsubscribed" or "Bounced" or "Suppressed")
        {
            return contact.Subscription switch { "Unsubscribed" => (206, "Subscriber in unsubscribed list"), "Bounced" => (207, "Subscriber bounced"), _ => (204, "Subscriber in suppression list") };
        }

        // People deleted from this very list come back only on demand.
        if (!resubscribes && list.Facts.GetValueOrDefault($"deleted {contact.Id}") is not null)
        {
            return (205, "Subscriber in deleted list");
        }

        list.Facts.Remove($"deleted {contact.Id}");
        list.Members.Add(contact.Id);
        if (contact.Subscription is "" || resubscribes)
        {
            contact.Subscription = "Active";
        }

        contact.Merge(row.Text("Name") is { } name ? [KeyValuePair.Create("Name", (JsonNode?)name)] : []);
        foreach (var group in row.Items("CustomFields").GroupBy(field => field.Text("Key")?.Trim('[', ']') ?? ""))
        {
            contact.Attributes[group.Key] = group.Any(field => field.Flag("Clear") is true) ? null : string.Join(',', group.Select(field => field.Text("Value")));
        }

        return null;
    }

    private Answer AddOne(Call call, RemoteList list)
    {
        var body = call.Object();
        var email = call.Query("email") ?? body.Text("EmailAddress") ?? "";
        return call.Method == "PUT" && Contacts.Find("email", email) is null ? Refuse(400, "203", "Subscriber not in list or has already been removed.")
            : Write(list, email, body, body.Flag("Resubscribe") is true) is var (code, message) ? Refuse(400, code.ToString(CultureInfo.InvariantCulture), message)
            : call.Method == "PUT" ? Answer.Ok
            : Answer.Json(201, JsonValue.Create(email));
    }

    private Answer Leave(RemoteList list, string? email, string state)
    {
        if (Contacts.Find("email", email) is not { } contact || !list.Members.Remove(contact.Id))
        {
            return Refuse(400, "203", "Subscriber not in list or has already been removed.");
        }

        contact.Writes++;
        if (state == "Unsubscribed")
        {
            contact.Subscription = state;
        }
        else
        {
            list.Facts[$"deleted {contact.Id}"] = "true";
        }

        return Answer.Ok;
    }

    private Answer Active(Call call) => InList(call, list =>
    {
        var size = int.TryParse(call.Query("pagesize"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 1000;
        var page = int.TryParse(call.Query("page"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 1;
        return size is < 10 or > 1000 ? Refuse(400, "5", "pagesize is 10 to 1000") : Answer.Json(200, new JsonObject
        {
            ["Results"] = new JsonArray([.. list.Members.Skip((page - 1) * size).Take(size).Select(id => new JsonObject { ["EmailAddress"] = Contacts.Get(id)?.Key("email"), ["State"] = "Active" })]),
            ["PageNumber"] = page,
            ["PageSize"] = size,
            ["TotalNumberOfRecords"] = list.Members.Count,
            ["NumberOfPages"] = (list.Members.Count + size - 1) / size,
        });
    });
}
