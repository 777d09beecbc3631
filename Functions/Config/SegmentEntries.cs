using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Config;

/// <summary>Writes segments. New rules of one that destinations follow are published as a draft is: between runs.</summary>
internal static class SegmentEntries
{
    private const string Rules = "rules";

    public static async Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken)
    {
        var segments = step.Run.Target.Segments;
        if (step.Before is not { } before)
        {
            return step.Take(await segments.CreateAsync(ConfigNodes.ToElement(fields), cancellationToken))?.Id;
        }

        var ifMatch = step.Run.IfMatch(before.ETag);
        var patched = await segments.PatchAsync(before.Id, ConfigNodes.ToElement(fields), ifMatch, cancellationToken);
        if (patched is not Result<SegmentView>.Refused({ Code: "segment_locked" }))
        {
            return step.Take(patched)?.Id;
        }

        var rules = fields[Rules]!;
        fields.Remove(Rules);
        if (fields.Count > 0)
        {
            if (step.Take(await segments.PatchAsync(before.Id, ConfigNodes.ToElement(fields), ifMatch, cancellationToken)) is not { } view)
            {
                return null;
            }

            ifMatch = step.Run.IfMatch(view.ETag);
        }

        return await PublishAsync(step, before, rules, ifMatch, cancellationToken);
    }

    /// <summary>A segment whose entry cannot be saved, so that what refers to it can be checked nonetheless. For rehearsals.</summary>
    public static async Task<string?> StandInAsync(ConfigRun run, ConfigEntry entry, CancellationToken cancellationToken)
    {
        var segment = new Segment
        {
            Id = $"seg_{entry.Key}",
            Key = entry.Key,
            Name = ConfigNodes.Text(entry.Json["name"]) ?? entry.Key,
            Description = "",
            Visibility = ConfigNodes.Text(entry.Json["visibility"]) == "private" ? SegmentVisibility.Private : SegmentVisibility.Shared,
            Rules = new RuleNode.Compare(ProfileColumns.Id, RuleOperator.Exists, RuleOperand.None.Value),
            CreatedAt = default,
            UpdatedAt = default,
        };
        return (await run.Target.SegmentStore.TryCreateAsync(segment, cancellationToken))?.Id;
    }

    private static async Task<string?> PublishAsync(ConfigStep step, ConfigResource before, JsonNode rules, string ifMatch, CancellationToken cancellationToken)
    {
        var drafts = step.Run.Target.Drafts;
        if (await drafts.GetAsync(before.Id, cancellationToken) is Result<SegmentDraftView>.Ok)
        {
            step.Refuse(Refusal.Conflict(
                "draft_exists", "The segment has a draft",
                $"Rules of '{before.Key}' wait in a draft that somebody made. Publish or delete it first: /api/v1/segments/{before.Id}/draft."));
            return null;
        }

        var body = ConfigNodes.ToElement(new JsonObject { [Rules] = rules.DeepClone() });
        if (step.Take(await drafts.PutAsync(before.Id, body, ifMatch, cancellationToken)) is not { } draft)
        {
            return null;
        }

        var published = step.Take(await drafts.PublishAsync(before.Id, draft.ETag, cancellationToken));
        if (published is null)
        {
            // Nobody asked for a draft: the same document makes it again.
            await drafts.DeleteAsync(before.Id, draft.ETag, cancellationToken);
        }

        return published?.Id;
    }
}
