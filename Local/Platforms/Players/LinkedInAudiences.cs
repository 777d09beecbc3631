using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>LinkedIn DMP segments: found by our key, the id of a new one in a header, members not taken in its first seconds, one answer for each element.</summary>
internal sealed partial class LinkedInAudiences : Platform
{
    private const string ClientId = "client", Secret = "secret", Refresh = "refresh-linkedin", Account = "500000001";
    private const int MaxElements = 5_000;

    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, DateTimeOffset> _readyAt = [];

    public LinkedInAudiences(TimeProvider time)
        : base("linkedin-audiences", time) =>
        Routes.Open("token", "POST", "/oauth/v2/accessToken", Token)
            .Get("check", "/rest/me", _ => Answer.Json(200, new JsonObject { ["id"] = "person1" }))
            .Get("check", "/rest/adAccountUsers/{key}", AccountUser)
            .Get("findSegment", "/rest/dmpSegments", Find)
            .Post("createSegment", "/rest/dmpSegments", Create)
            .Get("getSegment", "/rest/dmpSegments/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, Show(list)) : NotFound(call))
            .Post("members", "/rest/dmpSegments/{id}/users", Members)
            .Post("companies", "/rest/dmpSegments/{id}/companies", Members);

    public override JsonObject Settings => new() { ["clientId"] = ClientId, ["clientSecret"] = Secret, ["refreshToken"] = Refresh, ["adAccountId"] = Account };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(600, TimeSpan.FromMinutes(1), "members"), new(300, TimeSpan.FromMinutes(1), "companies")];

    protected override Answer? Authenticate(Call call) => Tokens.Holds(call.Bearer) ? null : Unauthorized(call);

    protected override Answer? Admit(Call call) =>
        call.Header("LinkedIn-Version") is not { } version || !Month().IsMatch(version) ? Refuse(400, "VERSION_MISSING", "A version must be present. Please specify a version by adding the LinkedIn-Version header.")
        : string.CompareOrdinal(version, "202512") < 0 ? Refuse(426, "NONEXISTENT_VERSION", $"Requested version {version} is not active")
        : call.Header("X-Restli-Protocol-Version") != "2.0.0" ? Refuse(400, "PROTOCOL", "X-Restli-Protocol-Version 2.0.0 is expected")
        : null;

    protected override Answer Refuse(int status, string code, string message) => Answer.Json(status, new JsonObject { ["status"] = status, ["code"] = code, ["message"] = message }).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Answer.Json(401, new JsonObject { ["status"] = 401, ["serviceErrorCode"] = 65600, ["code"] = "INVALID_ACCESS_TOKEN", ["message"] = "Invalid access token" });

    /// <summary>No header tells how long.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(429, "TOO_MANY_REQUESTS", "Resource level throttle limit for calls to this resource is reached.");

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "refresh_token" || form.GetValueOrDefault("client_id") != ClientId || form.GetValueOrDefault("client_secret") != Secret || form.GetValueOrDefault("refresh_token") != Refresh)
        {
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_grant", ["error_description"] = "The provided authorization grant or refresh token is invalid, expired or revoked" });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromDays(60));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["expires_in"] = seconds, ["refresh_token"] = Refresh, ["scope"] = "rw_dmp_segments" });
    }

    private Answer AccountUser(Call call) => call.Value("key").Contains($"urn:li:sponsoredAccount:{Account}", StringComparison.Ordinal) && call.Value("key").Contains("urn:li:person:person1", StringComparison.Ordinal)
        ? Answer.Json(200, new JsonObject { ["role"] = "CAMPAIGN_MANAGER", ["account"] = $"urn:li:sponsoredAccount:{Account}" })
        : Refuse(404, "NOT_FOUND", "The account is not visible.");

    private static JsonObject Show(RemoteList list) => new()
    {
        ["id"] = list.Id,
        ["name"] = list.Name,
        ["type"] = list.Kind is "" ? "USER" : list.Kind,
        ["sourceSegmentId"] = list.Facts.GetValueOrDefault("key"),
        ["destinations"] = new JsonArray(new JsonObject { ["destination"] = "LINKEDIN", ["status"] = "BUILDING", ["audienceSize"] = 0 }),
    };

    private Answer Find(Call call)
    {
        if (call.Query("q") != "account" || call.Query("account") != $"urn:li:sponsoredAccount:{Account}" || call.RawQuery.Contains("urn:li", StringComparison.Ordinal))
        {
            return Refuse(400, "PARAM_INVALID", "Invalid param. 'account' is an encoded urn of an account of yours.");
        }

        var found = Lists.Values.Where(list => (call.Query("sourceSegmentId") ?? list.Facts.GetValueOrDefault("key")) == list.Facts.GetValueOrDefault("key")
            && (call.Query("sourcePlatform") ?? list.Facts.GetValueOrDefault("platform")) == list.Facts.GetValueOrDefault("platform"));
        return Answer.Json(200, new JsonObject { ["elements"] = new JsonArray([.. found.Select(Show)]), ["paging"] = new JsonObject { ["start"] = 0, ["count"] = 10, ["links"] = new JsonArray() } });
    }

    private Answer Create(Call call)
    {
        var body = call.Object();
        if (body.Text("name") is not { Length: > 0 } name || body.Text("account") != $"urn:li:sponsoredAccount:{Account}" || body.Text("type") is not ("USER" or "COMPANY") || body.Text("sourcePlatform") is null
            || body.Items("destinations").Count == 0)
        {
            return Refuse(422, "UNPROCESSABLE", "name, account, type, sourcePlatform and destinations are required.");
        }

        var key = body.Text("sourceSegmentId") ?? "";
        if (Lists.Values.Any(list => list.Facts.GetValueOrDefault("key") == key && list.Kind == body.Text("type")))
        {
            return Refuse(409, "CONFLICT", "A segment of this key exists.");
        }

        var made = EnsureList(NewListId(), name, body.Text("type")!);
        (made.Facts["key"], made.Facts["platform"]) = (key, body.Text("sourcePlatform")!);
        _readyAt[made.Id] = call.At + Settling;
        return Answer.Empty(201).With("x-restli-id", made.Id);
    }

    private Answer Members(Call call)
    {
        if (call.Header("X-RestLi-Method") != "BATCH_CREATE")
        {
            return Refuse(400, "METHOD", "X-RestLi-Method BATCH_CREATE is expected.");
        }

        if (!Lists.TryGetValue(call.Value("id"), out var list) || (_readyAt.TryGetValue(list.Id, out var ready) && call.At < ready))
        {
            return Refuse(404, "NOT_FOUND", "could not find DMP segment");
        }

        var elements = call.Object().Items("elements");
        if (elements.Count is 0 or > MaxElements)
        {
            return Refuse(400, "PARAM_INVALID", $"Between 1 and {MaxElements} elements are expected.");
        }

        return Answer.Json(200, new JsonObject { ["elements"] = new JsonArray([.. elements.Select(element => Member(list, element))]) });
    }

    private JsonObject Member(RemoteList list, JsonNode? element)
    {
        var ids = element.Items("userIds");
        var key = ids.Count > 0 ? ids[0].Text("idValue") : element.Text("companyEmailDomain") ?? element.Text("companyWebsiteDomain") ?? element.Text("organizationUrn") ?? element.Text("companyName");
        var isValid = element.Text("action") is "ADD" or "REMOVE" && key is not null && !ids.Any(id => IsBad(id.Text("idValue"))) && !IsBad(key) && ids.All(id => id.Text("idType") switch
        {
            "SHA256_EMAIL" => Formats.IsSha256(id.Text("idValue")),
            "SHA512_EMAIL" => id.Text("idValue") is { Length: 128 },
            "GOOGLE_AID" => id.Text("idValue") is { Length: > 0 },
            _ => false,
        });
        if (!isValid)
        {
            return new() { ["status"] = 400, ["error"] = new JsonObject { ["status"] = 400, ["code"] = "INVALID_INPUT", ["message"] = "The element is not valid." } };
        }

        _ = element.Text("action") == "ADD" ? list.Members.Add(key!) : list.Members.Remove(key!);
        return new() { ["status"] = 201 };
    }

    [GeneratedRegex("^20[0-9]{2}(0[1-9]|1[0-2])$")]
    private static partial Regex Month();
}
