using System.Collections.Immutable;
using System.Text.Json.Nodes;
using AudienceSync.Destinations;
using AudienceSync.Faults;

namespace AudienceSync.Config;

/// <summary>One thing to do about a document: a closed family.</summary>
/// <param name="Pointer">Where in the document it comes from.</param>
internal abstract record ConfigAction(ConfigKind Kind, string Key, string Pointer)
{
    /// <summary>Does it by the service of its kind.</summary>
    /// <param name="isLast">References that wait for others wait no longer: everything else is checked.</param>
    public abstract Task<ConfigOutcome> RunAsync(ConfigRun run, bool isLast, CancellationToken cancellationToken);

    /// <summary>Makes what the document names, or changes it.</summary>
    public sealed record Write(ConfigEntry Entry) : ConfigAction(Entry.Kind, Entry.Key, Entry.Pointer)
    {
        public override async Task<ConfigOutcome> RunAsync(ConfigRun run, bool isLast, CancellationToken cancellationToken)
        {
            var before = run.Before.Find(Kind, Key);
            var fields = before is null ? Entry.Json.DeepClone().AsObject() : ConfigPatch.Changed(Entry.Json, before.Document);
            var step = new ConfigStep(run, Entry, before);
            step.Request.Translate(Kind, fields);
            if (step.Request.IsWaiting && !isLast)
            {
                return ConfigOutcome.Waits;
            }

            step.Faults.AddRange(step.Request.Faults);
            var id = before is not null && fields.Count == 0 ? before.Id : await WriteAsync(step, fields, cancellationToken);
            if (id is not null)
            {
                run.Ids.Set(Kind, Key, id);
            }

            return new(id, step.Cause, [.. step.Faults]);
        }

        private static Task<string?> WriteAsync(ConfigStep step, JsonObject fields, CancellationToken cancellationToken) => step.Entry.Kind switch
        {
            ConfigKind.Connection => ConnectionEntries.WriteAsync(step, fields, cancellationToken),
            ConfigKind.Segment => SegmentEntries.WriteAsync(step, fields, cancellationToken),
            ConfigKind.Destination => DestinationEntries.WriteAsync(step, fields, cancellationToken),
            ConfigKind.Campaign => CampaignEntries.WriteAsync(step, fields, cancellationToken),
            ConfigKind.Journey => JourneyEntries.WriteAsync(step, fields, cancellationToken),
            _ => HoldoutEntry.WriteAsync(step, fields, cancellationToken),
        };
    }

    /// <summary>Deletes what the document does not name.</summary>
    public sealed record Delete(ConfigResource Resource) : ConfigAction(Resource.Kind, Resource.Key, $"/{Resource.Kind.Section}")
    {
        public override async Task<ConfigOutcome> RunAsync(ConfigRun run, bool isLast, CancellationToken cancellationToken)
        {
            var refusal = await DeleteAsync(run.Target, run.IfMatch(Resource.ETag), cancellationToken);
            if (refusal is null or { Kind: RefusalKind.NotFound })
            {
                run.Ids.Remove(Kind, Key);
                return new(Resource.Id, null, []);
            }

            return new(null, refusal, [new(Pointer, refusal.Code, refusal.Detail ?? refusal.Title)]);
        }

        private async Task<Refusal?> DeleteAsync(ConfigTarget target, string ifMatch, CancellationToken cancellationToken) => Kind switch
        {
            ConfigKind.Connection => RefusalOf(await target.Connections.DeleteAsync(Resource.Id, ifMatch, cancellationToken)),
            ConfigKind.Segment => await target.Segments.DeleteAsync(Resource.Id, ifMatch, cancellationToken),
            ConfigKind.Destination => RefusalOf(await target.Destinations.DeleteAsync(Resource.Id, ifMatch, cancellationToken)),
            ConfigKind.Campaign => RefusalOf(await target.Campaigns.DeleteAsync(Resource.Id, ifMatch, RemoteMembers.Leave, cancellationToken)),
            ConfigKind.Journey => RefusalOf(await target.Journeys.DeleteAsync(Resource.Id, ifMatch, RemoteMembers.Leave, cancellationToken)),
            _ => throw new InvalidOperationException($"A {Kind.Word} is never deleted."),
        };

        private static Refusal? RefusalOf<T>(Result<T> result) => result.Match<Refusal?>(_ => null, refusal => refusal);
    }
}

/// <param name="Id">Of what was written or deleted; null when it was not.</param>
/// <param name="Cause">Why not; null when it was.</param>
/// <param name="Faults">At their places in the document.</param>
internal sealed record ConfigOutcome(string? Id, Refusal? Cause, ImmutableArray<Fault> Faults)
{
    /// <summary>It refers to what the document names, and that is not there yet.</summary>
    public static ConfigOutcome Waits { get; } = new(null, null, []);

    public bool IsDone => Id is not null && Cause is null;
}
