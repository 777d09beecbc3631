using System.Text.Json;
using System.Text.Json.Serialization;

namespace AudienceSync.Destinations;

/// <summary>Where a destination's members come from: a closed family. Only a segment may be changed for another segment.</summary>
[JsonConverter(typeof(DestinationSourceConverter))]
public abstract record DestinationSource
{
    private DestinationSource()
    {
    }

    /// <summary>The members of a segment.</summary>
    public sealed record OfSegment(string SegmentId) : DestinationSource;

    /// <summary>The members of one group of a campaign's sub-audience.</summary>
    public sealed record OfGroup(string CampaignId, string SubAudienceId, string GroupId) : DestinationSource;

    /// <summary>Those who entered a step of a journey.</summary>
    public sealed record OfStep(string JourneyId, string StepKey) : DestinationSource;

    /// <summary>The rows of a query on a connection: one a member, whose id is the value of <paramref name="KeyColumn"/>.</summary>
    public sealed record OfQuery(string ConnectionId, string Query, string KeyColumn) : DestinationSource;

    /// <summary>Whether something else than its own settings has a say in when it runs: a campaign or a journey.</summary>
    [JsonIgnore]
    public bool IsOwned => this is OfGroup or OfStep;

    /// <summary>As JSON spells it: the same for the same source.</summary>
    public string ToText() => JsonSerializer.Serialize(this, DestinationJson.Default.DestinationSource);
}
