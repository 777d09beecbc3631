using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.GoogleCloudStorage;

internal sealed class GoogleCloudStorageExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => GoogleCloudStorageConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("bucket", "example-drop"), ("serviceAccountKey", ServiceAccountKeys.Json())],
        [("bucket", "example-drop"), ("hmacAccessId", "GOOG1EXAMPLE"), ("hmacSecret", "s3cret-hmac/key+"), ("userProject", "billed-1")],
    ];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200, $$"""{"access_token":"{{Token}}","expires_in":3599,"permissions":["storage.objects.create"]}""")(request);
}
