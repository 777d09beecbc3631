using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Dotdigital;

internal sealed class DotdigitalExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => DotdigitalConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
        [[("userName", "apiuser-1@apiconnector.com"), ("password", "s3cret-password"), ("optInType", "single")]];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        request.Method is "GET" ? 200 : 202,
        request.Url.AbsolutePath is "/v2/address-books" ? """[{"id":4411,"name":"Lapsed loyal"}]""" : """{"importId":"job-1","id":"job-1","contactId":101,"status":"Finished"}""")(request);
}
