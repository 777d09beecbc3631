using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.CampaignMonitor;

internal sealed class CampaignMonitorExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => CampaignMonitorConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
        [[("apiKey", "s3cret-key"), ("clientId", "0123456789abcdef0123456789abcdef")], [("refreshToken", "s3cret-refresh")]];

    public override HttpResponseMessage Answer(SentRequest request) => request.Url.AbsolutePath is "/oauth/token" ? base.Answer(request)
        : ScriptedOutbound.Answer(201, request.Url.AbsolutePath.EndsWith("/import.json", StringComparison.Ordinal) ? """{"FailureDetails":[]}""" : "\"list1\"")(request);
}
