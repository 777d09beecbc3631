using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/campaigns/{id}/sub-audiences</c> and their groups: parts of the campaign, changed under its ETag.</summary>
public sealed class SubAudiencesApi(SubAudienceService subAudiences)
{
    private const string Path = $"{CampaignsApi.Path}/{{id}}/sub-audiences";

    [Function("list-sub-audiences")]
    [RequiresRole(Role.Viewer)]
    [Operation("List the sub-audiences of a campaign", Page = typeof(SubAudienceView), IsWhole = true)]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await subAudiences.ListAsync(id, cancellationToken)).Match(
                all => ApiResults.Page(request, new ListPage<SubAudienceView>(all, Next: null), CampaignsJson.Default.SubAudienceView), ApiResults.Problem);

    /// <summary>If-Match may be left out: adding one overwrites nobody's change.</summary>
    [Function("create-sub-audience")]
    [RequiresRole(Role.Editor)]
    [Operation("Add a sub-audience to a campaign", Body = typeof(SubAudienceBody), MayMatch = true, Status = 201, Answer = typeof(SubAudienceView))]
    [Refuses("key_taken", "shares_not_100", "busy")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        string? ifMatch = null;
        if (request.Headers.IfMatch.Count > 0)
        {
            switch (ApiRequest.IfMatch(request))
            {
                case Result<string>.Ok(var given):
                    ifMatch = given;
                    break;
                case Result<string>.Refused(var wrong):
                    return ApiResults.Problem(wrong);
            }
        }

        return (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => subAudiences.AddAsync(id, body, ifMatch, cancellationToken))).Match(
            view => ApiResults.Created($"/{CampaignsApi.Path}/{id}/sub-audiences/{view.Id}", view, CampaignsJson.Default.SubAudienceView, view.ETag), ApiResults.Problem);
    }

    [Function("get-sub-audience")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a sub-audience", Answer = typeof(SubAudienceView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path + "/{sub}")] HttpRequest request, string id, string sub, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await subAudiences.GetAsync(id, sub, cancellationToken)).Match(Answer, ApiResults.Problem);

    [Function("patch-sub-audience")]
    [RequiresRole(Role.Editor)]
    [Operation("Change or move a sub-audience", Body = typeof(SubAudienceSettings), IfMatch = true, Answer = typeof(SubAudienceView))]
    [Refuses("busy")]
    public Task<IResult> PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Path + "/{sub}")] HttpRequest request, string id, string sub, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? RefuseAsync(refusal) : ApiRequest.IfMatch(request).Match(
            async ifMatch => (await (await ApiRequest.ReadMergePatchAsync(request, cancellationToken))
                .ThenAsync(patch => subAudiences.PatchAsync(id, sub, patch, ifMatch, cancellationToken))).Match(Answer, ApiResults.Problem),
            RefuseAsync);

    /// <summary><c>remote</c> as for a campaign.</summary>
    [Function("delete-sub-audience")]
    [RequiresRole(Role.Editor)]
    [Operation("Delete a sub-audience and its destinations", IfMatch = true)]
    [Parameter("remote", "What becomes of the members of destinations that go: `leave` (unless given) leaves them on their lists; `cleanUp` first removes whom these added.", Values = new[] { "leave", "cleanUp" })]
    [Refuses("run_active", "busy")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Path + "/{sub}")] HttpRequest request, string id, string sub, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                async ifMatch => (await subAudiences.DeleteAsync(id, sub, ifMatch, remote, cancellationToken)).Match(_ => ApiResults.NoContent(), ApiResults.Problem), RefuseAsync),
            RefuseAsync);

    /// <summary>Puts groups in the place of those there are; <c>remote</c> is for the destinations that go.</summary>
    [Function("put-groups")]
    [RequiresRole(Role.Editor)]
    [Operation("Replace the groups of a sub-audience", Body = typeof(CampaignGroupsBody), IfMatch = true, Answer = typeof(SubAudienceView))]
    [Parameter("remote", "What becomes of the members of destinations that go: `leave` (unless given) leaves them on their lists; `cleanUp` first removes whom these added.", Values = new[] { "leave", "cleanUp" })]
    [Refuses("key_taken", "shares_not_100", "run_active", "busy")]
    public Task<IResult> PutGroupsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Path + "/{sub}/groups")] HttpRequest request, string id, string sub, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                async ifMatch => (await (await ApiRequest.ReadJsonAsync(request, cancellationToken))
                    .ThenAsync(body => subAudiences.ReplaceGroupsAsync(id, sub, body, ifMatch, remote, cancellationToken))).Match(Answer, ApiResults.Problem),
                RefuseAsync),
            RefuseAsync);

    private static IResult Answer(SubAudienceView view) => ApiResults.Ok(view, CampaignsJson.Default.SubAudienceView, view.ETag);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
