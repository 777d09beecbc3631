using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

internal sealed class ZapierHooksExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => ZapierHooks.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("hookUrl", "https://hooks.zapier.com/hooks/catch/123456/s3cret/")],
        [("hookUrl", "https://hooks.zapier.com/hooks/catch/123456/s3cret/"), ("exitHookUrl", "https://hooks.zapier.com/hooks/catch/123456/s3cret-exits/"), ("batchSize", "100")],
    ];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(200, """{"status":"success","id":"1"}""")(request);

    public override void CheckLimits(SentRequest request)
    {
        if (JsonDocument.Parse(request.Body).RootElement is { ValueKind: JsonValueKind.Array } list)
        {
            list.GetArrayLength().ShouldBeInRange(1, 100);
        }
    }
}
