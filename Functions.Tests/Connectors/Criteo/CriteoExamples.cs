using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Criteo;

internal sealed class CriteoExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => CriteoAudiences.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("clientId", "app-1"), ("clientSecret", "s3cret-client"), ("advertiserId", "77")],
        [("clientId", "app-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"), ("advertiserId", "77"), ("emailForm", "sha256")],
    ];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200, $$$"""{"access_token":"{{{Token}}}","expires_in":900,"data":[{"id":"77"}],"errors":[],"warnings":[]}""")(request);
}
