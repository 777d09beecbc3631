using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Meta custom audiences, Graph API v25.0: rows of hashes by schema; refusals by error code, whatever the status; bad rows are counted, not named.</summary>
/// <remarks>A member is kept under its first of EMAIL, PHONE, MADID, EXTERN_ID.</remarks>
internal sealed partial class MetaAudiences : Platform
{
    private const string Token = "EAAB0123456789", AppSecret = "app-secret", Account = "1234567890";
    private const int MaxRows = 10_000;

    private static readonly string[] Hashed = ["EMAIL", "PHONE", "GEN", "DOBY", "DOBM", "DOBD", "FN", "LN", "FI", "CT", "ST", "ZIP", "COUNTRY"];
    private static readonly string[] Plain = ["MADID", "EXTERN_ID", "LOOKALIKE_VALUE", "PAGEUID", "APPUID", "DATA_PROCESSING_OPTIONS"];
    private static readonly string[] Keys = ["EMAIL", "PHONE", "MADID", "EXTERN_ID"];

    public MetaAudiences(TimeProvider time)
        : base("meta-custom-audiences", time) =>
        Routes.Get("check", "/v{v}/me/adaccounts", _ => Answer.Json(200, new JsonObject { ["data"] = new JsonArray(new JsonObject { ["id"] = $"act_{Account}", ["name"] = "Acme" }) }))
            .Get("findAudience", "/v{v}/{account}/customaudiences", Find)
            .Post("createAudience", "/v{v}/{account}/customaudiences", Create)
            .Post("add", "/v{v}/{id}/users", call => Change(call, static (list, keys) => list.Members.UnionWith(keys)))
            .Delete("remove", "/v{v}/{id}/users", call => Change(call, static (list, keys) => list.Members.ExceptWith(keys)))
            .Post("replace", "/v{v}/{id}/usersreplace", Replace)
            .Get("getAudience", "/v{v}/{id}", call => Lists.TryGetValue(call.Value("id"), out var list) ? Answer.Json(200, Show(list)) : Missing(call.Value("id")));

    public override JsonObject Settings => new() { ["accessToken"] = Token, ["appSecret"] = AppSecret, ["adAccountId"] = Account };

    public override string NewListId() => $"23850{(Lists.Count + 1).ToString("D10", CultureInfo.InvariantCulture)}";

    protected override Answer? Authenticate(Call call)
    {
        if ((call.Bearer ?? call.Query("access_token")) != Token)
        {
            return Unauthorized(call);
        }

        if (call.Query("appsecret_proof") is { } proof)
        {
            var message = call.Query("appsecret_time") is { } time ? $"{Token}|{time}" : Token;
            return proof == Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(AppSecret), Encoding.UTF8.GetBytes(message))) ? null : Error(400, 100, "Invalid appsecret_proof provided in the API argument", "GraphMethodException");
        }

        return null;
    }

    protected override Answer? Admit(Call call) => Version().IsMatch(call.RawPath) ? null : Error(400, 2635, "You are calling a deprecated version of the Ads API.");

    protected override Answer Refuse(int status, string code, string message) => Error(status, 100, message);

    protected override Answer Unauthorized(Call call) => Error(401, 190, "Invalid OAuth access token - Cannot parse access token");

    protected override Answer Outage(Call call) => Error(500, 2, "Service temporarily unavailable");

    protected override Answer NotFound(Call call) => Error(400, 100, $"Unsupported {call.Method} request.", subcode: 33);

    /// <summary>A quota is a 400; when it ends is told in minutes by a header.</summary>
    protected override Answer Throttle(Call call, TimeSpan wait) => Error(400, 80003, "There have been too many calls from this ad-account. Wait a bit and try again.")
        .With("X-Business-Use-Case-Usage", $$"""{"{{Account}}":[{"type":"custom_audience","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":1}]}""");

    private static Answer Error(int status, int code, string message, string type = "OAuthException", int? subcode = null)
    {
        var error = new JsonObject { ["message"] = message, ["type"] = type, ["code"] = code, ["fbtrace_id"] = "A0000000000" };
        if (subcode is { } sub)
        {
            error["error_subcode"] = sub;
        }

        return Answer.Json(status, new JsonObject { ["error"] = error }).Because($"{code}: {message}");
    }

    private static Answer Missing(string id) => Error(400, 100, $"Unsupported request. Object with ID '{id}' does not exist.", "GraphMethodException", 33);

    private static JsonObject Show(RemoteList list) => new() { ["id"] = list.Id, ["name"] = list.Name };

    private Answer Find(Call call)
    {
        if (call.Value("account") != $"act_{Account}")
        {
            return Error(403, 200, "Ad account owner has NOT grant ads_management or ads_read permission");
        }

        var limit = int.TryParse(call.Query("limit"), NumberStyles.None, CultureInfo.InvariantCulture, out var given) ? given : 25;
        var after = int.TryParse(call.Query("after"), NumberStyles.None, CultureInfo.InvariantCulture, out var cursor) ? cursor : 0;
        var paging = new JsonObject { ["cursors"] = new JsonObject { ["after"] = (after + limit).ToString(CultureInfo.InvariantCulture) } };
        if (after + limit < Lists.Count)
        {
            paging["next"] = $"{call.Home}{call.RawPath}?fields=id,name&limit={limit}&after={after + limit}";
        }

        return Answer.Json(200, new JsonObject { ["data"] = new JsonArray([.. Lists.Values.Skip(after).Take(limit).Select(Show)]), ["paging"] = paging });
    }

    private Answer Create(Call call)
    {
        var body = call.Object();
        return call.Value("account") != $"act_{Account}" ? Error(403, 200, "Permissions error")
            : body.Text("name") is not { Length: > 0 } name || body.Text("subtype") != "CUSTOM"
                || body.Text("customer_file_source") is not ("USER_PROVIDED_ONLY" or "PARTNER_PROVIDED_ONLY" or "BOTH_USER_AND_PARTNER_PROVIDED")
                ? Error(400, 100, "(#100) name, subtype CUSTOM and customer_file_source are required")
            : Answer.Json(200, new JsonObject { ["id"] = EnsureList(NewListId(), name).Id });
    }

    private Answer Change(Call call, Action<RemoteList, IEnumerable<string>> apply)
    {
        if (!Lists.TryGetValue(call.Value("id"), out var list))
        {
            return Missing(call.Value("id"));
        }

        var (keys, invalid, samples, count, fault) = Read(call.Object().At("payload"));
        if (fault is not null)
        {
            return fault;
        }

        apply(list, keys);
        return Answer.Json(200, new JsonObject
        {
            ["audience_id"] = list.Id,
            ["session_id"] = "9999",
            ["num_received"] = count,
            ["num_invalid_entries"] = invalid,
            ["invalid_entry_samples"] = samples,
        });
    }

    private Answer Replace(Call call)
    {
        if (call.Object().At("session") is not { } session || session.At("session_id") is null)
        {
            return Error(400, 100, "(#100) The parameter session is required");
        }

        return Change(call, (list, keys) =>
        {
            if (session.Text("batch_seq") == "1")
            {
                list.Members.Clear();
            }

            list.Members.UnionWith(keys);
        });
    }

    private (List<string> Keys, int Invalid, JsonObject Samples, int Count, Answer? Fault) Read(JsonNode? payload)
    {
        var schema = payload.At("schema") is JsonArray array ? array.Select(name => name.Text() ?? "").ToList() : [payload.Text("schema") ?? ""];
        var rows = payload.Items("data");
        if (rows.Count is 0 or > MaxRows)
        {
            return Fault($"(#100) data must hold between 1 and {MaxRows} rows");
        }

        if (schema.FirstOrDefault(name => !Hashed.Contains(name) && !Plain.Contains(name) && name is not ("EMAIL_SHA256" or "PHONE_SHA256" or "MOBILE_ADVERTISER_ID")) is { } unknown)
        {
            return Fault($"(#100) Param payload: {unknown} is not a valid key of the schema");
        }

        var (keys, samples) = (new List<string>(), new JsonObject());
        var invalid = 0;
        foreach (var (at, row) in rows.Index())
        {
            IReadOnlyList<JsonNode?> cells = row is JsonArray ? row.Items() : [row];
            if (cells.Count != schema.Count || cells.Any(cell => cell is null))
            {
                return Fault($"(#100) Row {at} does not fit the schema");
            }

            var bad = schema.Index().Where(column => !IsValid(column.Item, cells[column.Index])).Select(column => column.Item).ToList();
            var key = Keys.Concat(schema).Select(name => schema.IndexOf(name)).Where(column => column >= 0).Select(column => cells[column].Text()).FirstOrDefault(text => text is { Length: > 0 });
            if (bad.Count > 0 || key is null || IsBad(key))
            {
                invalid++;
                samples[at.ToString(CultureInfo.InvariantCulture)] = string.Join(',', bad);
            }
            else
            {
                keys.Add(key);
            }
        }

        return (keys, invalid, samples, rows.Count, null);

        static (List<string>, int, JsonObject, int, Answer?) Fault(string message) => ([], 0, [], 0, Error(400, 100, message));
    }

    private static bool IsValid(string column, JsonNode? cell) =>
        cell.Text() is "" || column is "DATA_PROCESSING_OPTIONS"
        || (column is "LOOKALIKE_VALUE" ? cell?.GetValueKind() is JsonValueKind.Number
            : Hashed.Contains(column) || column.EndsWith("_SHA256", StringComparison.Ordinal) ? Formats.IsSha256(cell.Text()) : cell.Text() is not null);

    [GeneratedRegex(@"^/v(2[4-9])\.0/")]
    private static partial Regex Version();
}
