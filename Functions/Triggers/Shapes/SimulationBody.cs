using System.ComponentModel.DataAnnotations;
using AudienceSync.Campaigns;

namespace AudienceSync.Triggers.Shapes;

/// <summary>How much of a campaign to simulate: all of it may be left out.</summary>
internal sealed record SimulationBody
{
    /// <summary>Of each group; 10 unless given.</summary>
    [Range(1, CampaignSimulator.MaxProfiles)]
    public int? Profiles { get; init; }

    /// <summary>The moment that dates are compared with; now unless given.</summary>
    public DateTimeOffset? AsOf { get; init; }
}
