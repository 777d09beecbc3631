using AudienceSync.Access;
using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/events</c> and <c>/runs/{id}/requests</c>: what was said to platforms, as far as it is kept.</summary>
public sealed class EventsApi(IDeliveryRecords records, RunRequests requests)
{
    private const string Path = "api/v1/events";

    /// <summary>Newest first, without the exchanges.</summary>
    [Function("list-events")]
    [RequiresRole(Role.Viewer)]
    [Operation("List calls to platforms", Page = typeof(EventView))]
    [Parameter("destinationId", "Calls of this destination.")]
    [Parameter("runId", "Calls of this run.")]
    [Parameter("outcome", "Calls that came to one of these.", Type = typeof(DeliveryVerdict), Many = true)]
    [Parameter("code", "Calls with this code.")]
    [Parameter("from", "Calls at or after this moment.", Type = typeof(DateTimeOffset))]
    [Parameter("to", "Calls before this moment.", Type = typeof(DateTimeOffset))]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "destinationId", "runId", "outcome", "code", "from", "to");
        var filter = EventQueries.ReadFilter(request.Query);
        return (read, filter) switch
        {
            (Result<PageRequest>.Refused(var refusal), _) => ApiResults.Problem(refusal),
            (_, Result<DeliveryRecordFilter>.Refused(var refusal)) => ApiResults.Problem(refusal),
            (Result<PageRequest>.Ok(var page), Result<DeliveryRecordFilter>.Ok(var wanted)) => ApiResults.Page(
                request, (await records.ListAsync(wanted, page, withExchanges: false, cancellationToken)).Select(EventView.Of), EventsJson.Default.EventView),
            _ => throw new InvalidOperationException("The family of results is closed."),
        };
    }

    /// <summary>What was received, what was mapped, each request with its answer, and what came of it.</summary>
    [Function("get-event")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a call to a platform", Answer = typeof(EventDetailView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = $"{Path}/{{id}}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? ApiResults.Problem(refusal)
        : await records.FindAsync(id, cancellationToken) is { } record ? ApiResults.Ok(EventDetailView.Of(record), EventsJson.Default.EventDetailView)
        : ApiResults.Problem(Refusal.NotFound("event", id));

    /// <summary>One item a request.</summary>
    [Function("list-run-requests")]
    [RequiresRole(Role.Viewer)]
    [Operation("List the requests of a run", Page = typeof(RunRequestView))]
    [Parameter("outcome", "Requests of calls that came to one of these.", Type = typeof(DeliveryVerdict), Many = true)]
    public async Task<IResult> ListRequestsAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/runs/{id}/requests")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "outcome");
        var outcomes = EventQueries.ReadOutcomes(request.Query);
        return (read, outcomes) switch
        {
            (Result<PageRequest>.Refused(var refusal), _) => ApiResults.Problem(refusal),
            (_, Result<IReadOnlyCollection<DeliveryVerdict>>.Refused(var refusal)) => ApiResults.Problem(refusal),
            (Result<PageRequest>.Ok(var page), Result<IReadOnlyCollection<DeliveryVerdict>>.Ok(var wanted)) =>
                (await requests.ListAsync(id, wanted, page, cancellationToken)).Match(
                    found => ApiResults.Page(request, found.Select(RunRequestView.Of), EventsJson.Default.RunRequestView), ApiResults.Problem),
            _ => throw new InvalidOperationException("The family of results is closed."),
        };
    }
}
