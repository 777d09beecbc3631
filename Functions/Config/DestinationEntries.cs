using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>Writes destinations that stand for themselves.</summary>
internal static class DestinationEntries
{
    private static readonly string[] SourceFields = ["segmentId", "connectionId", "query", "keyColumn"];

    public static async Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken)
    {
        var destinations = step.Run.Target.Destinations;
        if (step.Before is not { } before)
        {
            return step.Take(await destinations.CreateAsync(ConfigNodes.ToElement(fields), cancellationToken))?.Id;
        }

        if (fields["source"] is JsonObject source)
        {
            // A segment takes the place of a query, and the other way round.
            foreach (var name in SourceFields.Where(name => !source.ContainsKey(name)))
            {
                source[name] = null;
            }
        }

        return step.Take(await destinations.PatchAsync(
            before.Id, ConfigNodes.ToElement(fields), step.Run.IfMatch(before.ETag), mayEdit: true, cancellationToken))?.Id;
    }
}
