using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.TikTok;

internal sealed class TikTokExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => TikTokAudiences.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings => [[("accessToken", "s3cret-access-token"), ("advertiserId", "7000000000000000001")]];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200, """{"code":0,"message":"OK","request_id":"1","data":{"audience_id":"1700","list":[{"advertiser_id":"7000000000000000001"}],"page_info":{"total_page":1}}}""")(request);
}
