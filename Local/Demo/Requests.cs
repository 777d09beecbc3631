using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

/// <summary>Bodies of the calls that set the demo up.</summary>
internal static class Requests
{
    public static JsonObject Rules() => Parse("""
        {"all":[
          {"attr":"orders","op":"gte","value":3},
          {"attr":"lastOrderAt","op":"withinLast","value":{"days":60}},
          {"not":{"attr":"tags","op":"contains","value":"staff"}}]}
        """);

    public static JsonObject Segment() => new() { ["key"] = "loyal-and-recent", ["name"] = "Loyal and recent", ["visibility"] = "shared", ["rules"] = Rules() };

    public static JsonObject Connection(string url, string secret) => new()
    {
        ["key"] = "receiver",
        ["type"] = "webhook",
        ["name"] = "Demo receiver",
        ["settings"] = new JsonObject { ["url"] = url },
        ["secrets"] = new JsonObject { ["signingSecret"] = secret },
    };

    /// <summary>Without a schedule of its own: the demo says when it runs.</summary>
    public static JsonObject Destination(string segmentId, string connectionId) => new()
    {
        ["key"] = "loyal-to-receiver",
        ["name"] = "Loyal and recent → receiver",
        ["source"] = new JsonObject { ["segmentId"] = segmentId },
        ["connectionId"] = connectionId,
        ["mode"] = "mirror",
        ["autoSync"] = false,
        ["consentPurpose"] = "marketing",
        ["mapping"] = JsonNode.Parse("""
            [{"from":"id","to":"user_id","identifier":true},
             {"from":"email","to":"email"},
             {"from":"phone","to":"phone"},
             {"template":"{{firstName}} {{lastName}}","to":"name"},
             {"from":"country","to":"country"},
             {"from":"orders","to":"orders"},
             {"from":"revenue","to":"revenue"},
             {"from":"lastOrderAt","to":"last_order_at"}]
            """),
    };

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
