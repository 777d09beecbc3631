using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Journeys;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/journeys</c>: steps that send whoever enters them to destinations.</summary>
public sealed class JourneysApi(JourneyService journeys, EntryService entries)
{
    private const string Path = "api/v1/journeys";

    [Function("list-journeys")]
    [RequiresRole(Role.Viewer)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.ReadList(request).Match(
            async query => ApiResults.Page(request, await journeys.ListAsync(query, cancellationToken), JourneysJson.Default.JourneyView), RefuseAsync);

    [Function("create-journey")]
    [RequiresRole(Role.Editor)]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => journeys.CreateAsync(body, cancellationToken))).Match(
                view => ApiResults.Created($"/{Path}/{view.Id}", view, JourneysJson.Default.JourneyView, view.ETag), ApiResults.Problem);

    [Function("get-journey")]
    [RequiresRole(Role.Viewer)]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await journeys.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>An operator may change <c>enabled</c> alone; <c>remote</c> is for the destinations of steps that go.</summary>
    [Function("patch-journey")]
    [RequiresRole(Role.Operator)]
    public Task<IResult> PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                async ifMatch =>
                {
                    var mayEdit = Caller.Of(request.HttpContext).Is(Role.Editor);
                    return (await (await ApiRequest.ReadMergePatchAsync(request, cancellationToken))
                        .ThenAsync(patch => journeys.PatchAsync(id, patch, ifMatch, mayEdit, remote, cancellationToken))).Match(Answer, ApiResults.Problem);
                },
                RefuseAsync),
            RefuseAsync);

    /// <summary><c>remote=leave</c> (default) deletes its destinations at once; <c>cleanUp</c> first removes everyone they added to lists.</summary>
    [Function("delete-journey")]
    [RequiresRole(Role.Editor)]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                async ifMatch => (await journeys.DeleteAsync(id, ifMatch, remote, cancellationToken)).Match(started => CampaignsApi.Deleted(new(started)), ApiResults.Problem), RefuseAsync),
            RefuseAsync);

    /// <summary>207 with what became of each id.</summary>
    [Function("create-journey-entries")]
    [RequiresRole(Role.Operator)]
    public async Task<IResult> EnterAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/{{id}}/steps/{{key}}/entries")] HttpRequest request, string id, string key,
        CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => entries.EnterAsync(id, key, body, cancellationToken))).Match(
                answer => ApiResults.MultiStatus(answer, EntriesJson.Default.EntriesAnswer), ApiResults.Problem);

    private static IResult Answer(JourneyView view) => ApiResults.Ok(view, JourneysJson.Default.JourneyView, view.ETag);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
