using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Runs;
using AudienceSync.Segments;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/segments/{id}/draft</c>: new rules, staged while destinations follow the present ones, published between runs.</summary>
public sealed class SegmentDraftsApi(SegmentDrafts drafts, DraftImpacts impacts)
{
    private const string Route = "api/v1/segments/{id}/draft";

    [Function("get-segment-draft")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read the draft of a segment", Answer = typeof(SegmentDraftView))]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await drafts.GetAsync(id, cancellationToken)).Match(Answer, ApiResults.Problem);

    /// <summary><c>If-Match</c> holds the draft's ETag; where there is no draft yet, the segment's. <c>If-None-Match: *</c> makes one only where there is none.</summary>
    [Function("put-segment-draft")]
    [RequiresRole(Role.Editor)]
    [Operation("Stage new rules of a segment", Body = typeof(SegmentDraftBody), MayMatch = true, Answer = typeof(SegmentDraftView))]
    [Refuses("if_match_required")]
    public async Task<IResult> PutAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "put", Route = Route)] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } unknown)
        {
            return ApiResults.Problem(unknown);
        }

        string? ifMatch = null;
        if (request.Headers.IfNoneMatch.ToString().Trim() != "*")
        {
            switch (ApiRequest.IfMatch(request))
            {
                case Result<string>.Refused(var refusal):
                    return ApiResults.Problem(refusal);
                case Result<string>.Ok(var tags):
                    ifMatch = tags;
                    break;
            }
        }

        return (await (await ApiRequest.ReadJsonAsync(request, cancellationToken)).ThenAsync(body => drafts.PutAsync(id, body, ifMatch, cancellationToken)))
            .Match(Answer, ApiResults.Problem);
    }

    [Function("delete-segment-draft")]
    [RequiresRole(Role.Editor)]
    [Operation("Drop the draft of a segment", IfMatch = true)]
    public async Task<IResult> DeleteAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "delete", Route = Route)] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } unknown)
        {
            return ApiResults.Problem(unknown);
        }

        return await ApiRequest.IfMatch(request).Match(
            async ifMatch => await drafts.DeleteAsync(id, ifMatch, cancellationToken) is { } refusal ? ApiResults.Problem(refusal) : ApiResults.NoContent(),
            refusal => Task.FromResult(ApiResults.Problem(refusal)));
    }

    /// <summary>Who would enter and leave, by destination; <c>{"asOf"}</c> is all that a body may hold, and it may be left out.</summary>
    [Function("compute-segment-draft-impact")]
    [RequiresRole(Role.Viewer)]
    [Operation("Count whom a draft would add and remove", Body = typeof(MomentBody), BodyIsOptional = true, Answer = typeof(DraftImpact))]
    [Refuses("rule_invalid")]
    public async Task<IResult> ImpactAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/impact")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } unknown)
        {
            return ApiResults.Problem(unknown);
        }

        request.AnswersAboutMany();
        var body = await ApiRequest.ReadOptionalAsync(request, DraftImpactJson.Default.DraftImpactBody, new DraftImpactBody(), cancellationToken);
        return (await body.ThenAsync(wanted => impacts.ReadAsync(id, wanted.AsOf, SeesIdentifiers(request), cancellationToken))).Match(Answer, ApiResults.Problem);
    }

    /// <summary>The same for who rather asks with GET.</summary>
    [Function("get-segment-draft-impact")]
    [RequiresRole(Role.Viewer)]
    [Operation("Read whom a draft would add and remove", Answer = typeof(DraftImpact))]
    [Parameter("asOf", "The moment that dates are compared with; now unless given.", Type = typeof(DateTimeOffset))]
    [Refuses("rule_invalid")]
    public async Task<IResult> GetImpactAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Route + "/impact")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request, "asOf") is { } unknown)
        {
            return ApiResults.Problem(unknown);
        }

        List<Fault> faults = [];
        var asOf = QueryFilters.Moment(request.Query, "asOf", faults);
        return faults.Count > 0
            ? ApiResults.Problem(QueryFilters.Invalid(faults))
            : (await impacts.ReadAsync(id, asOf, SeesIdentifiers(request), cancellationToken)).Match(Answer, ApiResults.Problem);
    }

    /// <summary>Answers the segment as it is then. <c>If-Match</c> may hold the draft's or the segment's ETag.</summary>
    [Function("publish-segment-draft")]
    [RequiresRole(Role.Editor)]
    [Operation("Publish the draft of a segment", MayMatch = true, Answer = typeof(SegmentView))]
    [Refuses("draft_stale", "run_active", "rule_invalid")]
    public async Task<IResult> PublishAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Route + "/publish")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        if (ApiRequest.UnknownParameters(request) is { } unknown)
        {
            return ApiResults.Problem(unknown);
        }

        var ifMatch = request.Headers.IfMatch.Count == 0 ? null : ApiRequest.IfMatch(request);
        return ifMatch is Result<string>.Refused(var refusal)
            ? ApiResults.Problem(refusal)
            : (await drafts.PublishAsync(id, (ifMatch as Result<string>.Ok)?.Value, cancellationToken)).Match(
                view => ApiResults.Ok(view, SegmentsJson.Default.SegmentView, view.ETag), ApiResults.Problem);
    }

    private static bool SeesIdentifiers(HttpRequest request) => Caller.Of(request.HttpContext).SeesIdentifiers;

    private static IResult Answer(DraftImpact impact) => ApiResults.Ok(impact, DraftImpactJson.Default.DraftImpact);

    private static IResult Answer(SegmentDraftView view) => ApiResults.Ok(view, SegmentsJson.Default.SegmentDraftView, view.ETag);
}

/// <param name="AsOf">The clock of the rules; null for now.</param>
internal sealed record DraftImpactBody(DateTimeOffset? AsOf = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(DraftImpactBody))]
[JsonSerializable(typeof(DraftImpact))]
internal sealed partial class DraftImpactJson : JsonSerializerContext;
