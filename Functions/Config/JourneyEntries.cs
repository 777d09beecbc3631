using System.Text.Json.Nodes;
using AudienceSync.Destinations;

namespace AudienceSync.Config;

/// <summary>Writes journeys with their steps and the destinations of these.</summary>
internal static class JourneyEntries
{
    private const string Steps = "steps";

    public static async Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken)
    {
        var target = step.Run.Target;
        if (step.Before is not { } before)
        {
            return step.Take(await target.Journeys.CreateAsync(ConfigNodes.ToElement(fields), cancellationToken))?.Id;
        }

        if (fields[Steps] is JsonArray wanted && await target.JourneyStore.GetAsync(before.Id, cancellationToken) is { } journey)
        {
            foreach (var (index, match) in OwnedLists.Match(before.Document[Steps]!.AsArray(), wanted).Index())
            {
                if (match is { } at && at < journey.Steps.Length && wanted[index] is JsonObject fieldsOfStep && !fieldsOfStep.ContainsKey("key"))
                {
                    fieldsOfStep["key"] = journey.Steps[at].Key;
                }
            }
        }

        var id = step.Take(await target.Journeys.PatchAsync(
            before.Id, ConfigNodes.ToElement(fields), step.Run.IfMatch(before.ETag), mayEdit: true, RemoteMembers.Leave, cancellationToken))?.Id;
        await OwnedLists.SwitchOffAsync(step, fields[Steps], cancellationToken);
        return step.Cause is null ? id : null;
    }
}
