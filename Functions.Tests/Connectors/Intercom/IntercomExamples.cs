using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Intercom;

internal sealed class IntercomExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => IntercomConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("accessToken", "s3cret-token")],
        [("accessToken", "s3cret-token"), ("region", "eu"), ("membership", "attribute"), ("role", "lead"), ("apiVersion", "2.15")],
    ];

    public override string ExternalId => "105";

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200, request.Url.AbsolutePath.EndsWith("/search", StringComparison.Ordinal) ? $$"""{"data":[{{Found(request)}}]}""" : """{"id":"105","name":"lapsed_loyal","data":[]}""")(request);

    public override void CheckLimits(SentRequest request)
    {
        if (request.Url.AbsolutePath.EndsWith("/search", StringComparison.Ordinal))
        {
            Conditions(request).Count.ShouldBeLessThanOrEqualTo(15);
        }
    }

    /// <summary>Every other contact is known.</summary>
    private static string Found(SentRequest request) => string.Join(
        ',', Conditions(request).Where((_, place) => place % 2 == 0).Select(condition => $$"""{"id":"id-{{condition!["value"]}}","{{condition["field"]}}":"{{condition["value"]}}"}"""));

    private static JsonArray Conditions(SentRequest request) => JsonNode.Parse(request.Body)!["query"]!["value"]!.AsArray();
}
