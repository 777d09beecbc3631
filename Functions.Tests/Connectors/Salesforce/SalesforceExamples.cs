using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Salesforce;

internal sealed class SalesforceExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => SalesforceConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("loginHost", "acme.my.salesforce.com"), ("clientId", "app-1"), ("clientSecret", "s3cret-app"), ("externalIdField", "CDP_Id__c")],
        [("loginHost", "login.salesforce.com"), ("grant", "refresh_token"), ("clientId", "app-1"), ("clientSecret", "s3cret-app"), ("refreshToken", "s3cret-refresh"), ("object", "Lead")],
    ];

    public override string ExternalId => "701000000000001AAA";

    public override Row Member(int number)
    {
        var row = base.Member(number);
        row[SalesforcePeople.RecordId.Field] = default;
        return row;
    }

    public override HttpResponseMessage Answer(SentRequest request) => request.Url.AbsolutePath switch
    {
        "/services/oauth2/token" => ScriptedOutbound.Answer(200, $$"""{"access_token":"{{Token}}","instance_url":"https://acme.my.salesforce.com"}""")(request),
        _ when request.Url.AbsolutePath.EndsWith("/query", StringComparison.Ordinal) => ScriptedOutbound.Answer(200, """{"done":true,"records":[]}""")(request),
        _ when request.Method is "POST" or "PATCH" && request.Url.AbsolutePath.Contains("composite", StringComparison.Ordinal) => ScriptedOutbound.Answer(200, Records(request))(request),
        _ => ScriptedOutbound.Answer(200, """{"id":"701000000000001AAA","success":true}""")(request),
    };

    public override void CheckLimits(SentRequest request)
    {
        (request.Url.AbsoluteUri.Length + request.Headers.Sum(header => header.Key.Length + header.Value.Length + 4)).ShouldBeLessThan(16 * 1024);
        if (request.Url.AbsolutePath.Contains("composite", StringComparison.Ordinal) && request.Body.Length > 0)
        {
            JsonDocument.Parse(request.Body).RootElement.GetProperty("records").GetArrayLength().ShouldBeInRange(1, 200);
        }
    }

    private static string Records(SentRequest request) => $"[{string.Join(',', Enumerable.Range(0, JsonDocument.Parse(request.Body).RootElement.GetProperty("records").GetArrayLength())
        .Select(number => $$"""{"id":"003{{number:D12}}AAA","success":true,"errors":[]}"""))}]";
}
