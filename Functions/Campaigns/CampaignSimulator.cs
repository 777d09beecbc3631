using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AudienceSync.Delivery;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Campaigns;

/// <summary>A dry run of a whole campaign for a few profiles of each group: the requests and files that each destination would get of them.</summary>
/// <remarks>Nothing of people is kept: the id of a simulation says what is asked for, and it is made whenever it is read.</remarks>
public sealed class CampaignSimulator(
    ICampaignStore store, CampaignResolver resolver, IHoldoutStore holdouts, OwnedDestinations destinations, DeliverySimulator deliveries,
    ProfilePages profiles, TimeProvider time)
{
    /// <summary>Most profiles of a group.</summary>
    public const int MaxProfiles = 100;

    private const int DefaultProfiles = 10;

    /// <summary>Takes <c>{"profiles":10,"asOf":"…"}</c>, both of which may be left out.</summary>
    public async Task<Result<SimulationRequest>> RequestAsync(string campaignId, JsonElement body, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(campaignId, cancellationToken) is null)
        {
            return CampaignEditor.NotFound(campaignId);
        }

        var faults = new List<Fault>();
        if (JsonFields.Open(body, "", faults) is not { } fields)
        {
            return Refusal.Invalid(faults);
        }

        var count = fields.Integer("profiles", 1, MaxProfiles) ?? DefaultProfiles;
        var asOf = time.GetUtcNow();
        if (fields.Text("asOf", 40) is { } text && !Timestamps.TryParse(text, out asOf))
        {
            fields.Refuse("asOf", "wrong_type", $"'{text}' is no RFC 3339 date-time such as \"2026-10-01T00:00:00Z\".");
        }

        fields.RefuseUnknown("a simulation");
        return faults.Count > 0 ? Refusal.Invalid(faults) : new SimulationRequest(campaignId, count, DateTimeOffset.FromUnixTimeMilliseconds(asOf.ToUnixTimeMilliseconds()));
    }

    public async Task<Result<CampaignSimulation>> RunAsync(string campaignId, string simulationId, CancellationToken cancellationToken)
    {
        if (await store.GetAsync(campaignId, cancellationToken) is not { } campaign)
        {
            return CampaignEditor.NotFound(campaignId);
        }

        return SimulationRequest.Parse(campaignId, simulationId) is { } request
            ? await (await resolver.ResolveAsync(campaign, cancellationToken))
                .ThenAsync<CampaignSimulation>(async resolved => await RunAsync(campaign, resolved, request, cancellationToken))
            : Refusal.NotFound("simulation", simulationId);
    }

    private async Task<CampaignSimulation> RunAsync(Campaign campaign, ResolvedCampaign resolved, SimulationRequest request, CancellationToken cancellationToken)
    {
        var chosen = await ChooseAsync(resolved, request, cancellationToken);
        var owned = await destinations.OfAsync(source => source is DestinationSource.OfGroup(var id, _, _) && id == campaign.Id, cancellationToken);
        var subAudiences = ImmutableArray.CreateBuilder<SimulatedSubAudience>();
        foreach (var sub in campaign.SubAudiences)
        {
            var groups = ImmutableArray.CreateBuilder<SimulatedGroup>();
            foreach (var group in sub.Groups)
            {
                var members = chosen[group.Id];
                var source = new DestinationSource.OfGroup(campaign.Id, sub.Id, group.Id);
                var sent = ImmutableArray.CreateBuilder<SimulatedDestination>();
                foreach (var destination in group.Role is GroupRole.Treatment ? owned.Where(destination => destination.Source == source) : [])
                {
                    sent.Add(new(destination.Id, destination.Name, await deliveries.SimulateAsync(destination, members, request.AsOf, cancellationToken)));
                }

                groups.Add(new(group.Id, group.Name, group.Role, [.. members], sent.DrainToImmutable()));
            }

            subAudiences.Add(new(sub.Id, sub.Name, groups.DrainToImmutable()));
        }

        return new(request, subAudiences.DrainToImmutable());
    }

    /// <summary>The first members of each group in the order of their keys, which is as good as any: whoever is held out is passed over.</summary>
    private async Task<Dictionary<string, List<string>>> ChooseAsync(ResolvedCampaign resolved, SimulationRequest request, CancellationToken cancellationToken)
    {
        var chosen = resolved.SubAudiences.SelectMany(sub => sub.Groups).ToDictionary(group => group.GroupId, _ => new List<string>(), StringComparer.Ordinal);
        var allocation = new CompiledAllocation(resolved, request.AsOf);
        var holdout = (await holdouts.ReadAsync(cancellationToken)).Rule is { } rule ? RuleCompiler.Compile(rule, request.AsOf) : null;
        await foreach (var page in profiles.ReadAsync(cancellationToken))
        {
            if (chosen.Values.All(members => members.Count == request.Profiles))
            {
                return chosen;
            }

            var ids = page.Find(ProfileColumns.Id)!;
            foreach (var group in allocation.Assign(page).SubAudiences.SelectMany(sub => sub.Groups))
            {
                var rows = holdout is null ? group.Rows : group.Rows.Except(holdout.Select(page, group.Rows));
                chosen[group.GroupId].AddRange(rows.ToArray().Take(request.Profiles - chosen[group.GroupId].Count).Select(row => ids[row].AsText()));
            }
        }

        return chosen;
    }
}

/// <param name="Profiles">Of each group, at most.</param>
/// <param name="AsOf">The clock of the rules, to the millisecond.</param>
public sealed record SimulationRequest(string CampaignId, int Profiles, DateTimeOffset AsOf)
{
    private const string Prefix = "sim_";

    /// <summary>Says all there is to it.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Profiles}_{AsOf.ToUnixTimeMilliseconds()}");

    /// <returns>Null for what is no id of ours.</returns>
    internal static SimulationRequest? Parse(string campaignId, string id) =>
        id.StartsWith(Prefix, StringComparison.Ordinal) && id[Prefix.Length..].Split('_') is [var count, var moment]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var profiles) && profiles is >= 1 and <= CampaignSimulator.MaxProfiles
        && long.TryParse(moment, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? new(campaignId, profiles, DateTimeOffset.FromUnixTimeMilliseconds(milliseconds))
            : null;
}

public sealed record CampaignSimulation(SimulationRequest Request, ImmutableArray<SimulatedSubAudience> SubAudiences);

public sealed record SimulatedSubAudience(string Id, string Name, ImmutableArray<SimulatedGroup> Groups);

/// <param name="Profiles">Whom the payloads are about.</param>
public sealed record SimulatedGroup(string Id, string Name, GroupRole Role, ImmutableArray<string> Profiles, ImmutableArray<SimulatedDestination> Destinations);

/// <param name="Delivery">Refused where the connection cannot be used.</param>
public sealed record SimulatedDestination(string Id, string Name, Result<SimulatedDelivery> Delivery);
