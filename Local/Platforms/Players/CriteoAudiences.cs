using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Criteo Marketing Solutions 2026-07, contact lists: one operation and one kind of identifier a call; invalid ones are counted and a sample is named.</summary>
internal sealed partial class CriteoAudiences : Platform
{
    private const string ClientId = "client", Secret = "secret", Advertiser = "77";
    private const string Segments = "/{v}/marketing-solutions/audience-segments";
    private const int MaxIdentifiers = 50_000;

    public CriteoAudiences(TimeProvider time)
        : base("criteo-audiences", time) =>
        Routes.Open("token", "POST", "/oauth2/token", Token)
            .Get("check", "/{v}/advertisers/me", _ => Data(new JsonArray(new JsonObject { ["id"] = Advertiser, ["type"] = "advertiser", ["attributes"] = new JsonObject { ["advertiserName"] = "Acme" } })))
            .Post("findAudience", $"{Segments}/search", Find)
            .Post("createAudience", $"{Segments}/create", Create)
            .Patch("members", $"{Segments}/{{id}}/contact-list", call => Members(call, call.Object().At("data").At("attributes")))
            .Delete("clear", $"{Segments}/{{id}}/contact-list", call =>
            {
                Lists.GetValueOrDefault(call.Value("id"))?.Members.Clear();
                return Data(new JsonArray());
            })
            .Get("statistics", $"{Segments}/{{id}}/contact-list/statistics", call => Lists.TryGetValue(call.Value("id"), out var list)
                ? Data(new JsonObject { ["id"] = list.Id, ["attributes"] = new JsonObject { ["numberOfIdentifiers"] = list.Members.Count, ["numberOfMatches"] = 0, ["matchRate"] = 0 } })
                : NotFound(call));

    public override JsonObject Settings => new() { ["clientId"] = ClientId, ["clientSecret"] = Secret, ["advertiserId"] = Advertiser };

    protected override int? MaxBodyBytes => 10 * 1024 * 1024;

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(250, TimeSpan.FromMinutes(1))];

    public override string NewListId() => (5678 + Lists.Count).ToString(CultureInfo.InvariantCulture);

    protected override Answer? Authenticate(Call call) =>
        Tokens.Holds(call.Bearer) ? null
        : call.Bearer is null ? Error(401, "authentication", "authorization-token-missing", "The authorization token is missing.")
        : Error(401, "authentication", call.Bearer.StartsWith("token-", StringComparison.Ordinal) ? "authorization-token-expired" : "authorization-token-invalid", "The authorization token is not valid.");

    protected override Answer? Admit(Call call) => Version().Match(call.RawPath) is { Success: true } match
        ? match.Groups[1].Value is "2026-07" or "2026-01" ? null : Error(410, "deprecation", "version-gone", "This version has been decommissioned.")
        : NotFound(call);

    protected override Answer Refuse(int status, string code, string message) => Error(status, status >= 500 ? "availability" : "validation", code, message);

    protected override Answer Unauthorized(Call call) => Error(401, "authentication", "authorization-token-invalid", "The authorization token is not valid.");

    protected override Answer Throttle(Call call, TimeSpan wait) => Error(429, "quota", "too-many-requests", "Too many requests.")
        .With("x-ratelimit-limit", 250).With("x-ratelimit-remaining", 0).With("x-ratelimit-reset", (call.At + wait).ToUnixTimeSeconds() + 1);

    private static Answer Error(int status, string type, string code, string detail) => Answer.Json(status, new JsonObject
    {
        ["errors"] = new JsonArray(new JsonObject { ["traceId"] = "0f00", ["type"] = type, ["code"] = code, ["instance"] = "", ["title"] = detail, ["detail"] = detail }),
        ["warnings"] = new JsonArray(),
    }).Because($"{code}: {detail}");

    private static Answer Data(JsonNode data) => Answer.Json(200, new JsonObject { ["data"] = data, ["errors"] = new JsonArray(), ["warnings"] = new JsonArray() });

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "client_credentials" || form.GetValueOrDefault("client_id") != ClientId || form.GetValueOrDefault("client_secret") != Secret)
        {
            return Answer.Json(401, new JsonObject { ["error"] = "invalid_client", ["error_description"] = "Client authentication failed" });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromSeconds(900));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["token_type"] = "Bearer", ["expires_in"] = seconds, ["refresh_token"] = null });
    }

    private static JsonObject Show(RemoteList list) => new() { ["id"] = list.Id, ["type"] = "AudienceSegment", ["attributes"] = new JsonObject { ["advertiserId"] = Advertiser, ["name"] = list.Name, ["contactList"] = new JsonObject { ["isReadOnly"] = false } } };

    private Answer Find(Call call)
    {
        var attributes = call.Object().At("data").At("attributes");
        var limit = int.TryParse(call.Query("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 50;
        var offset = int.TryParse(call.Query("offset"), NumberStyles.None, CultureInfo.InvariantCulture, out var from) ? from : 0;
        if (limit is < 1 or > 100)
        {
            return Error(400, "validation", "invalid", "limit is at most 100");
        }

        var lists = attributes.Texts("advertiserIds") is { Count: > 0 } ids && !ids.Contains(Advertiser) ? [] : Lists.Values.ToList();
        return Answer.Json(200, new JsonObject
        {
            ["meta"] = new JsonObject { ["totalItems"] = lists.Count, ["limit"] = limit, ["offset"] = offset },
            ["data"] = new JsonArray([.. lists.Skip(offset).Take(limit).Select(Show)]),
            ["errors"] = new JsonArray(),
            ["warnings"] = new JsonArray(),
        });
    }

    private Answer Create(Call call)
    {
        var items = call.Object().Items("data");
        var made = new JsonArray();
        foreach (var attributes in items.Select(item => item.At("attributes")))
        {
            if (attributes.Text("advertiserId") != Advertiser || attributes.Text("name") is not { Length: > 0 } name || attributes.At("contactList") is null)
            {
                return Error(400, "validation", "required-field", "advertiserId, name and contactList are required");
            }

            if (Lists.Values.Any(list => list.Name == name))
            {
                return Error(400, "validation", "name-must-be-unique", "A segment of this name exists");
            }

            made.Add((JsonNode)Show(EnsureList(NewListId(), name)));
        }

        return Data(made);
    }

    private Answer Members(Call call, JsonNode? amendment)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list))
        {
            return Error(404, "validation", "audience-invalid", "The audience does not exist");
        }

        var (operation, kind, identifiers) = (amendment.Text("operation"), amendment.Text("identifierType"), amendment.Texts("identifiers"));
        if (call.Object().At("data").Text("type") != "ContactlistAmendment" || operation is not ("add" or "remove") || kind is not ("email" or "madid" or "identityLink" or "gum" or "phoneNumber"))
        {
            return Error(400, "validation", "required-field", "type, operation and identifierType are required");
        }

        if (kind == "gum" != amendment.At("gumCallerId") is not null || identifiers.Count is 0 or > MaxIdentifiers)
        {
            return Error(400, "validation", "invalid", $"gumCallerId goes with gum alone; between 1 and {MaxIdentifiers} identifiers are expected");
        }

        var invalid = identifiers.Where(each => IsBad(each) || (kind == "email" ? !Formats.IsEmail(each) && !Hash().IsMatch(each) : kind == "phoneNumber" ? !Formats.IsE164(each) && !Hash().IsMatch(each) : each.Length == 0)).ToList();
        foreach (var each in identifiers.Except(invalid))
        {
            _ = operation == "add" ? list.Members.Add(each) : list.Members.Remove(each);
        }

        return Data(new JsonObject
        {
            ["type"] = "ContactlistAmendment",
            ["attributes"] = new JsonObject
            {
                ["contactListId"] = int.Parse(list.Id, CultureInfo.InvariantCulture),
                ["operation"] = operation,
                ["requestDate"] = call.At.ToString("O", CultureInfo.InvariantCulture),
                ["identifierType"] = kind,
                ["nbValidIdentifiers"] = identifiers.Count - invalid.Count,
                ["nbInvalidIdentifiers"] = invalid.Count,
                ["sampleInvalidIdentifiers"] = new JsonArray([.. invalid.Take(10).Select(each => (JsonNode?)each)]),
            },
        });
    }

    [GeneratedRegex(@"^/(\d{4}-\d{2})/")]
    private static partial Regex Version();

    [GeneratedRegex("^([0-9a-f]{32}|[0-9a-f]{64})$")]
    private static partial Regex Hash();
}
