using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Zendesk Support v2: users with tags, bulk work as jobs of 100 users; <c>tags</c> in a user replace all tags.</summary>
internal sealed class Zendesk : Platform
{
    private const string Agent = "agent@acme.com", Key = "zendesk-token";
    private const int MaxUsers = 100;

    private static readonly string[] RootFields = ["name", "email", "phone", "alias", "details", "notes", "time_zone", "locale", "organization_id", "role", "tags", "external_id", "verified", "skip_verify_email", "user_fields", "id"];

    private readonly Dictionary<string, Queue<DateTimeOffset>> _updates = [];
    private readonly JsonArray _events = [];

    public Zendesk(TimeProvider time)
        : base("zendesk", time)
    {
        Contacts = new(static n => (35_000 + n).ToString(CultureInfo.InvariantCulture));
        Extras["events"] = _events;
        foreach (var tail in (string[])[".json", ""])
        {
            Routes.Post("import", $"/api/v2/users/create_or_update_many{tail}", call => Job(call.Object().Items("users"), CreateOrUpdate))
                .Put("updateMany", $"/api/v2/users/update_many{tail}", UpdateMany)
                .Post("upsert", $"/api/v2/users/create_or_update{tail}", UpsertOne)
                .Get("resolve", $"/api/v2/users/show_many{tail}", ShowMany)
                .Get("search", $"/api/v2/users/search{tail}", Search)
                .Get("poll", $"/api/v2/job_statuses/{{id}}{tail}", call => Jobs.Poll(call.Value("id")) is { } job ? Answer.Json(200, new JsonObject { ["job_status"] = ShowJob(call, job) }) : NotFound(call))
                .Put("addTags", $"/api/v2/users/{{id}}/tags{tail}", call => Tags(call, (contact, tags) => contact.Tags.UnionWith(tags)))
                .Delete("removeTags", $"/api/v2/users/{{id}}/tags{tail}", call => Tags(call, (contact, tags) => contact.Tags.ExceptWith(tags)))
                .Get("getTags", $"/api/v2/users/{{id}}/tags{tail}", call => Tags(call, (_, _) => { }))
                .Post("replaceTags", $"/api/v2/users/{{id}}/tags{tail}", call => Tags(call, (contact, tags) =>
                {
                    contact.Tags.Clear();
                    contact.Tags.UnionWith(tags);
                }))
                .Get("userFields", $"/api/v2/user_fields{tail}", _ => Answer.Json(200, new JsonObject { ["user_fields"] = new JsonArray() }))
                .Post("createUserField", $"/api/v2/user_fields{tail}", call => Answer.Json(201, call.Object()))
                .Get("findTag", $"/api/v2/autocomplete/tags{tail}", call => Answer.Json(200, new JsonObject { ["tags"] = new JsonArray([.. Contacts.All.SelectMany(contact => contact.Tags).Distinct().Where(tag => tag.StartsWith(call.Query("name") ?? "", StringComparison.Ordinal)).Select(tag => (JsonNode?)tag)]) }))
                .Open("check", "GET", $"/api/v2/users/me{tail}", Me)
                .Get("getUser", $"/api/v2/users/{{id}}{tail}", call => Contacts.Get(call.Value("id")) is { } contact ? Answer.Json(200, new JsonObject { ["user"] = Show(contact) }) : NotFound(call))
                .Delete("deleteUser", $"/api/v2/users/{{id}}{tail}", DeleteUser);
        }

        Routes.Open("token", "POST", "/oauth/tokens", Token)
            .Post("event", "/api/v2/user_profiles/events", call =>
            {
                _events.Add((JsonNode)call.Object());
                return Answer.Json(201, new JsonObject());
            });
    }

    public override JsonObject Settings => new() { ["subdomain"] = "acme", ["agentEmail"] = Agent, ["apiToken"] = Key, ["clientId"] = "client", ["clientSecret"] = "secret", ["refreshToken"] = "refresh-zendesk" };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(700, TimeSpan.FromMinutes(1))];

    protected override Answer? Authenticate(Call call) => IsWelcome(call) ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["error"] = code, ["description"] = message }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Answer.Json(401, new JsonObject { ["error"] = "Couldn't authenticate you" });

    protected override Answer NotFound(Call call) => Refuse(404, "RecordNotFound", "Not found");

    private bool IsWelcome(Call call) => call.Basic is ($"{Agent}/token", Key) || Tokens.Holds(call.Bearer);

    /// <summary>Strangers get 200 as well: an anonymous user.</summary>
    private Answer Me(Call call) => Answer.Json(200, new JsonObject
    {
        ["user"] = IsWelcome(call)
            ? new JsonObject { ["id"] = 1, ["name"] = "Agent", ["email"] = Agent, ["role"] = "admin" }
            : new JsonObject { ["id"] = null, ["name"] = "Anonymous user", ["email"] = "invalid@example.com", ["role"] = "end-user" },
    });

    private Answer Token(Call call)
    {
        var body = call.Object();
        if (body.Text("grant_type") != "refresh_token" || body.Text("client_id") != "client" || body.Text("client_secret") != "secret" || body.Text("refresh_token")?.StartsWith("refresh-zendesk", StringComparison.Ordinal) is not true)
        {
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_grant", ["error_description"] = "The refresh token is invalid." });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromMinutes(30));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["refresh_token"] = $"refresh-zendesk-{Tokens.Issued}", ["token_type"] = "bearer", ["scope"] = "read write", ["expires_in"] = seconds });
    }

    private static JsonObject Show(Contact contact)
    {
        var user = new JsonObject
        {
            ["id"] = long.Parse(contact.Id, CultureInfo.InvariantCulture),
            ["email"] = contact.Key("email"),
            ["external_id"] = contact.Key("external_id"),
            ["name"] = contact.Attributes.Text("name"),
            ["tags"] = new JsonArray([.. contact.Tags.Select(tag => (JsonNode?)tag)]),
            ["active"] = contact.Subscription != "deleted",
            ["role"] = "end-user",
        };
        user["user_fields"] = new JsonObject(contact.Attributes.Where(field => field.Key != "name").Select(field => KeyValuePair.Create(field.Key, field.Value?.DeepClone())));
        return user;
    }

    private Answer Tags(Call call, Action<Contact, List<string>> change)
    {
        if (Contacts.Get(call.Value("id")) is not { } contact)
        {
            return NotFound(call);
        }

        if (call.Method != "GET")
        {
            if (Busy(contact, call.At))
            {
                return Answer.Plain(429, "Number of allowed API requests per minute exceeded: rate limit for updating a single unique user").With("Retry-After", 30);
            }

            var tags = call.Object().Texts("tags");
            if (tags.Count == 0 || tags.Any(tag => tag.Contains(' ', StringComparison.Ordinal) || tag.Contains(',', StringComparison.Ordinal)))
            {
                return Refuse(422, "RecordInvalid", "Tags are words without spaces and commas.");
            }

            if (IsBad(contact.Key("email")) || IsBad(contact.Key("external_id")))
            {
                return Refuse(422, "RecordInvalid", "The user was refused.");
            }

            change(contact, [.. tags.Select(tag => tag.ToLowerInvariant())]);
            contact.Writes++;
        }

        return Answer.Json(200, new JsonObject { ["tags"] = new JsonArray([.. contact.Tags.Select(tag => (JsonNode?)tag)]) });
    }

    /// <summary>Five updates of one user a minute.</summary>
    private bool Busy(Contact contact, DateTimeOffset at)
    {
        var times = _updates.TryGetValue(contact.Id, out var known) ? known : _updates[contact.Id] = new();
        while (times.TryPeek(out var first) && at - first >= TimeSpan.FromMinutes(1))
        {
            times.Dequeue();
        }

        times.Enqueue(at);
        return times.Count > 5;
    }

    private Answer Job(IReadOnlyList<JsonNode?> users, Func<JsonNode?, int, JsonObject> work)
    {
        if (users.Count is 0 or > MaxUsers)
        {
            return Refuse(400, "TooManyValues", $"Between 1 and {MaxUsers} users are expected.");
        }

        if (Jobs.Running >= 30)
        {
            return Refuse(429, "TooManyJobs", "Too many jobs are queued or running.").With("Retry-After", 5);
        }

        var job = Jobs.Start($"8b726e606741012ffc2d782bcb7848{(Jobs.Count + 1).ToString("x2", CultureInfo.InvariantCulture)}", () => new() { ["results"] = new JsonArray([.. users.Select(work)]) });
        return Answer.Json(200, new JsonObject { ["job_status"] = ShowJob(null, job) });
    }

    private static JsonObject ShowJob(Call? call, JobBook.Job job) => new()
    {
        ["id"] = job.Id,
        ["url"] = $"{call?.Home}/api/v2/job_statuses/{job.Id}.json",
        ["status"] = job.IsDone ? "completed" : "working",
        ["total"] = job.Result.Items("results").Count,
        ["progress"] = job.Result.Items("results").Count,
        ["results"] = job.Result.At("results")?.DeepClone(),
    };

    private JsonObject CreateOrUpdate(JsonNode? user, int index)
    {
        var (contact, isNew, fault) = Write(user);
        return contact is not null
            ? new() { ["id"] = long.Parse(contact.Id, CultureInfo.InvariantCulture), ["index"] = index, ["external_id"] = contact.Key("external_id"), ["status"] = isNew ? "Created" : "Updated" }
            : new() { ["index"] = index, ["external_id"] = user.Text("external_id"), ["status"] = "Failed", ["error"] = "UserUpdateError", ["details"] = fault };
    }

    private (Contact? Contact, bool IsNew, string? Fault) Write(JsonNode? user)
    {
        var (email, id) = (user.Text("email"), user.Text("external_id"));
        if (email is not null && (!Formats.IsEmail(email) || IsBad(email)))
        {
            return (null, false, $"Email: {email} is not properly formatted");
        }

        if (IsBad(id) || (email is null && id is null))
        {
            return (null, false, "External: is not valid");
        }

        var known = Contacts.Find("external_id", id) ?? Contacts.Find("email", email);
        if (known is null && user.Text("name") is null or "")
        {
            return (null, false, "Name: is too short (minimum is 1 character)");
        }

        var contact = known ?? Contacts.Create();
        Contacts.SetKey(contact, "email", email?.ToLowerInvariant());
        Contacts.SetKey(contact, "external_id", id);
        contact.Merge(user!.AsObject().Where(field => RootFields.Contains(field.Key) && field.Key is not ("tags" or "user_fields" or "email" or "external_id" or "verified" or "skip_verify_email" or "id")));
        contact.Merge(user.Fields("user_fields"));
        if (user.At("tags") is not null)
        {
            contact.Tags.Clear();
            contact.Tags.UnionWith(user.Texts("tags"));
        }

        return (contact, known is null, null);
    }

    private Answer UpsertOne(Call call)
    {
        var (contact, isNew, fault) = Write(call.Object().At("user"));
        return contact is not null
            ? Answer.Json(isNew ? 201 : 200, new JsonObject { ["user"] = Show(contact) })
            : Answer.Json(422, new JsonObject { ["error"] = "RecordInvalid", ["description"] = "Record validation errors", ["details"] = new JsonObject { ["email"] = new JsonArray(new JsonObject { ["description"] = fault, ["error"] = "InvalidFormat" }) } });
    }

    private Answer UpdateMany(Call call)
    {
        var body = call.Object();
        IReadOnlyList<JsonNode?> users = body.Items("users");
        if (call.Query("ids") is { } ids)
        {
            users = [.. ids.Split(',').Select(id => With(body.At("user"), "id", JsonValue.Create(long.Parse(id, CultureInfo.InvariantCulture))))];
        }
        else if (call.Query("external_ids") is { } externals)
        {
            users = [.. externals.Split(',').Select(id => With(body.At("user"), "external_id", JsonValue.Create(id)))];
        }

        return Job(users, (user, index) =>
        {
            var contact = Contacts.Get(user.Text("id")) ?? Contacts.Find("external_id", user.Text("external_id"));
            if (contact is null || IsBad(contact.Key("email")))
            {
                return new() { ["index"] = index, ["id"] = user.At("id")?.DeepClone(), ["action"] = "update", ["success"] = false, ["status"] = "Failed", ["error"] = "NotFound" };
            }

            contact.Merge(user.Fields("user_fields"));
            if (user.At("tags") is not null)
            {
                contact.Tags.Clear();
                contact.Tags.UnionWith(user.Texts("tags"));
            }

            contact.Tags.ExceptWith(user.Texts("remove_tags"));
            contact.Tags.UnionWith(user.Texts("additional_tags"));
            return new() { ["index"] = index, ["id"] = long.Parse(contact.Id, CultureInfo.InvariantCulture), ["action"] = "update", ["success"] = true, ["status"] = "Updated" };
        });
    }

    private static JsonObject With(JsonNode? user, string name, JsonNode value)
    {
        var copy = user?.DeepClone() as JsonObject ?? [];
        copy[name] = value;
        return copy;
    }

    private Answer ShowMany(Call call)
    {
        var (kind, list) = call.Query("external_ids") is { } externals ? ("external_id", externals) : ("id", call.Query("ids") ?? "");
        string[] values = list.Split(',', StringSplitOptions.RemoveEmptyEntries);
        return values.Length is 0 or > MaxUsers
            ? Refuse(400, "TooManyValues", $"Between 1 and {MaxUsers} ids are expected.")
            : Users([.. values.Select(value => kind == "id" ? Contacts.Get(value) : Contacts.Find(kind, value)).OfType<Contact>()]);
    }

    private Answer Search(Call call)
    {
        if (call.Query("external_id") is { } id)
        {
            return Users(Contacts.Find("external_id", id) is { } contact ? [contact] : []);
        }

        // Full text: finds more than was asked for.
        var words = (call.Query("query") ?? "").Split([' ', ':', '"'], StringSplitOptions.RemoveEmptyEntries).Where(word => word.Contains('@', StringComparison.Ordinal)).ToList();
        return Users([.. Contacts.All.Where(contact => contact.Key("email") is { } email && words.Any(word => email.Contains(word, StringComparison.OrdinalIgnoreCase)))]);
    }

    private static Answer Users(List<Contact> contacts) => Answer.Json(200, new JsonObject { ["users"] = new JsonArray([.. contacts.Select(Show)]), ["count"] = contacts.Count, ["next_page"] = null });

    /// <summary>No connector should ever come here.</summary>
    private Answer DeleteUser(Call call)
    {
        if (Contacts.Get(call.Value("id")) is not { } contact)
        {
            return NotFound(call);
        }

        contact.Subscription = "deleted";
        return Answer.Json(200, new JsonObject { ["user"] = Show(contact) });
    }
}
