using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.AmazonS3;

internal sealed class AmazonS3Examples : ConnectorExamples
{
    public override ConnectorDefinition Connector => AmazonS3Connector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("bucket", "example-drop"), ("region", "eu-central-1"), ("accessKeyId", "AKIAEXAMPLE"), ("secretAccessKey", "s3cret/access+key")],
        [
            ("bucket", "example-drop"), ("region", "eu-central-1"), ("accessKeyId", "AKIAEXAMPLE"), ("secretAccessKey", "s3cret/access+key"),
            ("roleArn", "arn:aws:iam::123456789012:role/drop"), ("externalId", "dst_1"),
        ],
    ];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200,
        request.Url.Host.StartsWith("sts.", StringComparison.Ordinal)
            ? $"<AssumeRoleResponse><Credentials><AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s3cret-of-the-role</SecretAccessKey><SessionToken>{Token}</SessionToken></Credentials></AssumeRoleResponse>"
            : "")(request);
}
