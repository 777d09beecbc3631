using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.AzureBlob;

internal sealed class AzureBlobExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => AzureBlobConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("account", "exampleacct"), ("container", "drop"), ("accountKey", "czNjcmV0LWFjY291bnQta2V5")],
        [("account", "exampleacct"), ("container", "drop"), ("sasToken", "sv=2022&sp=racwdl&sig=s3cret%2Bsas")],
        [("account", "exampleacct"), ("container", "drop"), ("tenantId", "t"), ("clientId", "c"), ("clientSecret", "s3cret-client")],
    ];

    public override HttpResponseMessage Answer(SentRequest request)
    {
        var answer = base.Answer(request);
        answer.Headers.Add("x-ms-copy-status", "success");
        return answer;
    }
}
