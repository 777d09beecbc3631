using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>Documents of tests.</summary>
internal static class ConfigDocuments
{
    public const string Secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
    public const string OtherSecret = "whsec_AAAA9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";

    /// <summary>One of everything. Segments stand before those they refer to.</summary>
    public static JsonObject Whole() => Parse($$$"""
        {
          "version": 1,
          "connections": [
            {"key":"hook","type":"webhook","name":"Hook","settings":{"url":"https://hooks.example/audience","requestsPerSecond":5},"secrets":{"signingSecret":"{{{Secret}}}"},
             "defaults":{"mode":"mirror","intervalMinutes":720}}
          ],
          "segments": [
            {"key":"loyal-de","name":"Loyal in Germany","rules":{"all":[{"segment":"loyal"},{"not":{"segment":"staff"}},{"attr":"country","op":"eq","value":"DE"}]}},
            {"key":"loyal","name":"Loyal","description":"Three orders or more","rules":{"attr":"orders","op":"gte","value":3}},
            {"key":"staff","name":"Staff","visibility":"private","rules":{"attr":"staff","op":"eq","value":true}}
          ],
          "destinations": [
            {"key":"loyal-to-hook","name":"Loyal to hook","source":{"segment":"loyal-de"},"connection":"hook","schedule":{"cron":"0 0 6 * * *","timeZone":"Europe/Berlin"},
             "consentPurpose":"marketing","guards":{"maxRemoveCount":null},"mapping":[{{{UserId}}},{"from":"email","to":"email"},{"template":"{{country}}","to":"country"}]}
          ],
          "campaigns": [
            {"key":"spring","name":"Spring","segment":"loyal","exclusions":["staff"],"salt":"spring","enabled":false,"schedule":{"intervalMinutes":1440},
             "subAudiences":[
               {"name":"Germany","rules":{"segment":"loyal-de"},"groups":[
                 {"name":"Mail","share":90,"destinations":[{"key":"spring-mail","connection":"hook","audience":{"name":"Spring mail"},"mapping":[{{{UserId}}}]}]},
                 {"name":"Control","role":"control","share":10}]},
               {"name":"Others","groups":[{"name":"Ads","share":100,"destinations":[{"key":"spring-ads","connection":"hook","audience":{"name":"Spring ads"},"mapping":[{{{UserId}}}]}]}]}]}
          ],
          "journeys": [
            {"key":"welcome","name":"Welcome","steps":[{"name":"Opened","entry":{"segment":"loyal"},"destinations":[
               {"key":"welcome-hook","connection":"hook","audience":{"name":"Welcome"},"mapping":[{{{UserId}}}]}]}]}
          ],
          "holdout": {"percent":5,"salt":"out"}
        }
        """);

    private const string UserId = """{"from":"id","to":"user_id","identifier":true}""";

    public static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>The entry of a list with that key.</summary>
    public static JsonObject Entry(this JsonObject document, string section, string key) =>
        document[section]!.AsArray().Select(entry => entry!.AsObject()).Single(entry => entry["key"]!.GetValue<string>() == key);

    public static JsonObject Without(this JsonObject document, string section, string key)
    {
        var list = document[section]!.AsArray();
        list.Remove(document.Entry(section, key));
        return document;
    }

    /// <summary>Only the first connection, with these parts beside it.</summary>
    public static JsonObject With(string parts) => Parse($$$"""
        {"connections":[{"key":"hook","type":"webhook","name":"Hook","settings":{"url":"https://hooks.example/audience"},"secrets":{"signingSecret":"{{{Secret}}}"}}],{{{parts}}}}
        """);

    public static string Segment(string key, string rules = """{"attr":"orders","op":"gte","value":3}""") => $$"""{"key":"{{key}}","name":"{{key}}","rules":{{rules}}}""";

    public static string Destination(string key, string segment) =>
        $$"""{"key":"{{key}}","name":"{{key}}","source":{"segment":"{{segment}}"},"connection":"hook","audience":{"name":"{{key}}"},"mapping":[{{UserId}}]}""";
}
