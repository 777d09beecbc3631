using System.Text.Json;
using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Segments;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/segments</c>: rules over profiles, whom they hold for, and what uses them.</summary>
public sealed class SegmentsApi(SegmentService segments, SegmentLists lists, SegmentEstimator estimator, SegmentOverlaps overlaps)
{
    private const string Route = "api/v1/segments";

    [Function("list-segments")]
    [RequiresRole(Role.Viewer)]
    [Operation("List segments", Page = typeof(SegmentView), IsNamed = true)]
    [Parameter("status", "Segments in one of these states.", Type = typeof(SegmentStatus), Many = true)]
    [Parameter("visibility", "Segments that may, or may not, be the source of destinations.", Type = typeof(SegmentVisibility), Many = true)]
    public async Task<IResult> ListAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadList(request, "status", "visibility");
        if (read is not Result<ListQuery>.Ok(var query))
        {
            return Problem(read);
        }

        List<Fault> faults = [];
        var filter = new SegmentFilter(
            [.. QueryFilters.Choices<SegmentStatus>(request.Query, "status", faults)],
            [.. QueryFilters.Choices<SegmentVisibility>(request.Query, "visibility", faults)]);
        return faults.Count > 0
            ? ApiResults.Problem(QueryFilters.Invalid(faults))
            : ApiResults.Page(request, await lists.ListAsync(query, filter, cancellationToken), SegmentsJson.Default.SegmentView);
    }

    [Function("create-segment")]
    [RequiresRole(Role.Editor)]
    [Operation("Create a segment", Body = typeof(SegmentBody), Status = 201, Answer = typeof(SegmentView))]
    [Refuses("key_taken")]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route)] HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(request, cancellationToken);
        return body is Result<JsonElement>.Ok(var json)
            ? (await segments.CreateAsync(json, cancellationToken)).Match(
                view => ApiResults.Created($"/{Route}/{view.Id}", view, SegmentsJson.Default.SegmentView, view.ETag), ApiResults.Problem)
            : Problem(body);
    }

    [Function("get-segment")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read a segment", Answer = typeof(SegmentView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await segments.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    [Function("patch-segment")]
    [RequiresRole(Role.Editor)]
    [Operation("Change a segment", Body = typeof(SegmentBody), IfMatch = true, Answer = typeof(SegmentView))]
    [Refuses("segment_locked", "segment_in_use")]
    public async Task<IResult> PatchAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "patch", Route = Route + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var ifMatch = ReadIfMatch(request);
        if (ifMatch is not Result<string>.Ok(var etag))
        {
            return Problem(ifMatch);
        }

        var patch = await ApiRequest.ReadMergePatchAsync(request, cancellationToken);
        return patch is Result<JsonElement>.Ok(var json)
            ? (await segments.PatchAsync(id, json, etag, cancellationToken)).Match(Answer, ApiResults.Problem)
            : Problem(patch);
    }

    [Function("delete-segment")]
    [RequiresRole(Role.Editor)]
    [Operation("Delete a segment", IfMatch = true)]
    [Refuses("segment_in_use")]
    public async Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route + "/{id}")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var ifMatch = ReadIfMatch(request);
        return ifMatch is Result<string>.Ok(var etag)
            ? await segments.DeleteAsync(id, etag, cancellationToken) is { } refusal ? ApiResults.Problem(refusal) : ApiResults.NoContent()
            : Problem(ifMatch);
    }

    [Function("list-segment-references")]
    [RequiresRole(Role.Viewer)]
    [Operation("List what uses a segment", Page = typeof(SegmentUser), IsWhole = true)]
    public async Task<IResult> ReferencesAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}/references")] HttpRequest request,
        string id,
        CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await segments.ReferencesAsync(id, cancellationToken)).Match(
                users => ApiResults.Page(request, new ListPage<SegmentUser>(users, Next: null), SegmentsJson.Default.SegmentUser), ApiResults.Problem);

    [Function("list-segment-members")]
    [RequiresRole(Role.Viewer)]
    [Operation("List the members of a segment", Page = typeof(SegmentMember))]
    [Refuses("rule_invalid")]
    public async Task<IResult> MembersAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/{id}/members")] HttpRequest request,
        string id,
        CancellationToken cancellationToken)
    {
        var read = ApiRequest.ReadPage(request);
        return read is Result<PageRequest>.Ok(var page)
            ? (await estimator.MembersAsync(id, page, SeesIdentifiers(request), cancellationToken)).Match(
                members => ApiResults.Page(request, members, SegmentsJson.Default.SegmentMember), ApiResults.Problem)
            : Problem(read);
    }

    [Function("estimate-segment")]
    [RequiresRole(Role.Viewer)]
    [Operation("Count whom a rule holds for", Body = typeof(EstimateBody), Answer = typeof(SegmentEstimate))]
    [Refuses("rule_invalid")]
    public async Task<IResult> EstimateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/estimate")] HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(request, cancellationToken);
        return body is Result<JsonElement>.Ok(var json)
            ? (await estimator.EstimateAsync(json, cancellationToken)).Match(Answer, ApiResults.Problem)
            : Problem(body);
    }

    [Function("preview-segment")]
    [RequiresRole(Role.Viewer)]
    [Operation("Count and show whom a rule holds for", Body = typeof(EstimateBody), Answer = typeof(SegmentEstimate))]
    [Refuses("rule_invalid")]
    public async Task<IResult> PreviewAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/preview")] HttpRequest request, CancellationToken cancellationToken)
    {
        request.AnswersAboutMany();
        var body = await ReadAsync(request, cancellationToken);
        return body is Result<JsonElement>.Ok(var json)
            ? (await estimator.PreviewAsync(json, SeesIdentifiers(request), cancellationToken)).Match(Answer, ApiResults.Problem)
            : Problem(body);
    }

    /// <summary>Two to five segments compared: every region, every pair.</summary>
    [Function("compare-segments")]
    [RequiresRole(Role.Viewer)]
    [Operation("Compare segments", Body = typeof(OverlapBody), Answer = typeof(SegmentOverlap))]
    public async Task<IResult> OverlapAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/overlap")] HttpRequest request, CancellationToken cancellationToken)
    {
        var body = await ReadAsync(request, cancellationToken);
        return body is Result<JsonElement>.Ok(var json)
            ? (await overlaps.ReadAsync(json, cancellationToken)).Match(
                overlap => ApiResults.Ok(overlap, SegmentsJson.Default.SegmentOverlap), ApiResults.Problem)
            : Problem(body);
    }

    private static async Task<Result<JsonElement>> ReadAsync(HttpRequest request, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? refusal : await ApiRequest.ReadJsonAsync(request, cancellationToken);

    private static Result<string> ReadIfMatch(HttpRequest request) =>
        ApiRequest.UnknownParameters(request) is { } refusal ? refusal : ApiRequest.IfMatch(request);

    private static bool SeesIdentifiers(HttpRequest request) => request.HttpContext.Features.Get<Caller>()?.SeesIdentifiers is true;

    private static IResult Answer(SegmentView view) => ApiResults.Ok(view, SegmentsJson.Default.SegmentView, view.ETag);

    private static IResult Answer(SegmentEstimate estimate) => ApiResults.Ok(estimate, SegmentsJson.Default.SegmentEstimate);

    private static IResult Problem<T>(Result<T> result) =>
        ApiResults.Problem(result is Result<T>.Refused(var refusal) ? refusal : throw new InvalidOperationException("The result is no refusal."));
}
