using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Klaviyo;

internal sealed class KlaviyoExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => KlaviyoConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("apiKey", "s3cret-pk")],
        [("clientId", "client-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"), ("revision", "2026-04-15")],
    ];

    public override string ExternalId => "ABC123";

    public override Row Member(int number)
    {
        var row = new Row
        {
            ["email"] = Cell.Of($"member.{number}@example.com"),
            ["external_id"] = Cell.Of($"customer-{number}"),
            ["phone_number"] = Cell.Of($"+1415555{number:D4}"),
            ["first_name"] = Cell.Of("Sample"),
            ["location.city"] = Cell.Of("Oslo"),
            ["tier"] = Cell.Of("gold"),
            ["orders"] = Cell.Of(3L),
        };
        return row;
    }

    public override HttpResponseMessage Answer(SentRequest request) => request switch
    {
        { Url.AbsolutePath: "/oauth/token" } => base.Answer(request),
        { Url.AbsolutePath: "/api/profiles" } => Answer(200, Profiles(request)),
        { Method: "DELETE" } => Answer(204, ""),
        { Url.AbsolutePath: var path } when path.EndsWith("/import-errors", StringComparison.Ordinal) => Answer(200, """{"data":[],"links":{"next":null}}"""),
        { Method: "GET" } => Answer(200, """{"data":{"id":"job-1","attributes":{"status":"complete","failed_count":1}},"links":{"next":null}}"""),
        _ => Answer(202, """{"data":{"id":"job-1"}}"""),
    };

    public override void CheckLimits(SentRequest request)
    {
        if (request.Url.AbsolutePath == "/api/profiles")
        {
            Uri.UnescapeDataString(request.Url.Query).Split(',').Length.ShouldBeLessThanOrEqualTo(101); // 100 and the name of the field
        }

        if (request.Method == "DELETE")
        {
            JsonNode.Parse(request.Body)!["data"]!.AsArray().Count.ShouldBeLessThanOrEqualTo(1_000);
        }
    }

    private static HttpResponseMessage Answer(int status, string body) => ScriptedOutbound.Answer(status, body)(null!);

    /// <summary>Everybody asked for is known.</summary>
    private static string Profiles(SentRequest request)
    {
        var filter = Uri.UnescapeDataString(request.Url.Query).Split("[\"")[1].Split("\"]")[0];
        var profiles = filter.Split("\",\"").Select(email => $$$"""{"type":"profile","attributes":{"email":"{{{email}}}"},"id":"id-{{{email}}}"}""");
        return $$"""{"links":{"next":null},"data":[{{string.Join(',', profiles)}}]}""";
    }
}
