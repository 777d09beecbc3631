using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Mailchimp;

internal sealed class MailchimpExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => MailchimpConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("apiKey", "s3cret-us19"), ("listId", "a1b2c3")],
        [("accessToken", "s3cret-token"), ("dataCenter", "us6"), ("listId", "a1b2c3"), ("membership", "tag"), ("newStatus", "pending")],
    ];

    public override string ExternalId => "49381";

    public override HttpResponseMessage Answer(SentRequest request) =>
        ScriptedOutbound.Answer(200, """{"new_members":[],"updated_members":[],"errors":[],"segments":[],"id":49381}""")(request);
}
