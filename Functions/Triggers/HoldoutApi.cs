using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/holdout</c>: the share of all profiles that no campaign sends to.</summary>
public sealed class HoldoutApi(HoldoutService holdout)
{
    private const string Path = "api/v1/holdout";

    [Function("get-holdout")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read the holdout", Answer = typeof(HoldoutView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? ApiResults.Problem(refusal) : Answer(await holdout.GetAsync(cancellationToken));

    [Function("put-holdout")]
    [RequiresRole(Role.Editor)]
    [Operation("Change the holdout", Body = typeof(HoldoutBody), IfMatch = true, Answer = typeof(HoldoutView))]
    public Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? RefuseAsync(refusal) : ApiRequest.IfMatch(request).Match(
            async ifMatch => (await (await ApiRequest.ReadJsonAsync(request, cancellationToken))
                .ThenAsync(body => holdout.PutAsync(body, ifMatch, cancellationToken))).Match(Answer, ApiResults.Problem),
            RefuseAsync);

    private static IResult Answer(HoldoutView view) => ApiResults.Ok(view, CampaignsJson.Default.HoldoutView, view.ETag);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
