using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Braze;

internal sealed class BrazeExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => BrazeConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("endpoint", "https://rest.iad-01.braze.com"), ("apiKey", "s3cret-key")],
        [("endpoint", "https://rest.fra-01.braze.eu/"), ("apiKey", "s3cret-key"), ("membership", "list"), ("bulk", "true"), ("appId", "app-1")],
    ];

    public override string ExternalId => "lapsed_loyal";

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(201, """{"message":"success"}""")(request);
}
