using System.Collections.Immutable;
using System.Numerics;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Profiles;

namespace AudienceSync.Segments;

/// <summary>Compares two to five segments in one pass over the profiles: a page and a few counters in memory.</summary>
public sealed class SegmentOverlaps(SegmentService segments, ISegmentSizes sizes, ProfilePages profiles, TimeProvider time)
{
    /// <summary>Reads <c>{"segmentIds":["seg_…",…],"asOf":…}</c>. Refused with 422 and every fault at its pointer.</summary>
    public async Task<Result<SegmentOverlap>> ReadAsync(JsonElement body, CancellationToken cancellationToken)
    {
        var faults = new List<Fault>();
        var now = time.GetUtcNow();
        if (await ReadAsync(body, now, faults, cancellationToken) is not var (chosen, asOf) || faults.Count > 0)
        {
            return Refusal.Invalid(faults);
        }

        ImmutableArray<CompiledRule> rules = [.. chosen.Select(one => RuleCompiler.Compile(one.Rule, asOf))];
        var counts = new OverlapCounts(rules.Length);
        await foreach (var page in profiles.ReadAsync(cancellationToken))
        {
            counts.Add(page.Count, [.. rules.Select(rule => rule.Select(page))]);
        }

        if (asOf == now)
        {
            foreach (var (index, one) in chosen.Index())
            {
                await sizes.NoteAsync(one.Segment.Id, new(counts.InAll(1 << index), asOf, now), cancellationToken);
            }
        }

        return Of(asOf, [.. chosen.Select(one => one.Segment)], counts);
    }

    private async Task<(ImmutableArray<(Segment Segment, RuleNode Rule)> Chosen, DateTimeOffset AsOf)?> ReadAsync(
        JsonElement body, DateTimeOffset now, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (JsonFields.Open(body, "", faults) is not { } json)
        {
            return null;
        }

        var asOf = AsOf.Read(json) ?? now;
        var items = json.Items("segmentIds", OverlapCounts.MaxSegments);
        json.RefuseUnknown("an overlap");
        if (items is null or { Count: < 2 })
        {
            if (faults.All(fault => fault.Pointer != "/segmentIds"))
            {
                json.Refuse("segmentIds", items is null ? "missing_field" : "too_few", $"Name two to {OverlapCounts.MaxSegments} segments by their ids: {{\"segmentIds\":[\"seg_…\",\"seg_…\"]}}.");
            }

            return null;
        }

        var chosen = ImmutableArray.CreateBuilder<(Segment, RuleNode)>(items.Count);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (index, item) in items.Index())
        {
            if (await ReadAsync(item, $"/segmentIds/{index}", seen, faults, cancellationToken) is { } one)
            {
                chosen.Add(one);
            }
        }

        return (chosen.ToImmutable(), asOf);
    }

    private async Task<(Segment, RuleNode)?> ReadAsync(
        JsonElement item, string pointer, HashSet<string> seen, List<Fault> faults, CancellationToken cancellationToken)
    {
        if (item.ValueKind is not JsonValueKind.String)
        {
            faults.Add(new(pointer, JsonFields.WrongType, "A segment is named by its id, seg_…."));
            return null;
        }

        var id = item.GetString()!;
        if (!seen.Add(id))
        {
            faults.Add(new(pointer, "duplicate", $"'{id}' is named twice."));
            return null;
        }

        if (await segments.FindAsync(id, cancellationToken) is not { } segment)
        {
            faults.Add(new(pointer, "unknown_segment", $"There is no segment '{id}'."));
            return null;
        }

        return (await segments.ResolveAsync(id, cancellationToken)).Match<(Segment, RuleNode)?>(
            rule => (segment, rule),
            refusal =>
            {
                faults.AddRange(refusal.Faults.Select(fault => fault with { Pointer = pointer }));
                return null;
            });
    }

    private static SegmentOverlap Of(DateTimeOffset asOf, ImmutableArray<Segment> segments, OverlapCounts counts)
    {
        var everyone = counts.Combinations - 1;
        var union = counts.InAny(everyone);
        ImmutableArray<int> combinations = [.. Enumerable.Range(1, everyone).OrderBy(combination => BitOperations.PopCount((uint)combination)).ThenBy(Rank)];
        return new(
            asOf,
            counts.Total,
            union,
            [.. segments.Select((segment, index) => new OverlapSegment(
                segment.Id, segment.Key, segment.Name, counts.InAll(1 << index), counts.Exactly(1 << index), Percent(counts.InAll(1 << index), counts.Total)))],
            [.. combinations.Select(combination => Region(combination, counts.Exactly(combination)))],
            [.. combinations.Where(combination => BitOperations.PopCount((uint)combination) > 1).Select(combination => Region(combination, counts.InAll(combination)))],
            [.. combinations.Where(combination => BitOperations.PopCount((uint)combination) == 2).Select(Pair)]);

        OverlapRegion Region(int combination, long count) => new(IdsOf(combination), count, Percent(count, union));

        OverlapPair Pair(int combination)
        {
            var (both, either) = (counts.InAll(combination), counts.InAny(combination));
            ImmutableArray<OverlapShare> shares =
                [.. PlacesOf(combination).Select(place => new OverlapShare(segments[place].Id, Percent(both, counts.InAll(1 << place))))];
            return new(IdsOf(combination), both, either, Percent(both, either), shares);
        }

        ImmutableArray<string> IdsOf(int combination) => [.. PlacesOf(combination).Select(place => segments[place].Id)];

        IEnumerable<int> PlacesOf(int combination) => Enumerable.Range(0, segments.Length).Where(place => (combination >> place & 1) != 0);

        // Of equally many the one whose first segments were named first.
        string Rank(int combination) => string.Join(',', PlacesOf(combination));
    }

    /// <summary>With two decimals; 0 of nobody.</summary>
    private static decimal Percent(long part, long whole) => whole == 0 ? 0 : Math.Round(part * 100m / whole, 2, MidpointRounding.AwayFromZero);
}
