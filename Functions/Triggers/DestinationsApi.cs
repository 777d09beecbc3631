using AudienceSync.Access;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/destinations</c>: segments kept in step with lists, audiences and streams.</summary>
public sealed class DestinationsApi(DestinationService destinations, DestinationValidator validator, Sparklines sparklines)
{
    private const string Path = "api/v1/destinations";
    private const string LastRun = "lastRun";
    private const string Sparkline = "sparkline";
    private const string Include = "What to show: `sparkline`, how many members the last 20 runs found and left there; `lastRun`, which is there anyway.";

    /// <summary>Each with its last run, and with how its audience grew where <c>include=sparkline</c> asks for it.</summary>
    [Function("list-destinations")]
    [RequiresRole(Role.Viewer)]
    [Operation("List destinations", Page = typeof(DestinationView), IsNamed = true)]
    [Parameter("state", "Destinations in one of these states.", Type = typeof(DestinationCondition), Many = true)]
    [Parameter("segmentId", "Destinations of this segment.")]
    [Parameter("connectionId", "Destinations on this connection.")]
    [Parameter("enabled", "Destinations that are, or are not, enabled.", Type = typeof(bool))]
    [Parameter("include", Include, Values = new[] { LastRun, Sparkline }, Many = true)]
    public Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        if (UnknownInclude(request) is { } refusal)
        {
            return RefuseAsync(refusal);
        }

        List<Fault> faults = [];
        var filter = new DestinationFilter(
            QueryFilters.Choices<DestinationCondition>(request.Query, "state", faults),
            request.Query["segmentId"].FirstOrDefault(), request.Query["connectionId"].FirstOrDefault(), QueryFilters.Flag(request.Query, "enabled", faults));
        return ApiRequest.ReadList(request, "include", "state", "segmentId", "connectionId", "enabled").Match(
            async query => faults.Count > 0
                ? ApiResults.Problem(QueryFilters.Invalid(faults))
                : ApiResults.Page(request, await DrawAsync(request, await destinations.ListAsync(query, filter, cancellationToken), cancellationToken), DestinationJson.Default.DestinationView),
            RefuseAsync);
    }

    [Function("create-destination")]
    [RequiresRole(Role.Editor)]
    [Operation("Create a destination", Body = typeof(DestinationBody), Status = 201, Answer = typeof(DestinationView))]
    [Refuses("key_taken")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken) =>
        await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await destinations.CreateAsync(body, cancellationToken)).Match(
                view => ApiResults.Created($"/{Path}/{view.Id}", view, DestinationJson.Default.DestinationView, view.ETag), ApiResults.Problem),
            RefuseAsync);

    [Function("validate-destination")]
    [RequiresRole(Role.Viewer)]
    [Operation("Validate a destination that is not saved", Body = typeof(DestinationBody), Answer = typeof(DestinationIssues))]
    public async Task<IResult> ValidateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = $"{Path}/validate")] HttpRequest request, CancellationToken cancellationToken) =>
        await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).Match(
            async body => (await validator.ValidateAsync(body, Caller.Of(request.HttpContext).Is(Role.Editor), cancellationToken)).Match(
                issues => ApiResults.Ok(issues, DestinationJson.Default.DestinationIssues), ApiResults.Problem),
            RefuseAsync);

    [Function("get-destination")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a destination", Answer = typeof(DestinationView))]
    [Parameter("include", Include, Values = new[] { LastRun, Sparkline }, Many = true)]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (ApiRequest.UnknownParameters(request, "include") ?? UnknownInclude(request)) is { } refusal
            ? ApiResults.Problem(refusal)
            : await (await destinations.GetAsync(id, cancellationToken)).Match(
                async view => Answer(Includes(request).Contains(Sparkline, StringComparer.Ordinal) ? await sparklines.AddAsync(view, cancellationToken) : view), RefuseAsync);

    /// <summary>An operator may change <c>enabled</c> alone; the service sees to it.</summary>
    [Function("patch-destination")]
    [RequiresRole(Role.Operator)]
    [Operation("Change a destination", Body = typeof(DestinationBody), IfMatch = true, Answer = typeof(DestinationView))]
    [Refuses("forbidden", "deleting", "busy")]
    public Task<IResult> PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.IfMatch(request).Match(
            async ifMatch => await (await ApiRequest.ReadMergePatchAsync(request, cancellationToken)).Match(
                async patch => (await destinations.PatchAsync(id, patch, ifMatch, Caller.Of(request.HttpContext).Is(Role.Editor), cancellationToken))
                    .Match(Answer, ApiResults.Problem),
                RefuseAsync),
            RefuseAsync);

    /// <summary><c>remote=leave</c> (default) deletes at once; <c>cleanUp</c> first removes everyone the destination added.</summary>
    [Function("delete-destination")]
    [RequiresRole(Role.Editor)]
    [Operation("Delete a destination", IfMatch = true)]
    [AlsoAnswers(202, typeof(CleanUpStarted), When = "With `remote=cleanUp`: the run that removes everyone has started.")]
    [Parameter("remote", "`leave` (unless given) deletes at once; `cleanUp` first removes everyone the destination added.", Values = new[] { "leave", "cleanUp" })]
    [Refuses("deleting", "run_active", "busy")]
    public Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        RemoteParameter.Read(request).Match(
            remote => ApiRequest.IfMatch(request).Match(
                ifMatch => remote is RemoteMembers.Leave ? LeaveAsync(id, ifMatch, cancellationToken) : CleanUpAsync(id, ifMatch, cancellationToken), RefuseAsync),
            RefuseAsync);

    private async Task<IResult> LeaveAsync(string id, string ifMatch, CancellationToken cancellationToken) =>
        (await destinations.DeleteAsync(id, ifMatch, cancellationToken)).Match(_ => ApiResults.NoContent(), ApiResults.Problem);

    private async Task<IResult> CleanUpAsync(string id, string ifMatch, CancellationToken cancellationToken) =>
        (await destinations.CleanUpAsync(id, ifMatch, cancellationToken)).Match(
            started => ApiResults.Accepted($"/api/v1/operations/{started.Id}", started, DestinationJson.Default.CleanUpStarted), ApiResults.Problem);

    private static IResult Answer(DestinationView view) => ApiResults.Ok(view, DestinationJson.Default.DestinationView, view.ETag);

    private async Task<ListPage<DestinationView>> DrawAsync(HttpRequest request, ListPage<DestinationView> page, CancellationToken cancellationToken) =>
        Includes(request).Contains(Sparkline, StringComparer.Ordinal)
            ? page with { Items = await Task.WhenAll(page.Items.Select(view => sparklines.AddAsync(view, cancellationToken))) }
            : page;

    private static IEnumerable<string> Includes(HttpRequest request) =>
        request.Query["include"].SelectMany(value => (value ?? "").Split(',', StringSplitOptions.TrimEntries));

    private static Refusal? UnknownInclude(HttpRequest request) =>
        Includes(request).FirstOrDefault(name => name is not (LastRun or Sparkline)) is { } unknown ? QueryValues.Invalid("include", unknown, [LastRun, Sparkline]) : null;

    private static Task<IResult> RefuseAsync(Refusal refusal) => Task.FromResult(ApiResults.Problem(refusal));
}
