using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Shopify Admin GraphQL 2026-07: tags of customers, saved segments, a bucket of cost; refusals inside a 200.</summary>
/// <remarks>Tags are the contacts' tags; segments are lists without members. Bulk operations are not played.</remarks>
internal sealed partial class Shopify : Platform
{
    private const string Key = "shpat_0123456789abcdef", ClientId = "client", Secret = "secret";
    private const int MaxTags = 250, Bucket = 2000, RestoreRate = 100, MaxCost = 1000;

    private double _available = Bucket;
    private DateTimeOffset _filledAt;

    public Shopify(TimeProvider time)
        : base("shopify", time)
    {
        Contacts = new(static n => $"gid://shopify/Customer/{(7000 + n).ToString(CultureInfo.InvariantCulture)}");
        _filledAt = time.GetUtcNow();
        Routes.Open("token", "POST", "/admin/oauth/access_token", Token)
            .Post("graphql", "/admin/api/{version}/graphql.json", Run);
    }

    public override JsonObject Settings => new() { ["shop"] = "acme.myshopify.com", ["accessToken"] = Key, ["clientId"] = ClientId, ["clientSecret"] = Secret };

    public override string NewListId() => $"gid://shopify/Segment/{(9000 + Lists.Count).ToString(CultureInfo.InvariantCulture)}";

    protected override Answer? Authenticate(Call call) => call.Header("X-Shopify-Access-Token") is { } token && (token == Key || Tokens.Holds(token)) ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["errors"] = message }).Because(message);

    protected override Answer Unauthorized(Call call) => Refuse(401, "", "[API] Invalid API key or access token (unrecognized login or wrong password)");

    protected override Answer Malformed(Call call, string message) => Errors("", message);

    /// <summary>A throttle is a 200 without data.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait)
    {
        _available = Math.Min(_available, 0);
        _filledAt = call.At;
        return Errors("THROTTLED", "Throttled", Cost(10, 0));
    }

    private static Answer Errors(string code, string message, JsonObject? cost = null)
    {
        var answer = new JsonObject { ["errors"] = new JsonArray(new JsonObject { ["message"] = message, ["extensions"] = new JsonObject { ["code"] = code } }) };
        if (cost is not null)
        {
            answer["extensions"] = new JsonObject { ["cost"] = cost };
        }

        return Answer.Json(200, answer).Because($"{code}: {message}");
    }

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "client_credentials" || form.GetValueOrDefault("client_id") != ClientId || form.GetValueOrDefault("client_secret") != Secret)
        {
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_client", ["error_description"] = "The client is not known." });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromSeconds(86399));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["scope"] = "read_customers,write_customers", ["expires_in"] = seconds });
    }

    private JsonObject Cost(int requested, int actual) => new()
    {
        ["requestedQueryCost"] = requested,
        ["actualQueryCost"] = actual,
        ["throttleStatus"] = new JsonObject { ["maximumAvailable"] = Bucket, ["currentlyAvailable"] = (int)Math.Max(0, _available), ["restoreRate"] = RestoreRate },
    };

    private Answer Run(Call call)
    {
        if (!Version().IsMatch(call.Value("version")))
        {
            return Refuse(404, "", "Not Found");
        }

        var body = call.Object();
        var (isMutation, fields) = GraphQl.Read(body.Text("query") ?? "", body.At("variables"));
        var cost = fields.Count * (isMutation ? 10 : 1);
        _available = Math.Min(Bucket, _available + ((call.At - _filledAt).TotalSeconds * RestoreRate));
        _filledAt = call.At;
        if (cost > MaxCost)
        {
            return Errors("MAX_COST_EXCEEDED", $"Query cost is {cost}, which exceeds the single query max cost limit {MaxCost}.");
        }

        if (cost > _available)
        {
            return Errors("THROTTLED", "Throttled", Cost(cost, 0));
        }

        _available -= cost;
        var data = new JsonObject();
        foreach (var field in fields)
        {
            if (field.Arguments.Items("tags").Count > MaxTags)
            {
                return Errors("MAX_INPUT_SIZE_EXCEEDED", $"The input array size of {field.Arguments.Items("tags").Count} is greater than the maximum allowed of {MaxTags}.");
            }

            if (field.Arguments.Text("id") is { } id && !CustomerId().IsMatch(id))
            {
                return Errors("RESOURCE_NOT_FOUND", $"Invalid global id '{id}'");
            }

            Log.Count(field.Name);
            data[field.Alias] = GraphQl.Project(Resolve(field, isMutation), field.Fields);
        }

        return Answer.Json(200, new JsonObject { ["data"] = data, ["extensions"] = new JsonObject { ["cost"] = Cost(cost, cost) } });
    }

    /// <exception cref="MalformedException">There is no such field.</exception>
    private JsonNode? Resolve(GraphQl.Field field, bool isMutation) => (field.Name, isMutation) switch
    {
        ("shop", false) => new JsonObject { ["name"] = "Acme", ["myshopifyDomain"] = "acme.myshopify.com" },
        ("currentAppInstallation", false) => new JsonObject { ["accessScopes"] = new JsonArray(new JsonObject { ["handle"] = "read_customers" }, new JsonObject { ["handle"] = "write_customers" }) },
        ("customerByIdentifier", false) => Show(Find(field.Arguments.At("identifier"))),
        ("customer", false) => Show(Contacts.Get(field.Arguments.Text("id"))),
        ("customers", false) => Connection(SearchTerm().Match(field.Arguments.Text("query") ?? "") is { Success: true } match && Contacts.Find(match.Groups[1].Value, match.Groups[2].Value) is { } contact ? [Show(contact)!] : []),
        ("segments", false) => Connection([.. Lists.Values.Select(ShowSegment)]),
        ("tagsAdd", true) => Tags(field, (contact, tags) => tags.Where(tag => !contact.Tags.Contains(tag, StringComparer.OrdinalIgnoreCase)).ToList().ForEach(tag => contact.Tags.Add(tag))),
        ("tagsRemove", true) => Tags(field, (contact, tags) => contact.Tags.RemoveWhere(tag => tags.Contains(tag, StringComparer.OrdinalIgnoreCase))),
        ("segmentCreate", true) => CreateSegment(field),
        ("customerCreate", true) => CreateCustomer(field.Arguments.At("input")),
        ("customerUpdate", true) => UpdateCustomer(field.Arguments.At("input")),
        _ => throw new MalformedException($"Field '{field.Name}' doesn't exist on type '{(isMutation ? "Mutation" : "QueryRoot")}'"),
    };

    private static JsonObject Connection(JsonObject[] nodes) => new()
    {
        ["nodes"] = new JsonArray([.. nodes.Select(node => node.DeepClone())]),
        ["edges"] = new JsonArray([.. nodes.Select(node => new JsonObject { ["node"] = node.DeepClone() })]),
        ["pageInfo"] = new JsonObject { ["hasNextPage"] = false, ["endCursor"] = null },
    };

    private static JsonObject? Show(Contact? contact) => contact is null ? null : new()
    {
        ["id"] = contact.Id,
        ["email"] = contact.Key("email"),
        ["phone"] = contact.Key("phone"),
        ["defaultEmailAddress"] = new JsonObject { ["emailAddress"] = contact.Key("email") },
        ["tags"] = new JsonArray([.. contact.Tags.Select(tag => (JsonNode?)tag)]),
    };

    private static JsonObject ShowSegment(RemoteList list) => new() { ["id"] = list.Id, ["name"] = list.Name, ["query"] = list.Facts.GetValueOrDefault("query") };

    private Contact? Find(JsonNode? identifier) =>
        Contacts.Find("email", identifier.Text("emailAddress")) ?? Contacts.Find("phone", identifier.Text("phoneNumber")) ?? Contacts.Get(identifier.Text("id")) ?? Contacts.Find("external_id", identifier.At("customId").Text("value"));

    private JsonObject Tags(GraphQl.Field field, Action<Contact, List<string>> change)
    {
        if (Contacts.Get(field.Arguments.Text("id")) is not { } contact)
        {
            return Faulty("Customer does not exist");
        }

        if (IsBad(contact.Key("email")) || IsBad(contact.Key("phone")))
        {
            return Faulty("The customer was refused");
        }

        var given = field.Arguments.At("tags") is JsonArray ? field.Arguments.Texts("tags") : [field.Arguments.Text("tags") ?? ""];
        List<string> tags = [.. given.SelectMany(tag => tag.Split(',')).Select(tag => tag.Trim()).Where(tag => tag.Length > 0)];
        if (field.Name == "tagsAdd" && contact.Tags.Union(tags, StringComparer.OrdinalIgnoreCase).Count() > MaxTags)
        {
            return Faulty($"Tags cannot be more than {MaxTags}");
        }

        change(contact, tags);
        contact.Writes++;
        return new() { ["node"] = new JsonObject { ["id"] = contact.Id }, ["userErrors"] = new JsonArray() };

        static JsonObject Faulty(string message) => new() { ["node"] = null, ["userErrors"] = new JsonArray(new JsonObject { ["field"] = new JsonArray("id"), ["message"] = message }) };
    }

    private JsonObject CreateSegment(GraphQl.Field field)
    {
        var (name, query) = (field.Arguments.Text("name") ?? "", field.Arguments.Text("query") ?? "");
        if (name.Length is 0 or > 255 || !Contains().IsMatch(query))
        {
            return new() { ["segment"] = null, ["userErrors"] = new JsonArray(new JsonObject { ["field"] = new JsonArray("query"), ["message"] = "Line 1 Column 0: the query is not valid." }) };
        }

        for (var copy = 2; Lists.Values.Any(list => list.Name == name); copy++)
        {
            name = $"{field.Arguments.Text("name")} ({copy})";
        }

        var made = EnsureList(NewListId(), name, "segment");
        made.Facts["query"] = query;
        return new() { ["segment"] = ShowSegment(made), ["userErrors"] = new JsonArray() };
    }

    private JsonObject CreateCustomer(JsonNode? input)
    {
        var (email, phone) = (input.Text("email"), input.Text("phone"));
        var fault = email is not null && (!Formats.IsEmail(email) || IsBad(email)) ? "Email is invalid"
            : phone is not null && !Formats.IsE164(phone) ? "Phone is invalid"
            : Contacts.Find("email", email) is not null ? "Email has already been taken"
            : Contacts.Find("phone", phone) is not null ? "Phone has already been taken"
            : null;
        if (fault is not null || (email is null && phone is null))
        {
            return new() { ["customer"] = null, ["userErrors"] = new JsonArray(new JsonObject { ["field"] = new JsonArray("email"), ["message"] = fault ?? "Customer must have a name, phone number or email address" }) };
        }

        var contact = Contacts.Create(("email", email), ("phone", phone));
        contact.Tags.UnionWith(input.Texts("tags"));
        contact.Merge(input!.AsObject().Where(field => field.Key is "firstName" or "lastName" or "note"));
        return new() { ["customer"] = Show(contact), ["userErrors"] = new JsonArray() };
    }

    /// <summary>Tags given here take the place of all others: no connector should ever send them.</summary>
    private JsonObject UpdateCustomer(JsonNode? input)
    {
        if (Contacts.Get(input.Text("id")) is { } contact && input.At("tags") is not null)
        {
            contact.Tags.Clear();
            contact.Tags.UnionWith(input.Texts("tags"));
        }

        return new() { ["customer"] = Show(Contacts.Get(input.Text("id"))), ["userErrors"] = new JsonArray() };
    }

    [GeneratedRegex("^20[0-9]{2}-(01|04|07|10)$")]
    private static partial Regex Version();

    [GeneratedRegex("^gid://shopify/Customer/[0-9]+$")]
    private static partial Regex CustomerId();

    [GeneratedRegex(@"^(email|phone):['""]?([^'""]+)['""]?$")]
    private static partial Regex SearchTerm();

    [GeneratedRegex(@"^customer_tags (NOT )?CONTAINS '.+'$")]
    private static partial Regex Contains();
}
