using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Shopify;

internal sealed class ShopifyExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => ShopifyConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("shop", "acme.myshopify.com"), ("accessToken", "s3cret-token")],
        [("shop", "acme.myshopify.com"), ("clientId", "app-1"), ("clientSecret", "s3cret-app"), ("createCustomers", "true")],
    ];

    public override string ExternalId => "vip";

    public override Row Member(int number)
    {
        var row = base.Member(number);
        row["id"] = default;
        return row;
    }

    public override HttpResponseMessage Answer(SentRequest request) => request.Url.AbsolutePath is "/admin/oauth/access_token" ? base.Answer(request)
        : ScriptedOutbound.Answer(200, $"{{\"data\":{{{string.Join(',', Enumerable.Range(0, 25).Select(number => $"\"c{number}\":{{\"id\":\"gid://shopify/Customer/{number}\",\"userErrors\":[]}}"))}}}}}")(request);

    public override void CheckLimits(SentRequest request) => (request.Text.Split("tagsAdd").Length + request.Text.Split("tagsRemove").Length - 2).ShouldBeLessThanOrEqualTo(100);
}
