using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.LinkedIn;

internal sealed class LinkedInExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => LinkedInAudiences.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
        [[("adAccountId", "500000001"), ("clientId", "app-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh")]];

    public override HttpResponseMessage Answer(SentRequest request) => request.Url.AbsolutePath.EndsWith("/users", StringComparison.Ordinal)
        ? ScriptedOutbound.Answer(200)(request)
        : ScriptedOutbound.Answer(200, $$"""{"access_token":"{{Token}}","expires_in":5184000,"id":"person1","role":"CAMPAIGN_MANAGER","elements":[]}""", ("x-restli-id", "900"))(request);
}
