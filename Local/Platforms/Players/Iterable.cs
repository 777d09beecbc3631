using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Iterable, a hybrid project: static lists; failed members are named by value inside a 200; a field's type is fixed by its first value.</summary>
internal sealed class Iterable : Platform
{
    private const string Key = "iterable-server-key";
    private const int MaxSubscribers = 1000;

    private readonly Dictionary<string, JsonValueKind> _types = [];
    private readonly JsonArray _events = [];
    private readonly HashSet<string> _forgotten = new(StringComparer.OrdinalIgnoreCase);

    public Iterable(TimeProvider time)
        : base("iterable", time)
    {
        Contacts = new(static n => $"it{n.ToString(CultureInfo.InvariantCulture)}");
        Extras["events"] = _events;
        Routes.Get("findList", "/api/lists", _ => Answer.Json(200, new JsonObject { ["lists"] = new JsonArray([.. Lists.Values.Select(list => new JsonObject { ["id"] = int.Parse(list.Id, CultureInfo.InvariantCulture), ["name"] = list.Name, ["listType"] = list.Kind is "" ? "Standard" : list.Kind })]) }))
            .Get("check", "/api/channels", _ => Answer.Json(200, new JsonObject { ["channels"] = new JsonArray() }))
            .Post("createList", "/api/lists", call => call.Object().Text("name") is { Length: > 0 } name
                ? Answer.Json(200, new JsonObject { ["listId"] = int.Parse(EnsureList(NewListId(), name, "Standard").Id, CultureInfo.InvariantCulture) })
                : Refuse(400, "BadParams", "name is required"))
            .Post("add", "/api/lists/subscribe", call => Change(call, isAdd: true))
            .Post("remove", "/api/lists/unsubscribe", call => Change(call, isAdd: false))
            .Post("update", "/api/users/bulkUpdate", BulkUpdate)
            .Post("event", "/api/events/track", call => Track([call.Object()], single: true))
            .Post("events", "/api/events/trackBulk", call => Track(call.Object().Items("events"), single: false));
    }

    public override JsonObject Settings => new() { ["apiKey"] = Key };

    protected override int? MaxBodyBytes => 4 * 1024 * 1024;

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(5, TimeSpan.FromSeconds(1), "add", "remove", "update"), new(100, TimeSpan.FromSeconds(1), "findList"), new(10, TimeSpan.FromSeconds(1), "events")];

    public override string KeyKind(string kind) => kind is "external_id" ? "user_id" : kind;

    protected override Answer? Authenticate(Call call) => (call.Header("Api-Key") ?? call.Header("api_key")) == Key ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["msg"] = message, ["code"] = code, ["params"] = null }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, "BadApiKey", "Invalid API key");

    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "RateLimitExceeded", "Too many requests");

    private Answer Change(Call call, bool isAdd)
    {
        var body = call.Object();
        if (!Lists.TryGetValue(body.Text("listId") ?? "", out var list) || list.Kind == "Dynamic")
        {
            return Refuse(400, "error.lists.invalidListId", "error.lists.invalidListId");
        }

        var subscribers = body.Items("subscribers");
        if (subscribers.Count is 0 or > MaxSubscribers)
        {
            return Refuse(400, "BadParams", $"Between 1 and {MaxSubscribers} subscribers are expected");
        }

        if (isAdd && Mismatches(subscribers) is { Count: > 0 } mismatches)
        {
            return TypeMismatch(mismatches);
        }

        var failed = new Failed();
        foreach (var subscriber in subscribers)
        {
            if (Failed.Check(subscriber, _forgotten, IsBad) is { } fate)
            {
                failed.Add(fate, subscriber);
                continue;
            }

            var contact = Find(subscriber);
            if (isAdd)
            {
                if (contact is null && body.Flag("updateExistingUsersOnly") is true)
                {
                    failed.Add("notFound", subscriber);
                    continue;
                }

                contact = Write(contact ?? Contacts.Create(), subscriber);
                list.Members.Add(contact.Id);
            }
            else if (contact is null)
            {
                failed.Add("notFound", subscriber);
            }
            else
            {
                list.Members.Remove(contact.Id);
                contact.Writes++;
                if (body.Flag("channelUnsubscribe") is not false)
                {
                    contact.Subscription = "unsubscribed";
                }
            }
        }

        return failed.Show(subscribers.Count);
    }

    private Answer BulkUpdate(Call call)
    {
        var users = call.Object().Items("users");
        if (users.Count is 0 or > MaxSubscribers)
        {
            return Refuse(400, "BadParams", $"Between 1 and {MaxSubscribers} users are expected");
        }

        if (Mismatches(users) is { Count: > 0 } mismatches)
        {
            return TypeMismatch(mismatches);
        }

        var failed = new Failed();
        foreach (var user in users)
        {
            if (Failed.Check(user, _forgotten, IsBad) is { } fate)
            {
                failed.Add(fate, user);
            }
            else
            {
                Write(Find(user) ?? Contacts.Create(), user);
            }
        }

        return failed.Show(users.Count);
    }

    private Contact? Find(JsonNode? user) => Contacts.Find("email", user.Text("email")) ?? Contacts.Find("user_id", user.Text("userId"));

    private Contact Write(Contact contact, JsonNode? user)
    {
        Contacts.SetKey(contact, "email", user.Text("email"));
        Contacts.SetKey(contact, "user_id", user.Text("userId"));
        contact.Merge(user.Fields("dataFields"));
        foreach (var (name, value) in user.Fields("dataFields").Where(field => field.Value is not null))
        {
            _types.TryAdd(name, Kind(value!));
        }

        return contact;
    }

    private List<string> Mismatches(IReadOnlyList<JsonNode?> users) =>
        [.. users.SelectMany(user => user.Fields("dataFields")).Where(field => field.Value is not null && _types.TryGetValue(field.Key, out var kind) && kind != Kind(field.Value)).Select(field => field.Key).Distinct()];

    private static JsonValueKind Kind(JsonNode value) => value.GetValueKind() is JsonValueKind.False ? JsonValueKind.True : value.GetValueKind();

    private static Answer TypeMismatch(List<string> fields) => Answer.Json(400, new JsonObject
    {
        ["msg"] = $"Project has mismatched types for fields {string.Join(", ", fields)}",
        ["code"] = "RequestFieldsTypesMismatched",
        ["params"] = new JsonObject { ["validationErrors"] = new JsonObject(fields.Select(field => KeyValuePair.Create(field, (JsonNode?)new JsonObject { ["incomingTypes"] = new JsonArray(), ["expectedType"] = "string", ["category"] = "user" }))) },
    });

    private Answer Track(IReadOnlyList<JsonNode?> events, bool single)
    {
        var failed = new Failed();
        foreach (var each in events)
        {
            if (Failed.Check(each, _forgotten, IsBad) is { } fate)
            {
                failed.Add(fate, each);
                continue;
            }

            _events.Add((JsonNode)new JsonObject { ["name"] = each.Text("eventName"), ["email"] = each.Text("email"), ["userId"] = each.Text("userId"), ["id"] = each.Text("id"), ["dataFields"] = each.At("dataFields")?.DeepClone() });
        }

        return single && failed.Count == 0 ? Answer.Json(200, new JsonObject { ["msg"] = "", ["code"] = "Success", ["params"] = null })
            : single ? Refuse(400, "InvalidEmailAddressError", "Invalid email")
            : failed.Show(events.Count);
    }

    /// <summary>Members that failed, by why and by their identifiers.</summary>
    private sealed class Failed
    {
        private static readonly string[] Words = ["invalid", "notFound", "forgotten", "conflict", "invalidData"];

        private readonly SortedDictionary<string, JsonArray> _lists = new(Words.SelectMany(word => new[] { $"{word}Emails", $"{word}UserIds" }).ToDictionary(name => name, _ => new JsonArray()), StringComparer.Ordinal);

        public int Count { get; private set; }

        public static string? Check(JsonNode? user, HashSet<string> forgotten, Func<string?, bool> isBad)
        {
            var (email, id) = (user.Text("email"), user.Text("userId"));
            return (email is null && id is null) || (email is not null && !Formats.IsEmail(email)) || isBad(email) || isBad(id)
                || (id is not null && (id.Length is 0 or > 52 || id != id.Trim() || Encoding.UTF8.GetByteCount(id) != id.Length)) ? "invalid"
                : (email is not null && forgotten.Contains(email)) || (id is not null && forgotten.Contains(id)) ? "forgotten"
                : null;
        }

        /// <summary>Named by e-mail where there is one, in lower case, else by user id.</summary>
        public void Add(string word, JsonNode? user)
        {
            Count++;
            var (name, value) = user.Text("email") is { } email ? ($"{word}Emails", email) : ($"{word}UserIds", user.Text("userId") ?? "");
            _lists[name].Add((JsonNode)value.ToLowerInvariant());
        }

        public Answer Show(int of) => Answer.Json(200, new JsonObject
        {
            ["successCount"] = of - Count,
            ["failCount"] = Count,
            ["failedUpdates"] = new JsonObject(_lists.Select(pair => KeyValuePair.Create(pair.Key, (JsonNode?)pair.Value))),
            ["invalidEmails"] = _lists["invalidEmails"].DeepClone(),
            ["invalidUserIds"] = _lists["invalidUserIds"].DeepClone(),
            ["createdFields"] = new JsonArray(),
            ["filteredOutFields"] = new JsonArray(),
        });
    }
}
