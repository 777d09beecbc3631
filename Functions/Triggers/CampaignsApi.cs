using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/campaigns</c>: segments cut into sub-audiences and groups, each with destinations of its own.</summary>
public sealed class CampaignsApi(CampaignService campaigns, CampaignAllocator allocator)
{
    internal const string Path = "api/v1/campaigns";

    [Function("list-campaigns")]
    [RequiresRole(Role.Viewer)]
    [Operation("List campaigns", Page = typeof(CampaignView), IsNamed = true)]
    [Parameter("status", "Campaigns in one of these states.", Type = typeof(CampaignStatus), Many = true)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.ReadList(request, "status").Match(
            async query =>
            {
                List<Fault> faults = [];
                var statuses = QueryFilters.Choices<CampaignStatus>(request.Query, "status", faults);
                return faults.Count > 0
                    ? ApiResults.Problem(QueryFilters.Invalid(faults))
                    : ApiResults.Page(request, await campaigns.ListAsync(query, statuses, cancellationToken), CampaignsJson.Default.CampaignView);
            },
            RefuseAsync);

    [Function("create-campaign")]
    [RequiresRole(Role.Editor)]
    [Operation("Create a campaign", Body = typeof(CampaignBody), Status = 201, Answer = typeof(CampaignView))]
    [Refuses("key_taken", "shares_not_100", "busy")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => campaigns.CreateAsync(body, cancellationToken))).Match(
                view => ApiResults.Created($"/{Path}/{view.Id}", view, CampaignsJson.Default.CampaignView, view.ETag), ApiResults.Problem);

    [Function("get-campaign")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a campaign", Answer = typeof(CampaignView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await campaigns.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>An operator may change <c>enabled</c> alone; the service sees to it.</summary>
    [Function("patch-campaign")]
    [RequiresRole(Role.Operator)]
    [Operation("Change a campaign", Body = typeof(CampaignSettings), IfMatch = true, Answer = typeof(CampaignView))]
    [Refuses("forbidden", "busy")]
    public Task<IResult> PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? RefuseAsync(refusal) : ApiRequest.IfMatch(request).Match(
            async ifMatch =>
            {
                var mayEdit = Caller.Of(request.HttpContext).Is(Role.Editor);
                return (await (await ApiRequest.ReadMergePatchAsync(request, cancellationToken))
                    .ThenAsync(patch => campaigns.PatchAsync(id, patch, ifMatch, mayEdit, cancellationToken))).Match(Answer, ApiResults.Problem);
            },
            RefuseAsync);

    /// <summary><c>remote=leave</c> (default) deletes its destinations at once; <c>cleanUp</c> first removes everyone they added.</summary>
    [Function("delete-campaign")]
    [RequiresRole(Role.Editor)]
    [Operation("Delete a campaign and its destinations", IfMatch = true)]
    [AlsoAnswers(202, typeof(CleanUps), When = "With `remote=cleanUp`: the runs that remove members have started; the first is in `Location`.")]
    [Parameter("remote", "What becomes of the members of destinations that go: `leave` (unless given) leaves them on their lists; `cleanUp` first removes whom these added.", Values = new[] { "leave", "cleanUp" })]
    [Refuses("run_active", "busy")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                async ifMatch => (await campaigns.DeleteAsync(id, ifMatch, remote, cancellationToken)).Match(Deleted, ApiResults.Problem), RefuseAsync),
            RefuseAsync);

    /// <summary>Counts over all profiles; <c>asOf</c> sets the clock of the rules.</summary>
    [Function("get-campaign-allocation")]
    [RequiresRole(Role.Viewer)]
    [Operation("Count how a campaign's audience is shared out", Answer = typeof(CampaignAllocation))]
    [Parameter("asOf", "The moment that dates are compared with; now unless given.", Type = typeof(DateTimeOffset))]
    [Refuses("rule_invalid")]
    public async Task<IResult> AllocationAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}/allocation")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request, "asOf") is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        List<Fault> faults = [];
        var asOf = QueryFilters.Moment(request.Query, "asOf", faults);
        return faults.Count > 0 ? ApiResults.Problem(QueryFilters.Invalid(faults)) : (await allocator.CountAsync(id, asOf, cancellationToken)).Match(
            allocation => ApiResults.Ok(allocation, CampaignsJson.Default.CampaignAllocation), ApiResults.Problem);
    }

    /// <summary>202 while runs remove members; else there is nothing left to tell.</summary>
    internal static IResult Deleted(CleanUps cleanUps) => cleanUps.Started is [var first, ..]
        ? ApiResults.Accepted($"/api/v1/operations/{first.Id}", cleanUps, CampaignsJson.Default.CleanUps)
        : ApiResults.NoContent();

    private static IResult Answer(CampaignView view) => ApiResults.Ok(view, CampaignsJson.Default.CampaignView, view.ETag);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
