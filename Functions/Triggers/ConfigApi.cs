using AudienceSync.Access;
using AudienceSync.Config;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/config</c>: the whole configuration as one document, to keep in a repository and to bring to another installation.</summary>
public sealed class ConfigApi(ConfigService config)
{
    private const string Path = "api/v1/config";

    /// <summary>Connections (without secrets), segments, destinations, campaigns, journeys and the holdout, by their keys.</summary>
    [Function("get-config")]
    [RequiresRole(Role.Admin)]
    [Operation("Export the configuration", Answer = typeof(ConfigView), ETag = true)]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var (view, etag) = await config.GetAsync(cancellationToken);
        return ApiResults.Ok(view, ConfigJson.Default.ConfigView, etag);
    }

    /// <summary>Makes the configuration what a document says, or with <c>plan=true</c> only tells what that would change. What the document does not name is deleted with <c>prune=true</c> alone.</summary>
    [Function("put-config")]
    [RequiresRole(Role.Admin)]
    [Operation("Plan or apply a document of configuration", Body = typeof(ConfigBody), MayMatch = true, Answer = typeof(ConfigPlan))]
    [Parameter("plan", "Only say what would change; false unless given.", Type = typeof(bool))]
    [Parameter("prune", "Also delete what the document does not name, of the kinds that it has lists of; false unless given.", Type = typeof(bool))]
    [Refuses("apply_stopped", "run_active")]
    public async Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        await ReadOptions(request).Match(
            async options => await ReadIfMatch(request).Match(
                async ifMatch => (await (await ApiRequest.ReadJsonAsync(request, cancellationToken))
                    .ThenAsync(body => config.PutAsync(body, options, ifMatch.Length == 0 ? null : ifMatch, cancellationToken))).Match(Answer, ApiResults.Problem),
                RefuseAsync),
            RefuseAsync);

    private static Result<ConfigPutOptions> ReadOptions(HttpRequest request)
    {
        if (ApiRequest.UnknownParameters(request, "plan", "prune") is { } refusal)
        {
            return refusal;
        }

        foreach (var name in (ReadOnlySpan<string>)["plan", "prune"])
        {
            if (request.Query[name].ToString() is not ("" or "true" or "false") and var other)
            {
                return QueryValues.Invalid(name, other, ["true", "false"]);
            }
        }

        return new ConfigPutOptions(request.Query["plan"] == "true", request.Query["prune"] == "true");
    }

    /// <summary>Optional here; empty when there is none.</summary>
    private static Result<string> ReadIfMatch(HttpRequest request) => request.Headers.IfMatch.Count == 0 ? "" : ApiRequest.IfMatch(request);

    private static IResult Answer(ConfigPlan plan) => ApiResults.Ok(plan, ConfigJson.Default.ConfigPlan, plan.ETag);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
