using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Iterable;

internal sealed class IterableExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => IterableConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("apiKey", "s3cret-key")],
        [("apiKey", "s3cret-key"), ("dataCenter", "eu"), ("projectType", "hybrid"), ("updateExistingOnly", "true")],
    ];

    public override HttpResponseMessage Answer(SentRequest request) =>
        ScriptedOutbound.Answer(200, """{"successCount":1,"failCount":0,"failedUpdates":{},"lists":[],"listId":1234}""")(request);
}
