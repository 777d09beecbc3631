using AudienceSync.Access;
using AudienceSync.Erasures;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/erasures</c>: who was erased names nobody; what each destination answered stands here.</summary>
public sealed class ErasuresApi(ErasureService erasures)
{
    internal const string Path = "api/v1/erasures";

    [Function("list-erasures")]
    [RequiresRole(Role.Viewer)]
    [Operation("List erasures", Page = typeof(ErasureView))]
    [Parameter("status", "Erasures in one of these states.", Type = typeof(ErasureStatus), Many = true)]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "status");
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return read.Match(_ => Results.Empty, ApiResults.Problem);
        }

        List<Fault> faults = [];
        var statuses = QueryWords.Read<ErasureStatus>(request.Query, "status", faults);
        return faults.Count > 0
            ? ApiResults.Problem(QueryWords.Invalid(faults))
            : ApiResults.Page(request, await erasures.ListAsync(statuses, page, cancellationToken), ErasuresJson.Default.ErasureView);
    }

    [Function("get-erasure")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read an erasure", Answer = typeof(ErasureView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await erasures.GetAsync(id, cancellationToken)).Match(
                erasure => ApiResults.Ok(erasure, ErasuresJson.Default.ErasureView, erasure.ETag), ApiResults.Problem);

    /// <summary>Erases a person by profile id, whether there is a profile or not; the id goes in the body, and so into no log of addresses.</summary>
    [Function("create-erasure")]
    [RequiresRole(Role.Admin)]
    [Operation("Erase a person", Body = typeof(ErasureBody), Status = 202, Answer = typeof(ErasureView))]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } refusal)
        {
            return ApiResults.Problem(refusal);
        }

        var read = await ApiRequest.ReadAsync(request, ErasuresJson.Default.NewErasure, cancellationToken);
        return (await read.ThenAsync(wanted => erasures.EraseAsync(wanted, cancellationToken))).Match(
            erasure => ApiResults.Accepted($"/{Path}/{erasure.Id}", erasure, ErasuresJson.Default.ErasureView), ApiResults.Problem);
    }
}
