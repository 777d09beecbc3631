using System.Collections.Immutable;
using AudienceSync.Destinations;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;

namespace AudienceSync.Runs;

/// <summary>Says what publishing a draft would do to each destination that depends on the segment: one pass over the profiles, beside the ledgers.</summary>
public sealed class DraftImpacts(
    SegmentDrafts drafts, SegmentService segments, ISegmentStore store, IEnumerable<ISegmentUsage> usages, MemberSources sources, IDestinationStore destinations,
    DestinationSpecs specs, ILedgerStore ledgers, ProfilePages profiles, IPageStore pages, TimeProvider time)
{
    /// <summary>People of each sample.</summary>
    public const int SampleSize = 25;

    /// <summary>Destinations of one pass: a page or two of each one's ledger are in memory. Ours; more take another pass.</summary>
    private const int MaxDestinations = 16;

    /// <param name="asOf">The clock of the rules; null for now.</param>
    /// <param name="isUnmasked">Whether the caller sees identifiers of people.</param>
    public async Task<Result<DraftImpact>> ReadAsync(string segmentId, DateTimeOffset? asOf, bool isUnmasked, CancellationToken cancellationToken)
    {
        if (await drafts.FindAsync(segmentId, cancellationToken) is not var (segment, draft))
        {
            return await drafts.NoDraftAsync(segmentId, cancellationToken);
        }

        var clock = asOf ?? time.GetUtcNow();
        var (present, drafted) = (segments.Resolver(segment), segments.Resolver(segment with { Rules = draft.Rules }));
        if (await drafted.ResolveAsync(segmentId, cancellationToken) is Result<RuleNode>.Refused(var refusal))
        {
            return refusal;
        }

        var view = new ImpactView(clock, isUnmasked);
        var whole = new SegmentTally(
            view, await CompileAsync(present, segmentId, clock, cancellationToken), (await CompileAsync(drafted, segmentId, clock, cancellationToken))!);
        var (tallies, problems) = await OpenAsync(segmentId, present, drafted, view, cancellationToken);
        foreach (var (number, group) in tallies.Chunk(MaxDestinations).DefaultIfEmpty([]).Index())
        {
            await PassAsync(number == 0 ? whole : null, group, cancellationToken);
        }

        return new DraftImpact(
            segmentId, SegmentViews.IsStale(draft.ToMark(), segment), clock, whole.Total, whole.Before, whole.After, whole.Entering, whole.Leaving, whole.Staying,
            [.. tallies.Select(tally => tally.ToImpact()).Concat(problems).OrderBy(impact => impact.Id, StringComparer.Ordinal)]);
    }

    private async Task PassAsync(SegmentTally? whole, DestinationTally[] group, CancellationToken cancellationToken)
    {
        var walks = new List<(DestinationTally Tally, LedgerWalk Walk)>();
        try
        {
            foreach (var tally in group)
            {
                var ledger = await ledgers.ReadAsync(tally.DestinationId, cancellationToken);
                walks.Add((tally, new(LedgerPages.ReadAsync(pages, ledger, KeyRange.All, cancellationToken), tally.Mode, cancellationToken)));
            }

            await foreach (var page in profiles.ReadAsync(cancellationToken))
            {
                whole?.Take(page);
                foreach (var (tally, walk) in walks)
                {
                    tally.Open(page);
                    await walk.VisitAsync(page, tally.See, tally.Miss);
                }
            }

            foreach (var (tally, walk) in walks)
            {
                await walk.FinishAsync(tally.Miss);
            }
        }
        finally
        {
            foreach (var (_, walk) in walks)
            {
                await walk.DisposeAsync();
            }
        }
    }

    /// <summary>The destinations that depend on the segment, made ready; and those of which nothing can be said.</summary>
    private async Task<(List<DestinationTally> Tallies, List<DestinationImpact> Problems)> OpenAsync(
        string segmentId, SegmentResolver present, SegmentResolver drafted, ImpactView view, CancellationToken cancellationToken)
    {
        var users = await SegmentUsers.ReadAsync(store, usages, cancellationToken);
        var followers = users.FollowersOf(segmentId);
        var ids = followers.Select(user => user.Id).ToHashSet(StringComparer.Ordinal);
        List<DestinationTally> tallies = [];
        List<DestinationImpact> problems = [];
        await foreach (var destination in destinations.ListAllAsync(cancellationToken).Where(destination => ids.Contains(destination.Id) && !destination.Deleting))
        {
            var head = new DestinationImpact
            {
                Id = destination.Id,
                Key = destination.Key,
                Name = destination.Name,
                Mode = destination.Mode,
                Enabled = destination.Enabled,
                Through = LinksTo(destination.Source, segmentId, users, followers),
                Removes = destination.Mode is DestinationMode.Mirror or DestinationMode.Events,
            };
            switch (await specs.OpenAsync(destination, await sources.ResolveAsync(destination, drafted, cancellationToken), view.AsOf, cancellationToken))
            {
                case Result<DestinationSpec>.Ok(var spec):
                    var before = await specs.OpenAsync(destination, await sources.ResolveAsync(destination, present, cancellationToken), view.AsOf, cancellationToken);
                    tallies.Add(new(head, view, spec, (before as Result<DestinationSpec>.Ok)?.Value, await ledgers.ReadAsync(destination.Id, cancellationToken)));
                    break;
                case Result<DestinationSpec>.Refused(var refusal):
                    problems.Add(head with { Problem = refusal.Detail ?? refusal.Faults.FirstOrDefault()?.Detail ?? refusal.Title });
                    break;
            }
        }

        return (tallies, problems);
    }

    private static ImmutableArray<ImpactLink> LinksTo(DestinationSource source, string segmentId, SegmentUsers users, ImmutableArray<SegmentUser> followers) => source switch
    {
        DestinationSource.OfSegment(var direct) => [.. users.PathTo(segmentId, direct).Select(segment => new ImpactLink("segment", segment.Id, segment.Name))],
        DestinationSource.OfGroup(var campaignId, _, _) => [.. followers.Where(user => user.Id == campaignId).Select(user => new ImpactLink(user.Type, user.Id, user.Name))],
        DestinationSource.OfStep(var journeyId, _) => [.. followers.Where(user => user.Id == journeyId).Select(user => new ImpactLink(user.Type, user.Id, user.Name))],
        _ => [],
    };

    /// <summary>Null where a rule cannot be evaluated: a segment that it refers to is gone.</summary>
    private static async Task<CompiledRule?> CompileAsync(SegmentResolver resolver, string segmentId, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        await resolver.ResolveAsync(segmentId, cancellationToken) is Result<RuleNode>.Ok(var rule) ? RuleCompiler.Compile(rule, asOf) : null;
}

/// <summary>How people are counted and shown.</summary>
internal sealed record ImpactView(DateTimeOffset AsOf, bool IsUnmasked);
