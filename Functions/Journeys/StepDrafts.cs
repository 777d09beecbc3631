using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connections;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Segments;

namespace AudienceSync.Journeys;

/// <summary>Makes steps and their destinations of requests, with every fault. Nothing is written.</summary>
/// <remarks>A step needs a destination that is enabled, on a connection that is known to work: whoever enters while there is none would be sent nowhere, and nobody would notice.</remarks>
public sealed class StepDrafts(SegmentService segments, OwnedDestinations destinations, IConnectionStore connections, ConnectionChecks checks)
{
    /// <summary>The steps of a request: those that are there are known by key, or by name, and keep their keys. Of several with one name each stands for one, in their order.</summary>
    internal async Task<ImmutableArray<JourneyStep>> StepsAsync(
        IReadOnlyList<StepInput> inputs, ImmutableArray<JourneyStep> present, List<Fault> faults, CancellationToken cancellationToken)
    {
        // Keys first, so that a name that moved to another step takes nobody's place.
        var rest = present.Where(step => inputs.All(input => input.Key != step.Key)).ToList();
        var steps = ImmutableArray.CreateBuilder<JourneyStep>(inputs.Count);
        foreach (var input in inputs)
        {
            if (input.Key is { } given && present.All(step => step.Key != given))
            {
                faults.Add(new($"{input.Pointer}/key", "unknown_step", $"There is no step '{given}'. Leave the key out to make a new one: keys are made from names, and never change."));
            }

            if (input.EntrySegmentId is { Length: > 0 } segmentId)
            {
                await EntrySegment.CheckAsync(segments, segmentId, $"{input.Pointer}/entry/segmentId", faults, cancellationToken);
            }

            var namesake = input.Key is null ? rest.Find(step => step.Name == input.Name) : null;
            rest.RemoveAll(step => step == namesake);
            var key = input.Key ?? namesake?.Key ?? StepKeys.Create(input.Name ?? "");
            steps.Add(new(key, input.Name ?? "", input.EntrySegmentId));
        }

        return steps.DrainToImmutable();
    }

    /// <summary>What becomes of the destinations of each step whose request lists them.</summary>
    internal async Task<ImmutableArray<OwnedPlan>> PlanAsync(
        Journey journey, IReadOnlyList<StepInput> inputs, IReadOnlyList<Destination> owned, List<Fault> faults, CancellationToken cancellationToken)
    {
        var plans = ImmutableArray.CreateBuilder<OwnedPlan>();
        foreach (var (input, step) in inputs.Zip(journey.Steps))
        {
            var source = new DestinationSource.OfStep(journey.Id, step.Key);
            var present = owned.Where(destination => destination.Source == source && !destination.Deleting).ToList();
            if ((input.Destinations?.Count ?? present.Count) == 0)
            {
                faults.Add(new($"{input.Pointer}/destinations", "required", "A step needs at least one destination, enabled, on a connection that works."));
            }

            if (input.Destinations is not { } bodies)
            {
                continue;
            }

            var pointer = $"{input.Pointer}/destinations";
            CheckEnabled(journey, bodies, pointer, faults);
            var unconnected = await CheckConnectionsAsync(bodies, pointer, cancellationToken);
            plans.Add(await destinations.PlanAsync(source, JourneySource.FactsOf(journey, step), bodies, present, pointer, faults, cancellationToken));
            faults.AddRange(unconnected.Where(fault => !faults.Exists(told => told.Pointer == fault.Pointer)));
        }

        return plans.DrainToImmutable();
    }

    /// <summary>Of a disabled journey an answer that is sent back says "disabled" of every destination.</summary>
    private static void CheckEnabled(Journey journey, IReadOnlyList<JsonElement> bodies, string pointer, List<Fault> faults)
    {
        foreach (var (index, body) in bodies.Index())
        {
            if (journey.Enabled && body.ValueKind is JsonValueKind.Object && body.TryGetProperty("enabled", out var enabled) && enabled.ValueKind is JsonValueKind.False)
            {
                faults.Add(new($"{pointer}/{index}/enabled", "destination_disabled", "A step needs enabled destinations. Leave 'enabled' out, or take the destination out."));
            }
        }
    }

    private async Task<List<Fault>> CheckConnectionsAsync(IReadOnlyList<JsonElement> bodies, string pointer, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        foreach (var (index, body) in bodies.Index())
        {
            if (body.ValueKind is JsonValueKind.Object && body.TryGetProperty("connectionId", out var id) && id.ValueKind is JsonValueKind.String
                && await WhyNotConnectedAsync(id.GetString()!, cancellationToken) is { } reason)
            {
                faults.Add(new($"{pointer}/{index}/connectionId", "not_connected", reason));
            }
        }

        return faults;
    }

    /// <summary>What is not known to work is tried out. Null when it works.</summary>
    private async Task<string?> WhyNotConnectedAsync(string connectionId, CancellationToken cancellationToken)
    {
        if (await connections.GetAsync(connectionId, cancellationToken) is not { Status: not ConnectionStatus.Healthy } connection)
        {
            return null; // gone ones are a fault of their own
        }

        return (await checks.CheckAsync(connectionId, cancellationToken)).Match(
            check => check.Ok ? null
                : $"'{connection.Name}' does not work: {check.Steps.FirstOrDefault(step => !step.Ok) switch { { } failed => $"{failed.Name} failed. {failed.Detail}", _ => "its check failed." }} Mend it, and check it: POST /api/v1/connections/{connectionId}/checks.",
            refusal => $"'{connection.Name}' does not work: {refusal.Detail}");
    }
}
