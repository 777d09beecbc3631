using System.Collections.Immutable;
using System.Text.Json.Serialization;
using AudienceSync.Faults;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>A segment cut into sub-audiences and these into groups, each with destinations of its own.</summary>
/// <remarks>Who is in which group is a pure function of the rules, the salt and the profile's id: nothing is kept by member. The destinations are documents of their own.</remarks>
public sealed record Campaign : IListed
{
    /// <summary><c>cmp_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Unique, never changes.</summary>
    public required string Key { get; init; }

    public required string Name { get; init; }

    public required string Description { get; init; }

    /// <summary>Whose members take part.</summary>
    public required string SegmentId { get; init; }

    /// <summary>Segments whose members do not.</summary>
    public required ImmutableArray<string> Exclusions { get; init; }

    public required CampaignAssignment Assignment { get; init; }

    /// <summary>While it is not, none of its destinations runs.</summary>
    public required bool Enabled { get; init; }

    public required CampaignSchedule Schedule { get; init; }

    /// <summary>Sets this campaign's draw apart from others'. Fixed from the launch on.</summary>
    public required string Salt { get; init; }

    /// <summary>When it was, or as it stands will be, launched; null before it is enabled.</summary>
    public DateTimeOffset? LaunchesAt { get; init; }

    /// <summary>In the order that decides under <see cref="CampaignAssignment.FirstMatch"/>.</summary>
    public required ImmutableArray<SubAudience> SubAudiences { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Raised by each change, sub-audiences and groups included: the API's ETag.</summary>
    public required int Revision { get; init; }

    [JsonIgnore]
    public string ETag => $"\"{Revision}\"";

    /// <summary>Given by the store, which replaces no other version; not part of the document.</summary>
    [JsonIgnore]
    public string Version { get; init; } = "";

    public bool IsLaunched(DateTimeOffset now) => LaunchesAt <= now;

    public SubAudience? Find(string subAudienceId) => SubAudiences.FirstOrDefault(sub => sub.Id == subAudienceId);
}

/// <summary>A part of a campaign's audience.</summary>
/// <param name="Id"><c>sub_…</c></param>
/// <param name="Rules">Whom it holds, of the audience; null for everyone.</param>
/// <param name="Groups">In the order in which they share the buckets; none yet, or shares that make 100 percent.</param>
public sealed record SubAudience(string Id, string Name, RuleNode? Rules, ImmutableArray<CampaignGroup> Groups)
{
    /// <summary>The buckets of each group: one range behind the other, in the order of the groups.</summary>
    [JsonIgnore]
    public ImmutableArray<GroupRange> Ranges
    {
        get
        {
            var from = 0;
            return [.. Groups.Select(group => new GroupRange(group.Id, from, from += group.Share))];
        }
    }
}

/// <summary>A share of a sub-audience.</summary>
/// <param name="Id"><c>grp_…</c></param>
/// <param name="Share">In hundredths of a percent, so in buckets: 10,000 is everyone.</param>
public sealed record CampaignGroup(string Id, string Name, GroupRole Role, int Share);

/// <summary>The members whose bucket lies in [<paramref name="From"/>, <paramref name="To"/>).</summary>
public sealed record GroupRange(string GroupId, int From, int To);

[JsonConverter(typeof(CamelCaseEnumConverter<CampaignAssignment>))]
public enum CampaignAssignment
{
    /// <summary>Whoever several sub-audiences hold is in the first of them alone.</summary>
    FirstMatch,

    /// <summary>Whoever several sub-audiences hold is in all of them.</summary>
    AllMatches,
}

[JsonConverter(typeof(CamelCaseEnumConverter<GroupRole>))]
public enum GroupRole
{
    Treatment,

    /// <summary>Nothing is ever sent: what the others are compared with.</summary>
    Control,
}
