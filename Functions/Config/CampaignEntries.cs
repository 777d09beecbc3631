using System.Globalization;
using System.Text.Json.Nodes;
using AudienceSync.Campaigns;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>Writes campaigns: the campaign itself, and its sub-audiences and groups by their own routes.</summary>
internal static class CampaignEntries
{
    private const string SubAudiences = "subAudiences";
    private const string Groups = "groups";
    private const string LaunchAt = "launchAt";

    public static async Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken)
    {
        if (step.Before is not { } before)
        {
            return step.Take(await step.Run.Target.Campaigns.CreateAsync(ConfigNodes.ToElement(fields), cancellationToken))?.Id;
        }

        var wanted = fields[SubAudiences];
        fields.Remove(SubAudiences);
        if (fields["schedule"] is JsonObject schedule)
        {
            Complete(schedule);
        }

        var campaign = await step.Run.Target.CampaignStore.GetAsync(before.Id, cancellationToken);
        if (campaign is null)
        {
            step.Refuse(CampaignEditor.NotFound(before.Id));
            return null;
        }

        var writer = new Writer(step, before, campaign);

        // What is to be launched is complete first; what is to be stopped is stopped first.
        var isLaunch = fields["enabled"] is JsonValue value && value.TryGetValue<bool>(out var enabled) && enabled;
        await (isLaunch ? writer.WriteSubAudiencesAsync(wanted, cancellationToken) : writer.PatchAsync(fields, cancellationToken));
        await (isLaunch ? writer.PatchAsync(fields, cancellationToken) : writer.WriteSubAudiencesAsync(wanted, cancellationToken));
        await OwnedLists.SwitchOffAsync(step, wanted, cancellationToken);
        return step.Cause is null ? before.Id : null;
    }

    /// <summary>A schedule is replaced whole, where a patch would leave what it does not name: a launch alone runs once, and one without a launch has none.</summary>
    private static void Complete(JsonObject schedule)
    {
        if (schedule[LaunchAt] is not null && !schedule.Any(member => member.Key is "type" or "once" or "intervalMinutes" or "cron"))
        {
            schedule["type"] = "once";
        }

        if (!schedule.ContainsKey(LaunchAt))
        {
            schedule[LaunchAt] = null;
        }
    }

    /// <summary>Several changes of one campaign, each on the version that the one before it made.</summary>
    private sealed class Writer(ConfigStep step, ConfigResource before, Campaign campaign)
    {
        private readonly SubAudienceService _subAudiences = step.Run.Target.SubAudiences;
        private readonly List<string> _present = [.. campaign.SubAudiences.Select(sub => sub.Id)];
        private int _changes;

        /// <summary>Each change raises the revision by one: another one means that somebody else changed it too.</summary>
        private string IfMatch => step.Run.IsRehearsal || _changes == 0
            ? step.Run.IfMatch(before.ETag)
            : (campaign with { Revision = int.Parse(before.ETag.Trim('"'), CultureInfo.InvariantCulture) + _changes }).ETag;

        public async Task PatchAsync(JsonObject fields, CancellationToken cancellationToken)
        {
            if (fields.Count > 0 && !step.IsStopped)
            {
                Count(await step.Run.Target.Campaigns.PatchAsync(before.Id, ConfigNodes.ToElement(fields), IfMatch, mayEdit: true, cancellationToken), "");
            }
        }

        public async Task WriteSubAudiencesAsync(JsonNode? node, CancellationToken cancellationToken)
        {
            if (node is null)
            {
                return;
            }

            if (node is not JsonArray wanted || wanted.Count > SubAudienceInput.Most)
            {
                var faults = new List<Fault>();
                JsonFields.Open(ConfigNodes.ToElement(new JsonObject { [SubAudiences] = node.DeepClone() }), "", faults)!.Items(SubAudiences, SubAudienceInput.Most);
                step.Refuse(Refusal.Invalid(faults));
                return;
            }

            var there = before.Document[SubAudiences]!.AsArray();
            var matches = OwnedLists.Match(there, wanted);
            foreach (var (place, id) in campaign.SubAudiences.Select(sub => sub.Id).ToList().Index().Where(sub => !matches.Contains(sub.Index)))
            {
                if (!step.IsStopped && Count(await _subAudiences.DeleteAsync(before.Id, id, IfMatch, RemoteMembers.Leave, cancellationToken), $"/{SubAudiences}"))
                {
                    _present.Remove(id);
                }
            }

            foreach (var (index, match) in matches.Index().Where(_ => !step.IsStopped))
            {
                await WriteAsync(wanted[index], index, match is { } at ? there[at]!.AsObject() : null, match is { } place ? campaign.SubAudiences[place] : null, cancellationToken);
            }
        }

        private async Task WriteAsync(JsonNode? node, int index, JsonObject? form, SubAudience? present, CancellationToken cancellationToken)
        {
            var place = $"/{SubAudiences}/{index}";
            if (present is null || form is null || node is not JsonObject wanted)
            {
                var body = node?.DeepClone() ?? new JsonObject();
                if (body is JsonObject added)
                {
                    added["position"] = Math.Min(index, _present.Count);
                }

                var created = await _subAudiences.AddAsync(before.Id, ConfigNodes.ToElement(body), IfMatch, cancellationToken);
                if (Count(created, place))
                {
                    _present.Insert(Math.Min(index, _present.Count), ((Result<SubAudienceView>.Ok)created).Value.Id);
                }

                return;
            }

            await PatchAsync(wanted, index, form, present, place, cancellationToken);
            if (!step.IsStopped && wanted[Groups] is { } groups && !JsonNode.DeepEquals(Original(index)?[Groups], form[Groups]))
            {
                var body = new JsonObject { [Groups] = WithIds(groups, form[Groups]!.AsArray(), present) };
                Count(await _subAudiences.ReplaceGroupsAsync(before.Id, present.Id, ConfigNodes.ToElement(body), IfMatch, RemoteMembers.Leave, cancellationToken), place);
            }
        }

        private async Task PatchAsync(JsonObject wanted, int index, JsonObject form, SubAudience present, string place, CancellationToken cancellationToken)
        {
            var patch = new JsonObject();
            foreach (var (name, value) in wanted.Where(member => member.Key is not (Groups or "rules" or "position")))
            {
                if (!JsonNode.DeepEquals(value, form[name]))
                {
                    patch[name] = value?.DeepClone();
                }
            }

            // A sub-audience without rules is of everyone: there is no leaving them as they are.
            if (!JsonNode.DeepEquals(Original(index)?["rules"], form["rules"]))
            {
                patch["rules"] = wanted["rules"]?.DeepClone();
            }

            if (_present.IndexOf(present.Id) is var at && at != index)
            {
                patch["position"] = Math.Min(index, _present.Count - 1);
            }

            if (patch.Count > 0 && Count(await _subAudiences.PatchAsync(before.Id, present.Id, ConfigNodes.ToElement(patch), IfMatch, cancellationToken), place) && at != index)
            {
                _present.RemoveAt(at);
                _present.Insert(Math.Min(index, _present.Count), present.Id);
            }
        }

        /// <summary>As the document has it, with keys: what is compared with the present form.</summary>
        private JsonObject? Original(int index) => (step.Entry.Json[SubAudiences] as JsonArray)?[index] as JsonObject;

        private static JsonNode WithIds(JsonNode groups, JsonArray form, SubAudience present)
        {
            var copy = groups.DeepClone();
            if (copy is JsonArray list)
            {
                foreach (var (index, match) in OwnedLists.Match(form, list).Index())
                {
                    if (match is { } at && list[index] is JsonObject group && !group.ContainsKey("id"))
                    {
                        group["id"] = present.Groups[at].Id;
                    }
                }
            }

            return copy;
        }

        private bool Count<T>(Result<T> result, string place)
        {
            if (result is Result<T>.Refused(var refusal))
            {
                step.Refuse(refusal, place);
                return false;
            }

            _changes++;
            return true;
        }
    }
}
