using AudienceSync.Access;
using AudienceSync.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary>Whether the process lives, and whether it can work.</summary>
public sealed class HealthApi(Readiness readiness)
{
    [Function("health-live")]
    [Anonymous]
    [Operation("Ask whether the process answers", Answer = typeof(LivenessView))]
    public static IResult GetLive([HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/health/live")] HttpRequest request) =>
        ApiResults.Ok(new LivenessView("live"), HealthJson.Default.LivenessView);

    /// <summary>200 when everything the app needs answers, else 503, with what each check found.</summary>
    [Function("health-ready")]
    [RequiresRole(Role.Viewer, Role.Ingest)]
    [Operation("Ask whether the app can work", Answer = typeof(ReadinessReport))]
    [AlsoAnswers(503, typeof(ReadinessReport), When = "Something that the app needs does not answer.")]
    public async Task<IResult> GetReadyAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/health/ready")] HttpRequest request, CancellationToken cancellationToken)
    {
        var report = await readiness.CheckAsync(cancellationToken);
        return report.Status == Readiness.Ready
            ? ApiResults.Ok(report, HealthJson.Default.ReadinessReport)
            : ApiResults.Unavailable(report, HealthJson.Default.ReadinessReport);
    }
}
