using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.HubSpot;

internal sealed class HubSpotExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => HubSpotConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("accessToken", "s3cret-pat"), ("hubId", "123456")],
        [("clientId", "client-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"), ("idProperty", "customer_id"), ("apiVersion", "2026-03"), ("hubId", "123456")],
    ];

    public override string ExternalId => "77";

    public override HttpResponseMessage Answer(SentRequest request)
    {
        if (!request.Url.AbsolutePath.Contains("/batch/", StringComparison.Ordinal) || !request.Url.AbsolutePath.Contains("contacts", StringComparison.Ordinal))
        {
            return base.Answer(request);
        }

        var property = request.Text.Contains("customer_id", StringComparison.Ordinal) ? "customer_id" : "email";
        var results = JsonNode.Parse(request.Body)!["inputs"]!.AsArray().Select((input, place) =>
            $$$"""{"id":"{{{place}}}{{{input!["objectWriteTraceId"]}}}","properties":{"{{{property}}}":"{{{input["id"]}}}"},"objectWriteTraceId":"{{{input["objectWriteTraceId"]}}}"}""");
        return ScriptedOutbound.Answer(200, $$"""{"results":[{{string.Join(',', results)}}],"errors":[]}""")(request);
    }

    public override void CheckLimits(SentRequest request)
    {
        if (request.Url.AbsolutePath.Contains("contacts/batch/", StringComparison.Ordinal))
        {
            JsonNode.Parse(request.Body)!["inputs"]!.AsArray().Count.ShouldBeLessThanOrEqualTo(100);
        }
    }
}
