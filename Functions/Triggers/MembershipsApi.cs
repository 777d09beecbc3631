using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Http;
using AudienceSync.Journeys;
using AudienceSync.Runs;
using AudienceSync.Segments;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/profiles/{id}/memberships</c>: why a person is in a segment, or at a destination, or is not.</summary>
public sealed class MembershipsApi(Memberships memberships)
{
    [Function("get-profile-memberships")]
    [RequiresRole(Role.Viewer)]
    [Operation("Find out why a person is where", Answer = typeof(MembershipsView), IsPaged = true)]
    [Parameter("segmentId", "This segment alone.")]
    [Parameter("destinationId", "This destination alone.")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = "api/v1/profiles/{id}/memberships")] HttpRequest request, string id, CancellationToken cancellationToken)
    {
        var read = await ApiRequest.ReadPage(request, "segmentId", "destinationId").ThenAsync(page => memberships.ReadAsync(
            ProfilesApi.Unescape(id),
            new(page, request.Query["segmentId"].FirstOrDefault(), request.Query["destinationId"].FirstOrDefault()),
            Caller.Of(request.HttpContext).SeesIdentifiers,
            cancellationToken));
        return read.Match(
            found => ApiResults.Ok(
                new MembershipsView(found.ProfileId, found.AsOf, found.Segments, found.Campaigns, found.Journeys, found.Destinations, found.Next is { } next ? ApiResults.NextLink(request, next) : null),
                MembershipsJson.Default.MembershipsView),
            ApiResults.Problem);
    }
}

internal sealed record MembershipsView(
    string ProfileId,
    DateTimeOffset AsOf,
    ImmutableArray<SegmentMembership> Segments,
    ImmutableArray<CampaignMembership> Campaigns,
    ImmutableArray<JourneyMembership> Journeys,
    ImmutableArray<DestinationMembership> Destinations,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? NextLink);

/// <summary>Traces are as deep as the rules with all that they refer to.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 1_000, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(MembershipsView))]
internal sealed partial class MembershipsJson : JsonSerializerContext;
