using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors;

internal sealed class PurchaselyAudiencesExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => PurchaselyAudiences.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings => [[("appId", "app_1"), ("apiKey", "s3cret-key")]];

    public override HttpResponseMessage Answer(SentRequest request) =>
        ScriptedOutbound.Answer(200, """{"custom_audience":{"vendor_id":"lapsed_loyal","status":"ready","last_job_result":{"processed_count":1,"skipped_count":0,"error_count":0}}}""")(request);
}
