using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Access;
using AudienceSync.Campaigns;
using AudienceSync.Delivery;
using AudienceSync.Faults;
using AudienceSync.Http;
using AudienceSync.Triggers.Shapes;
using AudienceSync.Values;
using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;

namespace AudienceSync.Triggers;

/// <summary><c>/api/v1/campaigns/{id}/simulations</c>: what each group's destinations would get for a few profiles. Shows people's values unmasked, as the event tester does, and asks for its role.</summary>
public sealed class SimulationsApi(CampaignSimulator simulator)
{
    private const string Path = $"{CampaignsApi.Path}/{{id}}/simulations";

    [Function("create-simulation")]
    [RequiresRole(Role.Operator)]
    [Operation("Simulate a campaign", Body = typeof(SimulationBody), BodyIsOptional = true, Status = 202, Answer = typeof(SimulationStarted))]
    public async Task<IResult> CreateAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = Path)] HttpRequest request, string id, CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await (await ReadAsync(request, cancellationToken)).ThenAsync(body => simulator.RequestAsync(id, body, cancellationToken))).Match(
                asked => ApiResults.Accepted($"/{CampaignsApi.Path}/{id}/simulations/{asked.Id}", SimulationStarted.Of(asked), SimulationJson.Default.SimulationStarted), ApiResults.Problem);

    [Function("get-simulation")]
    [RequiresRole(Role.Operator)]
    [Operation("Read what a campaign would send", Answer = typeof(SimulationView))]
    [Refuses("rule_invalid")]
    public async Task<IResult> GetAsync(
        [HttpTrigger(AuthorizationLevel.Anonymous, "get", "head", Route = Path + "/{simulation}")] HttpRequest request, string id, string simulation,
        CancellationToken cancellationToken) =>
        ApiRequest.UnknownParameters(request) is { } refusal
            ? ApiResults.Problem(refusal)
            : (await simulator.RunAsync(id, simulation, cancellationToken)).Match(
                made => ApiResults.Ok(SimulationView.Of(made), SimulationJson.Default.SimulationView), ApiResults.Problem);

    /// <summary>The body may be left out.</summary>
    private static Task<Result<JsonElement>> ReadAsync(HttpRequest request, CancellationToken cancellationToken) =>
        request.ContentLength is 0 or null && !request.Headers.ContainsKey("Transfer-Encoding")
            ? Task.FromResult<Result<JsonElement>>(JsonElement.Parse("{}"))
            : ApiRequest.ReadJsonAsync(request, cancellationToken);
}

internal sealed record SimulationStarted(string Id, string CampaignId, string Status, int Profiles, DateTimeOffset AsOf)
{
    public static SimulationStarted Of(SimulationRequest request) => new(request.Id, request.CampaignId, "ready", request.Profiles, request.AsOf);
}

internal sealed record SimulationView(
    string Id, string CampaignId, string Status, int Profiles, DateTimeOffset AsOf, IReadOnlyList<SimulatedSubAudienceView> SubAudiences)
{
    public static SimulationView Of(CampaignSimulation simulation) => new(
        simulation.Request.Id, simulation.Request.CampaignId, "succeeded", simulation.Request.Profiles, simulation.Request.AsOf,
        [.. simulation.SubAudiences.Select(sub => new SimulatedSubAudienceView(sub.Id, sub.Name, [.. sub.Groups.Select(SimulatedGroupView.Of)]))]);
}

internal sealed record SimulatedSubAudienceView(string Id, string Name, IReadOnlyList<SimulatedGroupView> Groups);

internal sealed record SimulatedGroupView(
    string Id, string Name, GroupRole Role, IReadOnlyList<string> Profiles, IReadOnlyList<SimulatedDestinationView> Destinations)
{
    public static SimulatedGroupView Of(SimulatedGroup group) =>
        new(group.Id, group.Name, group.Role, group.Profiles, [.. group.Destinations.Select(SimulatedDestinationView.Of)]);
}

/// <param name="Stopped">Profiles that a gate keeps from it.</param>
/// <param name="Payloads">The requests, a file's contents as their body; redacted but for the people.</param>
/// <param name="Problem">Why there are none; absent otherwise.</param>
internal sealed record SimulatedDestinationView(
    string Id,
    string Name,
    IReadOnlyList<StoppedProfile> Stopped,
    IReadOnlyList<ExchangeRequestView> Payloads,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Problem)
{
    public static SimulatedDestinationView Of(SimulatedDestination destination) => destination.Delivery.Match<SimulatedDestinationView>(
        sent => new(destination.Id, destination.Name, [.. sent.Stopped], [.. sent.Exchanges.Select(exchange => ExchangeView.Of(exchange).Request)], null),
        refusal => new(destination.Id, destination.Name, [], [], refusal.Detail));
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(TimestampConverter)])]
[JsonSerializable(typeof(SimulationStarted))]
[JsonSerializable(typeof(SimulationView))]
internal sealed partial class SimulationJson : JsonSerializerContext;
