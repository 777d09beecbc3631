using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
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
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await runs.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary>The poll contract: 202 until the run is over, then 200.</summary>
    [Function("get-operation")]
    [RequiresRole(Role.Viewer)]
    public async Task<IResult> GetOperationAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Operations + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await runs.GetAsync(id, cancellationToken)).Match(run => run.IsFinished ? Answer(run) : Accepted(run), ApiResults.Problem);

    [Function("cancel-run")]
    [RequiresRole(Role.Operator)]
    public async Task<IResult> CancelAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/cancel")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await runs.CancelAsync(id, cancellationToken)).Match(Accepted, ApiResults.Problem);

    [Function("retry-run")]
    [RequiresRole(Role.Operator)]
    public async Task<IResult> RetryAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/{id}/retry")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        (await runs.RetryAsync(id, cancellationToken)).Match(Accepted, ApiResults.Problem);

    [Function("decide-run")]
    [RequiresRole(Role.Operator)]
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
