using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>A campaign as answers show it, with its destinations and how their runs go.</summary>
/// <param name="LaunchedAt">Null until its launch is over.</param>
public sealed record CampaignView(
    string Id,
    string Key,
    string Name,
    string Description,
    string SegmentId,
    ImmutableArray<string> Exclusions,
    CampaignAssignment Assignment,
    bool Enabled,
    CampaignStatus Status,
    CampaignSchedule Schedule,
    string Salt,
    DateTimeOffset? LaunchedAt,
    ImmutableArray<SubAudienceView> SubAudiences,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    [property: JsonPropertyName("etag")] string ETag) : IListed;

[JsonConverter(typeof(CamelCaseEnumConverter<CampaignStatus>))]
public enum CampaignStatus
{
    /// <summary>Not enabled yet.</summary>
    Draft,

    /// <summary>Enabled; its launch is to come.</summary>
    Scheduled,

    /// <summary>Enabled and launched.</summary>
    Active,

    /// <summary>Disabled after its launch.</summary>
    Paused,

    /// <summary>To run once, and each of its destinations has.</summary>
    Finished,
}

/// <param name="Position">From 0.</param>
/// <param name="Rules">Null for everyone.</param>
/// <param name="ETag">The campaign's, in answers of routes of their own.</param>
public sealed record SubAudienceView(
    string Id,
    string Name,
    int Position,
    RuleNode? Rules,
    ImmutableArray<CampaignGroupView> Groups,
    [property: JsonPropertyName("etag"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ETag = null);

/// <param name="Share">Percent.</param>
public sealed record CampaignGroupView(string Id, string Name, GroupRole Role, decimal Share, BucketsView Buckets, ImmutableArray<DestinationView> Destinations);

/// <summary>Buckets from <paramref name="From"/> to below <paramref name="To"/>.</summary>
public sealed record BucketsView(int From, int To);

/// <param name="Percent">Of all profiles.</param>
public sealed record HoldoutView(decimal Percent, string Salt, BucketsView Buckets, [property: JsonPropertyName("etag")] string ETag);

/// <summary>Runs that remove whom the deleted destinations had added.</summary>
public sealed record CleanUps([property: JsonPropertyName("cleanUps")] ImmutableArray<CleanUpStarted> Started);

/// <summary>JSON of campaigns: answers of the API and documents of the store. Rules with their references put in place may be far deeper than written ones.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, MaxDepth = 4 * SegmentResolver.MaxNodes, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(Campaign))]
[JsonSerializable(typeof(CampaignView))]
[JsonSerializable(typeof(SubAudienceView))]
[JsonSerializable(typeof(CountedAllocation))]
[JsonSerializable(typeof(ResolvedCampaign))]
[JsonSerializable(typeof(CampaignAllocation))]
[JsonSerializable(typeof(Holdout))]
[JsonSerializable(typeof(HoldoutView))]
[JsonSerializable(typeof(CleanUps))]
internal sealed partial class CampaignsJson : JsonSerializerContext;
