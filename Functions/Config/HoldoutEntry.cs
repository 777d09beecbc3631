using System.Text.Json.Nodes;

namespace AudienceSync.Config;

/// <summary>Writes the holdout of all campaigns.</summary>
internal static class HoldoutEntry
{
    public static async Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken)
    {
        // The share goes with every change; a salt that is left out stays.
        if (!fields.ContainsKey("percent"))
        {
            fields["percent"] = step.Before!.Document["percent"]!.DeepClone();
        }

        var written = await step.Run.Target.Holdout.PutAsync(ConfigNodes.ToElement(fields), step.Run.IfMatch(step.Before!.ETag), cancellationToken);
        return step.Take(written) is null ? null : "";
    }
}
