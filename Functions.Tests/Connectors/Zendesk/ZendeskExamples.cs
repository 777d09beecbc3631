using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Zendesk;

internal sealed class ZendeskExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => ZendeskConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("subdomain", "acme"), ("agentEmail", "agent@acme.example"), ("apiToken", "s3cret-token")],
        [("subdomain", "acme"), ("auth", "oauth"), ("clientId", "cdp"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"), ("membership", "field")],
    ];

    public override string ExternalId => "cdp_vip";

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(200, request.Url.AbsolutePath switch
    {
        "/oauth/tokens" => $$"""{"access_token":"{{Token}}","expires_in":3600}""",
        "/api/v2/users/create_or_update.json" or "/api/v2/users/me.json" => """{"user":{"id":101,"role":"admin","tags":[]}}""",
        "/api/v2/users/show_many.json" => $$"""{"users":[{{string.Join(',', Enumerable.Range(0, 100).Select(number => $$"""{"id":{{number + 1}},"external_id":"c-{{number}}","active":true}"""))}}]}""",
        "/api/v2/users/update_many.json" or "/api/v2/job_statuses/job-1.json" => """{"job_status":{"id":"job-1","status":"completed","results":[]}}""",
        _ => """{"tags":["cdp_vip"],"user_fields":[]}""",
    })(request);
}
