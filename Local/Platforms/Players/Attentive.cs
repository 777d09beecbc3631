using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Attentive v2: segments by our own external id, members by bulk jobs with a result file, attributes, subscriptions.</summary>
internal sealed class Attentive : Platform
{
    private const string Key = "attentive-key";
    private const int MaxMembers = 10_000, MaxUsers = 256;

    private readonly JsonArray _events = [];

    public Attentive(TimeProvider time)
        : base("attentive", time)
    {
        Contacts = new(static n => $"at{n.ToString(CultureInfo.InvariantCulture)}");
        Extras["events"] = _events;
        foreach (var version in (string[])["v1", "v2"])
        {
            Routes.Get("check", $"/{version}/me", _ => Answer.Json(200, new JsonObject { ["applicationName"] = "AudienceSync", ["attentiveDomainName"] = "acme", ["companyName"] = "Acme", ["contactEmail"] = "a@acme.com", ["companyId"] = "1" }));
        }

        Routes.Post("createSegment", "/v2/segments", CreateSegment)
            .Get("findSegment", "/v2/segments/external/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, Show(list)) : NotFound(call))
            .Get("findSegment", "/v2/segments", call => Answer.Json(200, new JsonObject
            {
                ["segments"] = new JsonArray([.. Lists.Values.Where(list => list.Name.Contains(call.Query("name") ?? "", StringComparison.OrdinalIgnoreCase)).Select(Show)]),
                ["hasMore"] = false,
                ["cursor"] = null,
            }))
            .Post("members", "/v2/bulk/segments/members", call => Members(call, isAdd: true))
            .Delete("members", "/v2/bulk/segments/members", call => Members(call, isAdd: false))
            .Get("poll", "/v2/bulk/job/{id}", Poll)
            .Open("results", "GET", "/results/{id}.jsonl", call => Answer.Plain(200, Jobs.Get(call.Value("id"))?.Result.Text("lines") ?? "", "application/jsonl"))
            .Post("attributes", "/v2/user/attributes", call => Write(call.Object()) is { } fault ? Refuse(400, "", fault) : Answer.Json(202, new JsonObject { ["success"] = true, ["message"] = "accepted" }))
            .Post("bulkAttributes", "/v2/bulk/user/attributes", BulkAttributes)
            .Post("attributes", "/v1/attributes/custom", call =>
            {
                var body = call.Object();
                var user = body.At("user");
                return Write(new JsonObject { ["identifiers"] = new JsonObject { ["email"] = user.Text("email"), ["phone"] = user.Text("phone"), ["clientUserId"] = user.At("externalIdentifiers").Text("clientUserId") }, ["attributes"] = new JsonObject { ["custom"] = body.At("properties")?.DeepClone() } }) is { } fault
                    ? Refuse(400, "", fault)
                    : Answer.Ok;
            })
            .Post("subscribe", "/v1/subscriptions", call => Subscribe(call, "subscribed"))
            .Post("unsubscribe", "/v1/subscriptions/unsubscribe", call => Subscribe(call, "unsubscribed"))
            .Post("event", "/v1/events/custom", call =>
            {
                var body = call.Object();
                if (body.Text("type") is null || Find(body.At("user")) is null)
                {
                    return Refuse(400, "", "type and a known user are required");
                }

                _events.Add((JsonNode)body);
                return Answer.Ok;
            });
    }

    public override JsonObject Settings => new() { ["apiKey"] = Key };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(150, TimeSpan.FromSeconds(1)), new(100, TimeSpan.FromSeconds(1), "members", "bulkAttributes", "createSegment", "findSegment"), new(10, TimeSpan.FromSeconds(1), "subscribe"), new(5, TimeSpan.FromSeconds(1), "unsubscribe")];

    public override string KeyKind(string kind) => kind is "external_id" ? "clientUserId" : kind;

    protected override Answer? Authenticate(Call call) => call.Bearer == Key ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["message"] = message }).Because(message);

    /// <summary>No Retry-After.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "", "Too many requests").With("x-ratelimit-limit", 150).With("x-ratelimit-remaining", 0);

    private static JsonObject Show(RemoteList list) => new() { ["externalId"] = list.Id, ["name"] = list.Name, ["description"] = list.Facts.GetValueOrDefault("description") };

    private Answer CreateSegment(Call call)
    {
        var body = call.Object();
        if (body.Text("name") is not { Length: > 0 and <= 240 } name || body.Text("externalId") is { Length: 0 or > 255 } || body.Text("description") is { Length: < 2 or > 500 })
        {
            return Refuse(400, "", "name has 1 to 240, externalId up to 255, description 2 to 500 characters");
        }

        var id = body.Text("externalId") ?? $"seg-{Lists.Count + 1}";
        return Lists.ContainsKey(id) ? Refuse(409, "", "a segment with this externalId exists") : Answer.Json(201, Show(EnsureList(id, name)));
    }

    private Contact? Find(JsonNode? user) => Contacts.Find("clientUserId", user.Text("clientUserId")) ?? Contacts.Find("email", user.Text("email")) ?? Contacts.Find("phone", user.Text("phone"));

    private static string? Fault(JsonNode? user) =>
        (user.Text("email") ?? user.Text("phone") ?? user.Text("clientUserId")) is null ? "one of email, phone or clientUserId is required"
        : user.Text("email") is { } email && !Formats.IsEmail(email) ? "email is not valid"
        : user.Text("phone") is { } phone && !Formats.IsE164(phone) ? "phone is not in E.164 form"
        : user.Text("clientUserId") is { Length: 0 or > 100 } ? "clientUserId has up to 100 characters"
        : null;

    private Contact Ensure(JsonNode? user)
    {
        var contact = Find(user) ?? Contacts.Create();
        foreach (var kind in (string[])["email", "phone", "clientUserId"])
        {
            Contacts.SetKey(contact, kind, user.Text(kind));
        }

        contact.Writes++;
        return contact;
    }

    private Answer Members(Call call, bool isAdd)
    {
        var body = call.Object();
        if (!Lists.TryGetValue(body.Text("externalId") ?? "", out var list))
        {
            return Refuse(404, "", "the segment does not exist");
        }

        var members = body.Items("members");
        if (members.Count is 0 or > MaxMembers)
        {
            return Refuse(400, "", $"between 1 and {MaxMembers} members are expected");
        }

        if (members.Select(Fault).FirstOrDefault(fault => fault is not null) is { } wrong)
        {
            return Refuse(400, "", wrong);
        }

        return Queue(members, member =>
        {
            if (isAdd)
            {
                list.Members.Add(Ensure(member).Id);
            }
            else if (Find(member) is { } contact)
            {
                list.Members.Remove(contact.Id);
            }
        });
    }

    private Answer Queue(IReadOnlyList<JsonNode?> rows, Action<JsonNode?> apply)
    {
        var job = Jobs.Start($"bulk-{(Jobs.Count + 1).ToString(CultureInfo.InvariantCulture)}", () =>
        {
            var lines = rows.Select(row =>
            {
                var user = row.At("identifiers") ?? row;
                var isBad = IsBad(user.Text("email")) || IsBad(user.Text("phone")) || IsBad(user.Text("clientUserId"));
                if (!isBad)
                {
                    apply(row);
                }

                return new JsonObject { ["request"] = row!.DeepClone(), ["success"] = !isBad, ["status"] = isBad ? "FAILED" : "SUCCESS", ["errorMessage"] = isBad ? "the member was refused" : null }.ToJsonString();
            }).ToList();
            return new() { ["total"] = rows.Count, ["lines"] = string.Join('\n', lines) };
        });
        return Answer.Json(202, new JsonObject { ["message"] = "accepted", ["batchJobId"] = job.Id });
    }

    private Answer Poll(Call call) => Jobs.Poll(call.Value("id")) is not { } job ? NotFound(call) : Answer.Json(200, new JsonObject
    {
        ["bulkJobId"] = job.Id,
        ["status"] = job.IsDone ? "COMPLETED" : "IN_PROGRESS",
        ["totalRecords"] = job.Result.At("total")?.DeepClone(),
        ["url"] = job.IsDone ? $"{call.Home}/results/{job.Id}.jsonl" : null,
    });

    private string? Write(JsonObject body)
    {
        var user = body.At("identifiers");
        if (Fault(user) is { } fault)
        {
            return fault;
        }

        if (body.At("attributes").Fields("custom").FirstOrDefault(field => field.Value?.GetValueKind() is JsonValueKind.Object or JsonValueKind.Array).Key is { } name)
        {
            return $"custom attribute {name} is no primitive";
        }

        var contact = Ensure(user);
        contact.Merge(body.Fields("attributes").Where(field => field.Key != "custom"));
        contact.Merge(body.At("attributes").Fields("custom"));
        if (body.Items("subscriptions").Count > 0)
        {
            contact.Subscription = "subscribed";
        }

        return null;
    }

    private Answer BulkAttributes(Call call)
    {
        var users = call.Object().Items("users");
        return users.Count is 0 or > MaxUsers ? Refuse(400, "", $"between 1 and {MaxUsers} users are expected")
            : users.Select(user => Fault(user.At("identifiers"))).FirstOrDefault(fault => fault is not null) is { } wrong ? Refuse(400, "", wrong)
            : Queue(users, user => Write(user!.AsObject()));
    }

    private Answer Subscribe(Call call, string state)
    {
        var body = call.Object();
        if (Fault(body.At("user")) is { } fault)
        {
            return Refuse(400, "", fault);
        }

        Ensure(body.At("user")).Subscription = state;
        return Answer.Json(202, new JsonObject { ["subscriptionResponses"] = new JsonArray() });
    }
}
