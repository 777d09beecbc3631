using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Segments;

namespace AudienceSync.Campaigns;

/// <summary>Makes sub-audiences and groups of requests, with every fault. Nothing is written.</summary>
public sealed class SubAudienceDrafts(SegmentService segments, OwnedDestinations destinations, TimeProvider time)
{
    /// <param name="pointer">Of the sub-audience in the request.</param>
    /// <returns>Null when there were faults.</returns>
    internal async Task<SubAudience?> NewAsync(SubAudienceInput input, string pointer, List<Fault> faults, CancellationToken cancellationToken)
    {
        var before = faults.Count;
        if (string.IsNullOrEmpty(input.Name) && !faults.Any(fault => fault.Pointer == $"{pointer}/name"))
        {
            faults.Add(new($"{pointer}/name", "required", "A sub-audience needs a name."));
        }

        var rules = await ReadRulesAsync(input, pointer, faults, cancellationToken);
        return faults.Count > before ? null : new(NewId.Create("sub", time), input.Name!, rules, []);
    }

    /// <summary>Null for everyone, and when there were faults.</summary>
    internal async Task<RuleNode?> ReadRulesAsync(SubAudienceInput input, string pointer, List<Fault> faults, CancellationToken cancellationToken) =>
        input.Rules is { } json ? (await segments.ReadRuleAsync(json, $"{pointer}/rules", faults, cancellationToken))?.Sent : null;

    /// <summary>The groups of a request: those that are there are known by id, or by name, and keep their ids.</summary>
    internal ImmutableArray<CampaignGroup> Groups(IReadOnlyList<GroupInput> inputs, SubAudience current, List<Fault> faults)
    {
        var rest = current.Groups.ToList();
        foreach (var input in inputs.Where(input => input.Id is not null && rest.TrueForAll(group => group.Id != input.Id)))
        {
            faults.Add(new($"{input.Pointer}/id", "unknown_group", $"'{current.Name}' has no group '{input.Id}'. Leave the id out to make a new one."));
        }

        foreach (var twin in inputs.Where(input => input.Id is not null).GroupBy(input => input.Id).SelectMany(same => same.Skip(1)))
        {
            faults.Add(new($"{twin.Pointer}/id", "duplicate_id", $"The group '{twin.Id}' stands here twice."));
        }

        // Ids first, so that a name that moved to another group takes nobody's place.
        var named = inputs.Select(input => input.Id).OfType<string>().ToHashSet(StringComparer.Ordinal);
        return
        [
            .. inputs.Select(input => new CampaignGroup(
                input.Id ?? rest.Find(group => group.Name == input.Name && !named.Contains(group.Id))?.Id ?? NewId.Create("grp", time),
                input.Name, input.Role, input.Share ?? 0)),
        ];
    }

    /// <summary>What becomes of the destinations of each group whose request lists them.</summary>
    internal async Task<ImmutableArray<OwnedPlan>> PlanAsync(
        Campaign campaign, SubAudience sub, IReadOnlyList<GroupInput> inputs, IReadOnlyList<Destination> owned, List<Fault> faults, CancellationToken cancellationToken)
    {
        var plans = ImmutableArray.CreateBuilder<OwnedPlan>();
        foreach (var (input, group) in inputs.Zip(sub.Groups))
        {
            if (input.Destinations is { } bodies && group.Role is GroupRole.Treatment)
            {
                var source = new DestinationSource.OfGroup(campaign.Id, sub.Id, group.Id);
                plans.Add(await destinations.PlanAsync(
                    source, CampaignSource.FactsOf(campaign, sub, group), bodies, owned.Where(destination => destination.Source == source),
                    $"{input.Pointer}/destinations", faults, cancellationToken));
            }
        }

        return plans.DrainToImmutable();
    }

    /// <summary>A whole sub-audience, with its groups and their destinations, as a new campaign takes it.</summary>
    internal async Task<(SubAudience Sub, IReadOnlyList<GroupInput> Groups)?> NewWithGroupsAsync(
        JsonElement json, string pointer, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (SubAudienceInput.Read(json, pointer, faults) is not { } input)
        {
            return null;
        }

        var sub = await NewAsync(input, pointer, faults, cancellationToken);
        var groups = input.Groups is { } items ? GroupInput.ReadAll(items, $"{pointer}/groups", faults) : [];
        return sub is null ? null : (sub with { Groups = Groups(groups, sub, faults) }, groups);
    }
}
