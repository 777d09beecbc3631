using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.SendGrid;

internal sealed class SendGridExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => SendGridConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("apiKey", "SG.s3cret")],
        [("apiKey", "SG.s3cret"), ("region", "eu"), ("onBehalfOf", "crm")],
    ];

    public override string ExternalId => "3f64";

    public override HttpResponseMessage Answer(SentRequest request) => request.Url.AbsolutePath switch
    {
        var path when path.Contains("/search/", StringComparison.Ordinal) => ScriptedOutbound.Answer(200, Found(request))(request),
        var path when path.Contains("/imports/", StringComparison.Ordinal) => ScriptedOutbound.Answer(200, """{"status":"errored","results":{"errors_url":"https://reports.example.net/1"}}""")(request),
        _ => ScriptedOutbound.Answer(202, """{"job_id":"job-1","id":"3f64","result":[]}""")(request),
    };

    public override void CheckLimits(SentRequest request)
    {
        if (request.Url.AbsolutePath.Contains("/search/", StringComparison.Ordinal))
        {
            Identifiers(request).Count().ShouldBeLessThanOrEqualTo(100);
        }

        if (request.Method == "DELETE")
        {
            request.Url.Query.Split(',').Length.ShouldBeLessThanOrEqualTo(100);
        }
    }

    private static string Found(SentRequest request)
    {
        var result = new JsonObject();
        foreach (var (place, identifier) in Identifiers(request).Index())
        {
            result[identifier!.GetValue<string>()] = new JsonObject { ["contact"] = new JsonObject { ["id"] = $"id-{place}" } };
        }

        return new JsonObject { ["result"] = result }.ToJsonString();
    }

    private static IEnumerable<JsonNode?> Identifiers(SentRequest request)
    {
        var body = JsonNode.Parse(request.Body)!;
        return (body["emails"] ?? body["identifiers"])!.AsArray();
    }
}
