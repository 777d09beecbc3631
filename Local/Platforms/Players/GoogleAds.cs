using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Google Ads customer match over the Data Manager API v1: user lists, members by requests whose state is asked after; one bad hash refuses all.</summary>
/// <remarks>A member is kept under its first identifier. The older Google Ads API (offline user data jobs) is not played.</remarks>
internal sealed partial class GoogleAds : Platform
{
    private const string ClientId = "client", Secret = "secret", Refresh = "refresh-google", Account = "1234567890";
    private const string Root = "/v1/accountTypes/GOOGLE_ADS/accounts/{account}/userLists";
    private const int MaxMembers = 10_000;

    public GoogleAds(TimeProvider time)
        : base("google-ads-customer-match", time) =>
        Routes.Open("token", "POST", "/token", Token)
            .Open("token", "POST", "/oauth2/v4/token", Token)
            .Get("findList", Root, Find)
            .Post("createList", Root, Create)
            .Get("getList", $"{Root}/{{id}}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, Show(list)) : NotFound(call))
            .Post("add", "/v1/audienceMembers:ingest", call => Change(call, isAdd: true))
            .Post("remove", "/v1/audienceMembers:remove", call => Change(call, isAdd: false))
            .Get("poll", "/v1/requestStatus:retrieve", Poll);

    public override JsonObject Settings => new() { ["clientId"] = ClientId, ["clientSecret"] = Secret, ["refreshToken"] = Refresh, ["customerId"] = Account };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(300, TimeSpan.FromMinutes(1))];

    public override string NewListId() => $"8{(Lists.Count + 1).ToString("D9", CultureInfo.InvariantCulture)}";

    protected override Answer? Authenticate(Call call) => Tokens.Holds(call.Bearer) ? null : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Error(status, status switch
    {
        400 or 413 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 or 405 => "NOT_FOUND",
        429 => "RESOURCE_EXHAUSTED",
        _ => "UNAVAILABLE",
    }, message);

    protected override Answer Unauthorized(Call call) => Error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.");

    /// <summary>No Retry-After.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Error(429, "RESOURCE_EXHAUSTED", "Quota exceeded for quota metric 'Requests'.");

    private static Answer Error(int status, string word, string message, params (string Field, string Description, string Reason)[] violations)
    {
        var details = new JsonArray(new JsonObject { ["@type"] = "type.googleapis.com/google.rpc.ErrorInfo", ["reason"] = word, ["domain"] = "datamanager.googleapis.com", ["metadata"] = new JsonObject { ["requestId"] = "t00" } });
        if (violations.Length > 0)
        {
            details.Add((JsonNode)new JsonObject
            {
                ["@type"] = "type.googleapis.com/google.rpc.BadRequest",
                ["fieldViolations"] = new JsonArray([.. violations.Select(each => new JsonObject { ["field"] = each.Field, ["description"] = each.Description, ["reason"] = each.Reason })]),
            });
        }

        return Answer.Json(status, new JsonObject { ["error"] = new JsonObject { ["code"] = status, ["message"] = message, ["status"] = word, ["details"] = details } }).Because($"{word}: {message}");
    }

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("grant_type") != "refresh_token" || form.GetValueOrDefault("client_id") != ClientId || form.GetValueOrDefault("client_secret") != Secret || form.GetValueOrDefault("refresh_token") != Refresh)
        {
            return Answer.Json(400, new JsonObject { ["error"] = "invalid_grant", ["error_description"] = "Token has been expired or revoked." });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromSeconds(3599));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["expires_in"] = seconds, ["token_type"] = "Bearer" });
    }

    private JsonObject Show(RemoteList list) => new() { ["name"] = $"accountTypes/GOOGLE_ADS/accounts/{Account}/userLists/{list.Id}", ["id"] = list.Id, ["displayName"] = list.Name, ["membershipStatus"] = "OPEN", ["integrationCode"] = list.Facts.GetValueOrDefault("integrationCode") };

    private Answer Find(Call call)
    {
        if (call.Value("account") != Account)
        {
            return Error(403, "PERMISSION_DENIED", "The caller does not have permission");
        }

        var lists = Lists.Values.AsEnumerable();
        if (call.Query("filter") is { Length: > 0 } filter)
        {
            if (Filter().Match(filter) is not { Success: true } match)
            {
                return Error(400, "INVALID_ARGUMENT", $"Invalid filter: {filter}");
            }

            var value = match.Groups[2].Value.Replace("\\\"", "\"", StringComparison.Ordinal);
            lists = lists.Where(list => match.Groups[1].Value switch { "display_name" => list.Name, "id" => list.Id, _ => list.Facts.GetValueOrDefault("integrationCode") } == value);
        }

        return Answer.Json(200, new JsonObject { ["userLists"] = new JsonArray([.. lists.Select(Show)]) });
    }

    private Answer Create(Call call)
    {
        var body = call.Object();
        var (name, info) = (body.Text("displayName"), body.At("ingestedUserListInfo"));
        if (call.Value("account") != Account)
        {
            return Error(403, "PERMISSION_DENIED", "The caller does not have permission");
        }

        if (name is null or "" || info.Items("uploadKeyTypes").Count == 0 || (body.Text("membershipDuration") is { } duration && !Days().IsMatch(duration)))
        {
            return Error(400, "INVALID_ARGUMENT", "displayName, ingestedUserListInfo.uploadKeyTypes and a duration in seconds are expected.");
        }

        if (Lists.Values.Any(list => list.Name == name))
        {
            return Error(409, "ALREADY_EXISTS", "A user list of this name exists.");
        }

        var made = EnsureList(NewListId(), name);
        made.Facts["integrationCode"] = body.Text("integrationCode") ?? "";
        made.Facts["keys"] = info.Texts("uploadKeyTypes")[0];
        return Answer.Json(200, Show(made));
    }

    private Answer Change(Call call, bool isAdd)
    {
        var body = call.Object();
        string[] known = isAdd ? ["destinations", "audienceMembers", "encoding", "consent", "termsOfService", "validateOnly", "encryptionInfo"] : ["destinations", "audienceMembers", "encoding", "validateOnly", "encryptionInfo"];
        if (body.FirstOrDefault(field => !known.Contains(field.Key)).Key is { } unknown)
        {
            return Unknown(unknown);
        }

        var lists = new List<RemoteList>();
        foreach (var destination in body.Items("destinations"))
        {
            if (destination.At("operatingAccount").Text("accountId") != Account || destination.At("operatingAccount").Text("accountType") != "GOOGLE_ADS")
            {
                return Error(403, "PERMISSION_DENIED", "The caller does not have permission");
            }

            if (!Lists.TryGetValue(destination.Text("productDestinationId") ?? "", out var list))
            {
                return Error(400, "INVALID_ARGUMENT", "The destination does not exist.", ("destinations[0].product_destination_id", "Not found.", "INVALID_DESTINATION"));
            }

            lists.Add(list);
        }

        var members = body.Items("audienceMembers");
        if (lists.Count is 0 or > 10 || members.Count is 0 or > MaxMembers)
        {
            return Error(400, "INVALID_ARGUMENT", $"1 to 10 destinations and 1 to {MaxMembers} members are expected.");
        }

        if (isAdd && body.At("termsOfService").Text("customerMatchTermsOfServiceStatus") != "ACCEPTED")
        {
            return Error(400, "INVALID_ARGUMENT", "The terms of service have not been accepted.", ("terms_of_service", "Not accepted.", "TERMS_AND_CONDITIONS_NOT_SIGNED"));
        }

        var keys = new List<string>();
        var violations = new List<(string, string, string)>();
        foreach (var (at, member) in members.Index())
        {
            var (key, stranger, reason) = Read(member, body.Text("encoding"));
            if (stranger is not null)
            {
                return Unknown(stranger);
            }

            if (reason is not null)
            {
                violations.Add(($"audience_members[{at}]", "The member is not valid.", reason));
            }
            else
            {
                keys.Add(key!);
            }
        }

        if (violations.Count > 0)
        {
            return Error(400, "INVALID_ARGUMENT", "There was a problem with the request.", [.. violations]);
        }

        if (body.Flag("validateOnly") is true)
        {
            return Answer.Json(200, new JsonObject { ["requestId"] = "validated" });
        }

        var job = Jobs.Start($"req-{(Jobs.Count + 1).ToString(CultureInfo.InvariantCulture)}", () =>
        {
            var bad = keys.Count(IsBad);
            foreach (var list in lists)
            {
                foreach (var key in keys.Where(key => !IsBad(key)))
                {
                    _ = isAdd ? list.Members.Add(key) : list.Members.Remove(key);
                }
            }

            return new() { ["total"] = keys.Count, ["bad"] = bad, ["list"] = lists[0].Id };
        });
        return Answer.Json(200, new JsonObject { ["requestId"] = job.Id });

        static Answer Unknown(string name) => Error(400, "INVALID_ARGUMENT", $"Invalid JSON payload received. Unknown name \"{name}\": Cannot find field.");
    }

    /// <returns>The member's first identifier, else an unknown field or a reason.</returns>
    private static (string? Key, string? Unknown, string? Reason) Read(JsonNode? member, string? encoding)
    {
        if (member is not JsonObject json || json.FirstOrDefault(field => field.Key is not ("userData" or "mobileData" or "userIdData" or "pairData" or "ppidData" or "consent" or "destinationReferences")).Key is { } stranger)
        {
            return (null, (member as JsonObject)?.First().Key ?? "audience_members", null);
        }

        if (member.At("mobileData").Texts("mobileIds") is [var mobile, ..] mobiles)
        {
            return mobiles.Count > 10 ? (null, null, "TOO_MANY_MOBILE_IDS") : (mobile, null, null);
        }

        if (member.At("userIdData").Text("userId") is { Length: > 0 } user)
        {
            return (user, null, null);
        }

        var identifiers = member.At("userData").Items("userIdentifiers");
        if (identifiers.Count is 0 or > 10)
        {
            return (null, null, identifiers.Count == 0 ? "NO_IDENTIFIERS_PROVIDED" : "TOO_MANY_USER_IDENTIFIERS");
        }

        string? key = null;
        foreach (var identifier in identifiers)
        {
            if (identifier is not JsonObject { Count: 1 } one || one.Single() is not { Key: "emailAddress" or "phoneNumber" or "address", Value: { } value })
            {
                return (null, (identifier as JsonObject)?.First().Key ?? "user_identifiers", null);
            }

            if (value is JsonObject address)
            {
                if (address.FirstOrDefault(field => field.Key is not ("givenName" or "familyName" or "regionCode" or "postalCode")).Key is { } part)
                {
                    return (null, part, null);
                }

                if (!Formats.IsSha256(address.Text("givenName")) || !Formats.IsSha256(address.Text("familyName")) || address.Text("regionCode") is not { Length: 2 } || address.Text("postalCode") is null)
                {
                    return (null, null, "INVALID_ADDRESS");
                }

                key ??= $"{address.Text("givenName")}:{address.Text("familyName")}:{address.Text("postalCode")}";
            }
            else if (encoding == "HEX" ? Formats.IsSha256(value.Text()) : encoding == "BASE64" && value.Text() is { Length: 44 })
            {
                key ??= value.Text();
            }
            else
            {
                return (null, null, encoding == "HEX" ? "INVALID_SHA256_FORMAT" : "INVALID_HEX_ENCODING");
            }
        }

        return (key, null, null);
    }

    private Answer Poll(Call call)
    {
        if (Jobs.Poll(call.Query("requestId") ?? "") is not { } job)
        {
            return Error(404, "NOT_FOUND", "The request does not exist.");
        }

        var (total, bad) = (job.Result.At("total")?.GetValue<int>() ?? 0, job.Result.At("bad")?.GetValue<int>() ?? 0);
        var status = new JsonObject
        {
            ["destination"] = new JsonObject { ["productDestinationId"] = job.Result.At("list")?.DeepClone() },
            ["requestStatus"] = !job.IsDone ? "PROCESSING" : bad == 0 ? "SUCCESS" : bad == total ? "FAILED" : "PARTIAL_SUCCESS",
        };
        if (bad > 0)
        {
            status["errorInfo"] = new JsonObject { ["errorCounts"] = new JsonArray(new JsonObject { ["recordCount"] = bad.ToString(CultureInfo.InvariantCulture), ["reason"] = "PROCESSING_ERROR_REASON_DENIED_CONSENT" }) };
        }

        return Answer.Json(200, new JsonObject { ["requestStatusPerDestination"] = new JsonArray(status) });
    }

    [GeneratedRegex(@"^\s*(display_name|id|integration_code)\s*=\s*""((?:[^""\\]|\\.)*)""\s*$")]
    private static partial Regex Filter();

    [GeneratedRegex(@"^\d+s$")]
    private static partial Regex Days();
}
