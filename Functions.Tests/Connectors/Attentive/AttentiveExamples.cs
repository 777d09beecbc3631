using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Fakes;

namespace AudienceSync.Connectors.Attentive;

internal sealed class AttentiveExamples : ConnectorExamples
{
    public override ConnectorDefinition Connector => AttentiveConnector.Definition;

    public override ImmutableArray<ImmutableArray<(string Name, string Value)>> Settings => [[("apiKey", "s3cret-key")]];

    public override HttpResponseMessage Answer(SentRequest request) => ScriptedOutbound.Answer(request.Method is "GET" ? 200 : 202, request.Url.AbsolutePath switch
    {
        "/v2/bulk/job/job-1" => """{"bulkJobId":"job-1","status":"COMPLETED","url":"https://reports.example/job-1.jsonl"}""",
        "/job-1.jsonl" => """{"request":{},"response":{"status":200}}""",
        "/v2/segments" => """{"segments":[],"hasMore":false}""",
        _ => """{"message":"submitted","batchJobId":"job-1"}""",
    })(request);

    public override void CheckLimits(SentRequest request)
    {
        if (request.Url.AbsolutePath is "/v2/bulk/user/attributes")
        {
            JsonDocument.Parse(request.Body).RootElement.GetProperty("users").GetArrayLength().ShouldBeInRange(1, 256);
        }
    }
}
