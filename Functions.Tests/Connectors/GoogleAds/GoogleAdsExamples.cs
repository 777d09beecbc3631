using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;
using AudienceSync.Values;

namespace AudienceSync.Connectors.GoogleAds;

internal sealed class GoogleAdsExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => GoogleAdsCustomerMatch.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings =>
    [
        [("customerId", "123-456-7890"), ("managerId", "999-456-7890"), ("clientId", "app-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"), ("adUserData", "granted")],
        [("customerId", "1234567890"), ("serviceAccountKey", ServiceAccountKeys.Json()), ("keyType", "MOBILE_ID"), ("appId", "com.example.app")],
        [("customerId", "1234567890"), ("managerId", "999-456-7890"), ("clientId", "app-1"), ("clientSecret", "s3cret-client"), ("refreshToken", "s3cret-refresh"), ("api", "googleAds"), ("developerToken", "s3cret-developer")],
    ];

    public override Row Member(int number)
    {
        var row = base.Member(number);
        row["regionCode"] = Cell.Of("US");
        row["postalCode"] = Cell.Of("94000");
        return row;
    }

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(
        200, $$$"""{"access_token":"{{{Token}}}","expires_in":3599,"requestId":"req-1","resourceName":"customers/1/offlineUserDataJobs/2","id":"800","userLists":[],"requestStatusPerDestination":[{"requestStatus":"SUCCESS"}]}""")(request);
}
