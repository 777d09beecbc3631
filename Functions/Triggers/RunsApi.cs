using AudienceSync.Access;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/runs</c>: starts runs, shows them, stops them, decides on held ones.</summary>
public sealed class RunsApi(RunService runs, RunRows rows)
{
    private const string Route = "api/v1/runs";
    private const string Operations = "api/v1/operations";

    /// <summary>How often a poller should look.</summary>
    private static readonly TimeSpan PollEvery = TimeSpan.FromSeconds(2);

    [Function("start-run")]
    [RequiresRole(Role.Operator)]
    [Operation("Sync now", Body = typeof(RunBody), BodyIsOptional = true, Status = 202, Answer = typeof(RunView))]
    [Refuses("run_active", "disabled", "deleting", "not_launched")]
    public async Task<IResult> StartAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "api/v1/destinations/{id}/runs")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var read = await RunBodies.ReadStartAsync(request, cancellationToken);
        return read is Result<RunRequest>.Ok(var body)
            ? (await runs.StartAsync(id, body, cancellationToken)).Match(Accepted, ApiResults.Problem)
            : Problem(read);
    }

    [Function("list-runs")]
    [RequiresRole(Role.Viewer)]
    [Operation("List runs", Page = typeof(RunView))]
    [Parameter("status", "Runs in one of these states.", Type = typeof(RunStatus), Many = true)]
    [Parameter("destinationId", "Runs of this destination.")]
    [Parameter("startedAfter", "Runs that started after this moment.", Type = typeof(DateTimeOffset))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "status", "destinationId", "startedAfter");
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return Problem(read);
        }

        var filter = RunBodies.ReadFilter(request.Query);
        return filter is Result<RunFilter>.Ok(var wanted)
            ? ApiResults.Page(request, await runs.ListAsync(wanted.DestinationId, wanted.Statuses, wanted.StartedAfter, page, cancellationToken), RunsApiJson.Default.RunView)
            : Problem(filter);
    }

    [Function("get-run")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a run", Answer = typeof(RunView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await runs.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>The poll contract: 202 until the run is over, then 200.</summary>
    [Function("get-operation")]
    [RequiresRole(Role.Viewer)]
    [Operation("Poll a run until it is over", Answer = typeof(RunView))]
    [AlsoAnswers(202, typeof(RunView), When = "It is still under way: ask again after `Retry-After`.")]
    public async Task<IResult> GetOperationAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Operations + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await runs.GetAsync(id, cancellationToken)).Match(run => run.IsFinished ? Answer(run) : Accepted(run), ApiResults.Problem);

    [Function("cancel-run")]
    [RequiresRole(Role.Operator)]
    [Operation("Cancel a run", Status = 202, Answer = typeof(RunView))]
    [Refuses("already_finished")]
    public async Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/cancel")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await runs.CancelAsync(id, cancellationToken)).Match(Accepted, ApiResults.Problem);

    [Function("retry-run")]
    [RequiresRole(Role.Operator)]
    [Operation("Retry the rows of a run that failed", Status = 202, Answer = typeof(RunView))]
    [Refuses("nothing_to_retry", "run_active", "disabled", "deleting", "not_launched")]
    public async Task<IResult> RetryAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/retry")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await runs.RetryAsync(id, cancellationToken)).Match(Accepted, ApiResults.Problem);

    [Function("decide-run")]
    [RequiresRole(Role.Operator)]
    [Operation("Decide on a held run", Body = typeof(ApprovalBody), Status = 202, Answer = typeof(RunView))]
    [Refuses("not_held")]
    public async Task<IResult> DecideAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/approval")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var read = await RunBodies.ReadApprovalAsync(request, cancellationToken);
        return read is Result<ApprovalAction>.Ok(var action)
            ? (await runs.DecideAsync(id, action, cancellationToken)).Match(Accepted, ApiResults.Problem)
            : Problem(read);
    }

    /// <summary>JSON in pages; all rows as CSV where <c>Accept</c> names text/csv.</summary>
    [Function("list-run-rows")]
    [RequiresRole(Role.Viewer)]
    [Operation("List the rows of a run", Page = typeof(RunRowView))]
    [AlsoAnswers(200, File = "text/csv", When = "With `Accept: text/csv`: all rows.")]
    [Parameter("outcome", "Rows that came to one of these.", Values = new[] { "delivered", "rejected", "carriedOver", "pending" }, Many = true)]
    [Parameter("operation", "Rows of this operation.", Type = typeof(DeliveryOperation))]
    [Parameter("profileId", "Rows of this profile.")]
    [Parameter("code", "Rows with this code.")]
    public async Task<IResult> ListRowsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}/rows")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "outcome", "operation", "profileId", "code");
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return Problem(read);
        }

        var filter = RunBodies.ReadRowFilter(request.Query);
        if (RunBodies.WantsCsv(request))
        {
            return await CsvAsync(id, filter, cancellationToken);
        }

        return filter is Result<RunRowFilter>.Ok(var wanted)
            ? (await rows.ListAsync(id, wanted, page, cancellationToken)).Match(
                found => ApiResults.Page(request, found, RunsApiJson.Default.RunRowView), ApiResults.Problem)
            : Problem(filter);
    }

    /// <summary>All rows in one file, formula-injection safe.</summary>
    [Function("export-run-rows")]
    [RequiresRole(Role.Viewer)]
    [Operation("Export the rows of a run", File = "text/csv")]
    [Parameter("outcome", "Rows that came to one of these.", Values = new[] { "delivered", "rejected", "carriedOver", "pending" }, Many = true)]
    [Parameter("operation", "Rows of this operation.", Type = typeof(DeliveryOperation))]
    [Parameter("profileId", "Rows of this profile.")]
    [Parameter("code", "Rows with this code.")]
    public Task<IResult> ExportRowsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}/rows.csv")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request, "outcome", "operation", "profileId", "code") is { } refusal
            ? Task.FromResult(ApiResults.Problem(refusal))
            : CsvAsync(id, RunBodies.ReadRowFilter(request.Query), cancellationToken);

    private async Task<IResult> CsvAsync(string id, Result<RunRowFilter> filter, CancellationToken cancellationToken) =>
        (await filter.ThenAsync(wanted => rows.StreamAsync(id, wanted, cancellationToken))).Match(
            found => ApiResults.Csv($"{id}-rows.csv", ["profileId", "operation", "outcome", "code", "detail", "attempts"], found.Select(RunBodies.CellsOf)),
            ApiResults.Problem);

    private static IResult Answer(RunView run) => ApiResults.Ok(run, RunsApiJson.Default.RunView, run.ETag);

    private static IResult Accepted(RunView run) => ApiResults.Accepted($"/{Operations}/{run.Id}", run, RunsApiJson.Default.RunView, PollEvery);

    private static IResult Problem<T>(Result<T> read) => read.Match(_ => Results.Empty, ApiResults.Problem);
}
