using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Journeys;
using AudienceSync.Triggers.Shapes;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/journeys</c>: steps that send whoever enters them to destinations.</summary>
public sealed class JourneysApi(JourneyService journeys, EntryService entries)
{
    private const string Path = "api/v1/journeys";

    [Function("list-journeys")]
    [RequiresRole(Role.Viewer)]
    [Operation("List journeys", Page = typeof(JourneyView), IsNamed = true)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.ReadList(request).Match(
            async query => ApiResults.Page(request, await journeys.ListAsync(query, cancellationToken), JourneysJson.Default.JourneyView), RefuseAsync);

    [Function("create-journey")]
    [RequiresRole(Role.Editor)]
    [Operation("Create a journey", Body = typeof(JourneyBody), Status = 201, Answer = typeof(JourneyView))]
    [Refuses("key_taken", "busy")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => journeys.CreateAsync(body, cancellationToken))).Match(
                view => ApiResults.Created($"/{Path}/{view.Id}", view, JourneysJson.Default.JourneyView, view.ETag), ApiResults.Problem);

    [Function("get-journey")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a journey", Answer = typeof(JourneyView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await journeys.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>An operator may change <c>enabled</c> alone; <c>remote</c> is for the destinations of steps that go.</summary>
    [Function("patch-journey")]
    [RequiresRole(Role.Operator)]
    [Operation("Change a journey", Body = typeof(JourneyPatchBody), IfMatch = true, Answer = typeof(JourneyView))]
    [Parameter("remote", "What becomes of the members of destinations that go: `leave` (unless given) leaves them on their lists; `cleanUp` first removes whom these added.", Values = new[] { "leave", "cleanUp" })]
    [Refuses("forbidden", "key_taken", "run_active", "busy")]
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
    [Operation("Delete a journey and its destinations", IfMatch = true)]
    [AlsoAnswers(202, typeof(CleanUps), When = "With `remote=cleanUp`: the runs that remove members have started; the first is in `Location`.")]
    [Parameter("remote", "What becomes of the members of destinations that go: `leave` (unless given) leaves them on their lists; `cleanUp` first removes whom these added.", Values = new[] { "leave", "cleanUp" })]
    [Refuses("run_active", "busy")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                async ifMatch => (await journeys.DeleteAsync(id, ifMatch, remote, cancellationToken)).Match(started => CampaignsApi.Deleted(new(started)), ApiResults.Problem), RefuseAsync),
            RefuseAsync);

    /// <summary>207 with what became of each id.</summary>
    [Function("create-journey-entries")]
    [RequiresRole(Role.Operator)]
    [Operation("Tell who entered a step", Body = typeof(EntriesBody), Status = 207, Answer = typeof(EntriesAnswer))]
    [Refuses("journey_disabled", "step_disconnected", "rule_invalid")]
    public async Task<IResult> EnterAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/{{id}}/steps/{{key}}/entries")] HttpRequest request, string id, string key,
        CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => entries.EnterAsync(id, key, body, cancellationToken))).Match(
                answer => Entered(request, answer), ApiResults.Problem);

    private static IResult Entered(HttpRequest request, EntriesAnswer answer)
    {
        request.AnswersAboutMany();
        return ApiResults.MultiStatus(answer, EntriesJson.Default.EntriesAnswer);
    }

    private static IResult Answer(JourneyView view) => ApiResults.Ok(view, JourneysJson.Default.JourneyView, view.ETag);

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
