using System.Text.Json;
using AudienceSync.Access;
using AudienceSync.Erasures;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Suppressions;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/suppressions</c>: who is sent to nobody.</summary>
public sealed class SuppressionsApi(SuppressionList list, SuppressionIntake intake, ErasureService erasures)
{
    private const string Path = "api/v1/suppressions";

    [Function("list-suppressions")]
    [RequiresRole(Role.Viewer)]
    [Operation("List who is sent to nobody", Page = typeof(SuppressionEntry))]
    [Parameter("type", "Entries made from this: `profileId`, or the name of an identifier.")]
    [Parameter("origin", "Entries that this put on the list.", Type = typeof(SuppressionOrigin), Many = true)]
    [Parameter("erasureId", "The entries of this erasure.")]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request, "type", "origin", "erasureId");
        if (read is not Result<PageRequest>.Ok(var page))
        {
            return Problem(read);
        }

        var filter = SuppressionQueries.ReadFilter(request.Query);
        return filter is Result<SuppressionFilter>.Ok(var wanted)
            ? ApiResults.Page(request, await list.ListAsync(wanted, page, cancellationToken), SuppressionsJson.Default.SuppressionEntry)
            : Problem(filter);
    }

    /// <summary>One entry: 201 when it is new, else 200. A batch: 207.</summary>
    [Function("create-suppressions")]
    [RequiresRole(Role.Editor)]
    [Operation("Suppress one person or several", Body = typeof(SuppressionsBody), Status = 201, Answer = typeof(SuppressionEntry))]
    [AlsoAnswers(200, typeof(SuppressionEntry), When = "It was on the list already.")]
    [AlsoAnswers(207, typeof(SuppressionBatchAnswer), When = "Of a batch: what became of each entry.")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(request, cancellationToken);
        if (read is not Result<JsonElement>.Ok(var body))
        {
            return Problem(read);
        }

        if (SuppressionIntake.IsBatch(body))
        {
            return (await intake.AddManyAsync(body, cancellationToken)).Match(
                answer => ApiResults.MultiStatus(answer, SuppressionsJson.Default.SuppressionBatchAnswer), ApiResults.Problem);
        }

        return (await intake.AddAsync(body, cancellationToken)).Match(
            added => added.IsNew
                ? ApiResults.Created($"/{Path}/{added.Entry.Id}", added.Entry, SuppressionsJson.Default.SuppressionEntry, added.Entry.ETag)
                : Answer(added.Entry),
            ApiResults.Problem);
    }

    /// <summary>The entry of a value: the list itself names nobody.</summary>
    [Function("look-up-suppression")]
    [RequiresRole(Role.Editor)]
    [Operation("Find the entry of a value", Body = typeof(SuppressionSubjectBody), Answer = typeof(SuppressionEntry))]
    [Refuses("not_found")]
    public async Task<IResult> LookUpAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path + "/lookup")] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = await ReadAsync(request, cancellationToken);
        return read is Result<JsonElement>.Ok(var body)
            ? (await intake.LookUpAsync(body, cancellationToken)).Match(Answer, ApiResults.Problem)
            : Problem(read);
    }

    [Function("get-suppression")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read an entry", Answer = typeof(SuppressionEntry))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? ApiResults.Problem(refusal)
        : await list.FindAsync(id, cancellationToken) is { } entry ? Answer(entry)
        : ApiResults.Problem(Refusal.NotFound("suppression", id));

    /// <summary><c>If-Match</c> is heeded where it is sent. The tombstone of an erasure that is under way stays.</summary>
    [Function("delete-suppression")]
    [RequiresRole(Role.Editor)]
    [Operation("Take an entry off the list", MayMatch = true)]
    [Refuses("tombstone", "erasure_open")]
    public async Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Path + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } unknown)
        {
            return ApiResults.Problem(unknown);
        }

        string? ifMatch = null;
        if (request.Headers.IfMatch.Count > 0)
        {
            var read = ApiRequest.IfMatch(request);
            if (read is not Result<string>.Ok(var etag))
            {
                return Problem(read);
            }

            ifMatch = etag;
        }

        var mayLift = Caller.Of(request.HttpContext).Is(Role.Admin);
        if (mayLift && await list.FindAsync(id, cancellationToken) is { ErasureId: { } erasureId } && await erasures.IsOpenAsync(erasureId, cancellationToken))
        {
            return ApiResults.Problem(Refusal.Conflict(
                "erasure_open", "The erasure is under way", $"{erasureId} is not completed: its tombstone keeps runs from bringing the person back until every destination has answered."));
        }

        return await list.RemoveAsync(id, ifMatch, mayLift, cancellationToken) is { } refusal ? ApiResults.Problem(refusal) : ApiResults.NoContent();
    }

    private static async Task<Result<JsonElement>> ReadAsync(HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? refusal : await ApiRequest.ReadJsonAsync(request, cancellationToken);

    private static IResult Answer(SuppressionEntry entry) => ApiResults.Ok(entry, SuppressionsJson.Default.SuppressionEntry, entry.ETag);

    private static IResult Problem<T>(Result<T> read) => read.Match(_ => Results.Empty, ApiResults.Problem);
}
