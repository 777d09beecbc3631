using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Salesforce v64.0: contacts (and leads) by collections, campaigns with members, SOQL of the few shapes that resolve ids.</summary>
/// <remarks>A campaign is a list; its members are contacts. A member's own id is <c>00v</c> + campaign + contact. Bulk API 2.0 is not played.</remarks>
internal sealed partial class Salesforce : Platform
{
    private const string ClientId = "client", Secret = "secret", Refresh = "refresh-salesforce";
    private const string ExternalField = "CDP_Id__c";
    private const int MaxRecords = 200;

    private static readonly string[] ContactFields = ["CDP_Id__c", "Email", "FirstName", "LastName", "Phone", "MobilePhone", "Company", "MailingCity", "Tier__c", "Orders__c", "HasOptedOutOfEmail", "Title"];

    public Salesforce(TimeProvider time)
        : base("salesforce", time)
    {
        Contacts = new(static n => $"003{n.ToString("D12", CultureInfo.InvariantCulture)}AAA");
        Routes.Open("token", "POST", "/services/oauth2/token", Token)
            .Get("check", "/services/data/{v}/limits", _ => Answer.Json(200, new JsonObject { ["DailyApiRequests"] = new JsonObject { ["Max"] = 100000, ["Remaining"] = 99000 } }))
            .Get("query", "/services/data/{v}/query", Query)
            .Get("query", "/services/data/{v}/query/{rest*}", call => NotFound(call))
            .Post("createCampaign", "/services/data/{v}/sobjects/Campaign", CreateCampaign)
            .Get("getCampaign", "/services/data/{v}/sobjects/Campaign/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, new JsonObject { ["attributes"] = new JsonObject { ["type"] = "Campaign" }, ["Id"] = list.Id, ["Name"] = list.Name }) : NotFound(call))
            .Get("describe", "/services/data/{v}/sobjects/{object}/describe", call => Answer.Json(200, new JsonObject { ["name"] = call.Value("object"), ["fields"] = new JsonArray([.. ContactFields.Select(name => new JsonObject { ["name"] = name, ["createable"] = true, ["updateable"] = true, ["type"] = "string", ["externalId"] = name == ExternalField })]) }))
            .Patch("upsert", "/services/data/{v}/composite/sobjects/{object}/{field}", call => Records(call, record => Upsert(call, record)))
            .Patch("update", "/services/data/{v}/composite/sobjects", call => Records(call, Update))
            .Post("insert", "/services/data/{v}/composite/sobjects", call => Records(call, Insert))
            .Delete("remove", "/services/data/{v}/composite/sobjects", Remove);
    }

    public override JsonObject Settings => new() { ["clientId"] = ClientId, ["clientSecret"] = Secret, ["refreshToken"] = Refresh };

    public override string NewListId() => $"701{(Lists.Count + 1).ToString("D12", CultureInfo.InvariantCulture)}AAA";

    protected override Answer? Authenticate(Call call) => Tokens.Holds(call.Bearer) ? null : Unauthorized(call);

    protected override Answer? Admit(Call call) => Version().IsMatch(call.RawPath) ? null : NotFound(call);

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonArray(new JsonObject { ["message"] = message, ["errorCode"] = code })).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(401, "INVALID_SESSION_ID", "Session expired or invalid");

    protected override Answer NotFound(Call call) => Refuse(404, "NOT_FOUND", "The requested resource does not exist");

    protected override Answer Malformed(Call call, string message) => Refuse(400, "JSON_PARSER_ERROR", message);

    /// <summary>The day's calls are used up: 403, and no word of when.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.");

    protected override Answer Outage(Call call) => Refuse(503, "SERVER_UNAVAILABLE", "The server is temporarily unavailable.");

    protected override Answer Finish(Call call, Answer answer) => answer.With("Sforce-Limit-Info", "api-usage=123/100000");

    private Answer Token(Call call)
    {
        var form = call.Form();
        var isKnown = form.GetValueOrDefault("client_id") == ClientId && form.GetValueOrDefault("client_secret") == Secret;
        if (!isKnown || form.GetValueOrDefault("grant_type") is not ("refresh_token" or "client_credentials") || (form["grant_type"] == "refresh_token" && form.GetValueOrDefault("refresh_token") != Refresh))
        {
            return Answer.Json(400, new JsonObject { ["error"] = isKnown ? "invalid_grant" : "invalid_client", ["error_description"] = "expired access/refresh token" });
        }

        var (token, _) = Tokens.Issue(TimeSpan.FromHours(2));
        return Answer.Json(200, new JsonObject
        {
            ["access_token"] = token,
            ["instance_url"] = call.Home,
            ["id"] = $"{call.Home}/id/00D000000000001/005000000000001",
            ["token_type"] = "Bearer",
            ["issued_at"] = call.At.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
            ["signature"] = "c2ln",
        });
    }

    private Answer CreateCampaign(Call call)
    {
        if (call.Object().Text("Name") is not { Length: > 0 and <= 80 } name)
        {
            return Refuse(400, "REQUIRED_FIELD_MISSING", "Required fields are missing: [Name]");
        }

        return Answer.Json(201, new JsonObject { ["id"] = EnsureList(NewListId(), name).Id, ["success"] = true, ["errors"] = new JsonArray() });
    }

    /// <summary>Collections: 200 with a result for each record in its order.</summary>
    private Answer Records(Call call, Func<JsonNode?, JsonObject> serve)
    {
        var body = call.Object();
        var records = body.Items("records");
        if (records.Count is 0 or > MaxRecords)
        {
            return Refuse(400, "EXCEEDED_ID_LIMIT", $"record limit reached. cannot submit more than {MaxRecords} records into this call");
        }

        var types = records.Select(record => record.At("attributes").Text("type")).Distinct().ToList();
        return types.Contains(null) ? Refuse(400, "INVALID_FIELD", "attributes.type is required") : Answer.Json(200, new JsonArray([.. records.Select(serve)]));
    }

    private static JsonObject Done(string id, bool? isNew = null)
    {
        var result = new JsonObject { ["id"] = id, ["success"] = true, ["errors"] = new JsonArray() };
        if (isNew is { } value)
        {
            result["created"] = value;
        }

        return result;
    }

    private static JsonObject Failed(string code, string message, params string[] fields) => new()
    {
        ["success"] = false,
        ["errors"] = new JsonArray(new JsonObject { ["statusCode"] = code, ["message"] = message, ["fields"] = new JsonArray([.. fields.Select(field => (JsonNode?)field)]) }),
    };

    private JsonObject Upsert(Call call, JsonNode? record)
    {
        var field = call.Value("field");
        if (record.At("id") is not null || record.At("Id") is not null)
        {
            return Failed("INVALID_FIELD", "Record ids are not taken in an upsert by an external id.", "Id");
        }

        if (field != ExternalField || record.Text(field) is not { Length: > 0 } id)
        {
            return Failed("MISSING_ARGUMENT", $"{field} not specified");
        }

        var known = Contacts.Find(ExternalField, id);
        return Write(known, record!) ?? Done((known ?? Contacts.Find(ExternalField, id))!.Id, known is null);
    }

    private JsonObject Update(JsonNode? record) => Contacts.Get(record.Text("id") ?? record.Text("Id")) is not { } contact
        ? Failed("ENTITY_IS_DELETED", "entity is deleted")
        : Write(contact, record!) ?? Done(contact.Id);

    private JsonObject Insert(JsonNode? record)
    {
        if (record.At("attributes").Text("type") == "CampaignMember")
        {
            return InsertMember(record);
        }

        var before = Contacts.All.Select(contact => contact.Id).ToHashSet();
        return Write(null, record!) ?? Done(Contacts.All.First(contact => !before.Contains(contact.Id)).Id);
    }

    private JsonObject InsertMember(JsonNode? record)
    {
        var person = record.Text("ContactId") ?? record.Text("LeadId");
        if (!Lists.TryGetValue(record.Text("CampaignId") ?? "", out var campaign) || Contacts.Get(person) is not { } contact)
        {
            return Failed("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id");
        }

        contact.Writes++;
        return campaign.Members.Add(contact.Id) ? Done(MemberId(campaign, contact.Id)) : Failed("DUPLICATE_VALUE", "Already a campaign member.");
    }

    private static string MemberId(RemoteList campaign, string contact) => $"00v{campaign.Id[^9..^3]}{contact[^9..^3]}AAA";

    /// <summary>Null when written.</summary>
    private JsonObject? Write(Contact? contact, JsonNode record)
    {
        var fields = record.AsObject().Where(field => field.Key is not ("attributes" or "id" or "Id")).ToList();
        if (fields.FirstOrDefault(field => !ContactFields.Contains(field.Key)).Key is { } unknown)
        {
            return Failed("INVALID_FIELD", $"No such column '{unknown}' on sobject of type Contact", unknown);
        }

        if (contact is null && record.Text("LastName") is null or "")
        {
            return Failed("REQUIRED_FIELD_MISSING", "Required fields are missing: [LastName]", "LastName");
        }

        if (record.Text("Email") is { } email && (!Formats.IsEmail(email) || IsBad(email)))
        {
            return Failed("INVALID_EMAIL_ADDRESS", $"Email: invalid email address: {email}", "Email");
        }

        if (IsBad(record.Text(ExternalField)))
        {
            return Failed("FIELD_CUSTOM_VALIDATION_EXCEPTION", "The record was refused.", ExternalField);
        }

        if (record.Text("LastName") is { Length: > 80 } || record.Text("FirstName") is { Length: > 40 })
        {
            return Failed("STRING_TOO_LONG", "Name: data value too large", "LastName");
        }

        contact ??= Contacts.Create();
        Contacts.SetKey(contact, ExternalField, record.Text(ExternalField));
        Contacts.SetKey(contact, "email", record.Text("Email"));
        if (record.Flag("HasOptedOutOfEmail") is { } optedOut)
        {
            contact.Subscription = optedOut ? "unsubscribed" : "subscribed";
        }

        contact.Merge(fields.Where(field => field.Key is not (ExternalField or "Email" or "HasOptedOutOfEmail")));
        return null;
    }

    public override string KeyKind(string kind) => kind is "external_id" ? ExternalField : kind;

    private Answer Remove(Call call)
    {
        string[] ids = [.. (call.Query("ids") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries)];
        if (ids.Length is 0 or > MaxRecords)
        {
            return Refuse(400, "EXCEEDED_ID_LIMIT", $"Between 1 and {MaxRecords} ids are deleted at a time.");
        }

        return Answer.Json(200, new JsonArray([.. ids.Select(id =>
        {
            if (Contacts.Get(id) is { } contact)
            {
                contact.Subscription = "deleted"; // no connector should ever do this
                return Done(id);
            }

            var hit = Lists.Values.SelectMany(list => list.Members.Select(member => (List: list, Member: member))).FirstOrDefault(pair => MemberId(pair.List, pair.Member) == id);
            return hit.List is not null && hit.List.Members.Remove(hit.Member) ? Done(id) : Failed("ENTITY_IS_DELETED", "entity is deleted");
        })]));
    }

    /// <summary>SELECT fields FROM Campaign|CampaignMember|Contact|Lead WHERE field = 'x' | field IN ('x','y') [AND …].</summary>
    private Answer Query(Call call)
    {
        var soql = (call.Query("q") ?? "").Trim();
        if (Select().Match(soql) is not { Success: true } match || call.RawQuery.Length > 16_000)
        {
            return Refuse(400, "MALFORMED_QUERY", $"unexpected token in: {soql}");
        }

        string[] fields = [.. match.Groups["fields"].Value.Split(',').Select(field => field.Trim())];
        var type = match.Groups["object"].Value;
        var rows = type.ToUpperInvariant() switch
        {
            "CAMPAIGN" => Lists.Values.Select(list => new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase) { ["Id"] = list.Id, ["Name"] = list.Name }),
            "CAMPAIGNMEMBER" => Lists.Values.SelectMany(list => list.Members.Select(member => new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Id"] = MemberId(list, member),
                ["CampaignId"] = list.Id,
                ["ContactId"] = member,
                ["Contact.CDP_Id__c"] = Contacts.Get(member)?.Key(ExternalField),
                ["Contact.Email"] = Contacts.Get(member)?.Key("email"),
            })),
            "CONTACT" => Contacts.All.Where(contact => contact.Subscription != "deleted").Select(contact => new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase)
            {
                ["Id"] = contact.Id,
                ["Email"] = contact.Key("email"),
                [ExternalField] = contact.Key(ExternalField),
                ["LastName"] = contact.Attributes.Text("LastName"),
                ["CreatedDate"] = $"2026-01-01T00:00:00.{contact.Id[12..15]}Z",
                ["IsDeleted"] = "false",
            }),
            _ => null,
        };
        if (rows is null)
        {
            return Refuse(400, "INVALID_TYPE", $"sObject type '{type}' is not supported.");
        }

        foreach (var part in match.Groups["where"].Value is { Length: > 0 } where ? And().Split(where) : [])
        {
            if (Condition().Match(part.Trim()) is not { Success: true } condition)
            {
                return Refuse(400, "MALFORMED_QUERY", $"unexpected token: {part}");
            }

            var field = condition.Groups["field"].Value;
            var values = Literal().Matches(condition.Groups["value"].Value).Select(each => Unescape(each.Groups[1].Value)).ToHashSet(StringComparer.OrdinalIgnoreCase);
            rows = rows.Where(row => row.GetValueOrDefault(field) is { } value && values.Contains(value));
        }

        var found = rows.ToList();
        if (fields.FirstOrDefault(field => found.Count > 0 && !found[0].ContainsKey(field)) is { } unknown)
        {
            return Refuse(400, "INVALID_FIELD", $"No such column '{unknown}' on entity '{type}'.");
        }

        var limit = match.Groups["limit"].Value is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 2000;
        return Answer.Json(200, new JsonObject
        {
            ["totalSize"] = found.Count,
            ["done"] = true,
            ["records"] = new JsonArray([.. found.Take(limit).Select(row => Record(type, fields, row))]),
        });
    }

    private static JsonObject Record(string type, string[] fields, Dictionary<string, string?> row)
    {
        var record = new JsonObject { ["attributes"] = new JsonObject { ["type"] = type } };
        foreach (var field in fields)
        {
            if (field.Split('.') is [var outer, var inner])
            {
                record[outer] ??= new JsonObject();
                record[outer]![inner] = row[field];
            }
            else
            {
                record[field] = row[field];
            }
        }

        return record;
    }

    private static string Unescape(string text) => Escaped().Replace(text, "$1");

    [GeneratedRegex(@"^SELECT\s+(?<fields>[\w.,\s]+?)\s+FROM\s+(?<object>\w+)(\s+WHERE\s+(?<where>.+?))?(\s+ORDER\s+BY\s+[\w.,\s]+?)?(\s+LIMIT\s+(?<limit>\d+))?$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Select();

    [GeneratedRegex(@"\s+AND\s+(?=(?:[^']*'[^']*')*[^']*$)", RegexOptions.IgnoreCase)]
    private static partial Regex And();

    [GeneratedRegex(@"^\(*(?<field>[\w.]+)\s*(=|IN)\s*(?<value>.+?)\)*$", RegexOptions.IgnoreCase | RegexOptions.Singleline)]
    private static partial Regex Condition();

    [GeneratedRegex(@"'((?:[^'\\]|\\.)*)'")]
    private static partial Regex Literal();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escaped();

    [GeneratedRegex(@"^/services/data/v\d{2}\.0/")]
    private static partial Regex Version();
}
