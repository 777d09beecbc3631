using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>TikTok API for Business v1.3, streaming segments: HTTP 200 whatever happened, the code in the body counts; a path without its last slash is not found.</summary>
internal sealed partial class TikTokAudiences : Platform
{
    private const string Token = "tiktok-token", Advertiser = "7000000000000000001";
    private const int MaxRows = 10_000;

    private static readonly string[] Schemas = ["EMAIL_SHA256", "PHONE_SHA256", "IDFA_SHA256", "AAID_SHA256", "GAID_SHA256", "IDFA_MD5", "AAID_MD5", "GAID_MD5"];

    public TikTokAudiences(TimeProvider time)
        : base("tiktok-audiences", time)
    {
        const string root = "/open_api/v1.3";
        Routes.Get("check", $"{root}/user/info/", _ => Ok(new JsonObject { ["id"] = 1, ["display_name"] = "Acme", ["email"] = "a***@acme.com" }))
            .Get("check", $"{root}/advertiser/info/", call => (call.Query("advertiser_ids") ?? "").Contains(Advertiser, StringComparison.Ordinal)
                ? Ok(new JsonObject { ["list"] = new JsonArray(new JsonObject { ["advertiser_id"] = Advertiser, ["name"] = "Acme" }) })
                : Code(40001, "No permission to operate the advertiser"))
            .Get("findAudience", $"{root}/dmp/custom_audience/list/", Find)
            .Get("getAudience", $"{root}/dmp/custom_audience/get/", Get)
            .Post("createAudience", $"{root}/segment/audience/", Create)
            .Post("members", $"{root}/segment/mapping/", Map);
    }

    public override JsonObject Settings => new() { ["accessToken"] = Token, ["advertiserId"] = Advertiser };

    protected override IReadOnlyList<RateLimit> Limits { get; } = [new(10, TimeSpan.FromSeconds(1)), new(600, TimeSpan.FromMinutes(1))];

    public override string NewListId() => $"17{(Lists.Count + 1).ToString("D8", CultureInfo.InvariantCulture)}";

    protected override Answer? Authenticate(Call call) => call.Header("Access-Token") switch
    {
        null => Code(40104, "Access token is empty"),
        Token => null,
        _ => Unauthorized(call),
    };

    /// <summary>The gateway answers unknown paths itself.</summary>
    protected override Answer Refuse(int status, string code, string message) => status is 404 or 405 ? Answer.Plain(404, "404 page not found") : Code(40002, message);

    protected override Answer Malformed(Call call, string message) => Code(40002, message);

    protected override Answer Unauthorized(Call call) => Code(40105, "Access token is incorrect or has been revoked");

    protected override Answer Throttle(Call call, TimeSpan wait) => Code(40100, "Too many requests. Please retry in some time.");

    protected override Answer Outage(Call call) => Code(50000, "System error");

    private static Answer Ok(JsonObject data) => Answer.Json(200, new JsonObject { ["code"] = 0, ["message"] = "OK", ["request_id"] = "20260101", ["data"] = data });

    private static Answer Code(int code, string message) =>
        Answer.Json(200, new JsonObject { ["code"] = code, ["message"] = message, ["request_id"] = "20260101", ["data"] = new JsonObject() }).Because($"{code}: {message}");

    private Answer Find(Call call)
    {
        if (call.Query("advertiser_id") != Advertiser)
        {
            return Code(40001, "No permission to operate the advertiser");
        }

        var (page, size) = (Number(call, "page", 1), Number(call, "page_size", 10));
        return size is < 1 or > 100 ? Code(40002, "page_size is at most 100") : Ok(new JsonObject
        {
            ["list"] = new JsonArray([.. Lists.Values.Skip((page - 1) * size).Take(size).Select(list => new JsonObject { ["audience_id"] = list.Id, ["name"] = list.Name, ["audience_type"] = "Partner Audience", ["is_valid"] = true })]),
            ["page_info"] = new JsonObject { ["page"] = page, ["page_size"] = size, ["total_number"] = Lists.Count, ["total_page"] = Math.Max(1, (Lists.Count + size - 1) / size) },
        });
    }

    private static int Number(Call call, string name, int otherwise) => int.TryParse(call.Query(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private Answer Get(Call call)
    {
        var ids = JsonNode.Parse(call.Query("custom_audience_ids") ?? "[]").Items().Select(id => id.Text() ?? "").ToList();
        return ids.Count is 0 or > 100 ? Code(40002, "Between 1 and 100 ids are expected") : Ok(new JsonObject
        {
            ["list"] = new JsonArray([.. ids.Where(Lists.ContainsKey).Select(id => new JsonObject { ["audience_details"] = new JsonObject { ["audience_id"] = id, ["name"] = Lists[id].Name, ["is_valid"] = true } })]),
        });
    }

    private Answer Create(Call call)
    {
        var body = call.Object();
        return body.Text("advertiser_id") != Advertiser ? Code(40001, "No permission to operate the advertiser")
            : body.Text("action") != "create" || body.Text("custom_audience_name") is not { Length: > 0 and <= 128 } name ? Code(40002, "custom_audience_name and action are required")
            : Ok(new JsonObject { ["audience_id"] = EnsureList(NewListId(), name).Id });
    }

    private Answer Map(Call call)
    {
        var body = call.Object();
        if (body.Texts("advertiser_ids") is not [Advertiser] || body.At("advertiser_ids")![0]!.IsText is false)
        {
            return Code(40001, "No permission to operate the advertiser");
        }

        var (schema, rows, action) = (body.Texts("id_schema"), body.Items("batch_data"), body.Text("action"));
        if (action is not ("add" or "delete") || schema.Count == 0 || schema.Any(name => !Schemas.Contains(name)) || rows.Count is 0 or > MaxRows)
        {
            return Code(40002, "action, id_schema and batch_data are required");
        }

        var changes = new List<(RemoteList List, string Member)>();
        foreach (var row in rows)
        {
            if (row is not JsonArray cells || cells.Count != schema.Count)
            {
                return Code(40002, "A row of batch_data does not fit id_schema");
            }

            var given = cells.Index().Where(cell => cell.Item is JsonObject { Count: > 0 }).ToList();
            if (given.Count == 0)
            {
                return Code(40002, "A row of batch_data has no identifier");
            }

            foreach (var (at, cell) in given)
            {
                var id = cell.Text("id");
                if (schema[at].EndsWith("_MD5", StringComparison.Ordinal) ? id is null || !Md5().IsMatch(id) : !Formats.IsSha256(id) || IsBad(id))
                {
                    return Code(40002, $"An id of {schema[at]} is no hash");
                }

                foreach (var audience in cell.Texts("audience_ids"))
                {
                    if (!Lists.TryGetValue(audience, out var list))
                    {
                        return Code(40301, $"Audience {audience} does not exist");
                    }

                    if (at == given[0].Index)
                    {
                        changes.Add((list, id!));
                    }
                }
            }
        }

        foreach (var (list, member) in changes)
        {
            _ = action == "add" ? list.Members.Add(member) : list.Members.Remove(member);
        }

        return Ok([]);
    }

    [GeneratedRegex("^[0-9a-f]{32}$")]
    private static partial Regex Md5();
}
