using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class SegmentOverlapsTests : IAttributeCatalog
{
    private readonly MemorySegmentStore _store = new();
    private readonly MemorySegmentSizes _sizes = new();
    private readonly MemoryPageStore _pages = new();
    private readonly ManualTimeProvider _time = new(new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero));
    private readonly MemoryProfileShards _profiles;
    private readonly SegmentService _segments;
    private readonly SegmentOverlaps _overlaps;

    public SegmentOverlapsTests()
    {
        _profiles = new(_pages, new("sixteen bytes it"u8.ToArray()), _time, new()) { ShardBits = 1 };
        _segments = new(_store, _sizes, [], this, _time);
        _overlaps = new(_segments, _sizes, new(_profiles, _pages), _time);
    }

    [Fact]
    public async Task Read_ThreeSegments_CountsEveryRegionAndPair()
    {
        Put(0, 100);
        var (twos, threes, fives) = (await MultiplesAsync(2), await MultiplesAsync(3), await MultiplesAsync(5));

        var overlap = await ReadAsync($$"""{"segmentIds":["{{twos}}","{{threes}}","{{fives}}"]}""");

        // Below 100: 50 even numbers, 34 multiples of 3, 20 of 5, 17 of 6, 10 of 10, 7 of 15, 4 of 30.
        (overlap.AsOf, overlap.OfTotal, overlap.Union).ShouldBe((_time.GetUtcNow(), 100, 74));
        overlap.Segments.Select(one => (one.Id, one.Count, one.Only, one.PercentOfTotal)).ShouldBe([(twos, 50, 27, 50m), (threes, 34, 14, 34m), (fives, 20, 7, 20m)]);
        overlap.Regions.Select(Show).ShouldBe([$"{twos}=27", $"{threes}=14", $"{fives}=7", $"{twos}+{threes}=13", $"{twos}+{fives}=6", $"{threes}+{fives}=3", $"{twos}+{threes}+{fives}=4"]);
        overlap.Intersections.Select(Show).ShouldBe([$"{twos}+{threes}=17", $"{twos}+{fives}=10", $"{threes}+{fives}=7", $"{twos}+{threes}+{fives}=4"]);
        var pair = overlap.Pairs[0];
        (pair.Count, pair.Union, pair.JaccardPercent).ShouldBe((17, 67, 25.37m));
        pair.Shares.ShouldBe([new(twos, 34m), new(threes, 50m)]);
        overlap.Regions[0].PercentOfUnion.ShouldBe(36.49m);
    }

    [Fact]
    public async Task Read_Now_NotesTheSizes()
    {
        Put(0, 30);
        var (twos, threes) = (await MultiplesAsync(2), await MultiplesAsync(3));

        await ReadAsync($$"""{"segmentIds":["{{twos}}","{{threes}}"],"asOf":"2026-01-01T00:00:00Z"}""");
        (await _sizes.GetAsync(twos, default)).ShouldBeNull("that was another moment");
        await ReadAsync($$"""{"segmentIds":["{{twos}}","{{threes}}"]}""");

        (await _sizes.GetAsync(twos, default)).ShouldNotBeNull().Counts.ShouldHaveSingleItem().Size.ShouldBe(15);
        (await _sizes.GetAsync(threes, default)).ShouldNotBeNull().Counts.ShouldHaveSingleItem().Size.ShouldBe(10);
    }

    [Fact]
    public async Task Read_EmptyStore_IsAllZero()
    {
        var (twos, threes) = (await MultiplesAsync(2), await MultiplesAsync(3));

        var overlap = await ReadAsync($$"""{"segmentIds":["{{twos}}","{{threes}}"]}""");

        (overlap.OfTotal, overlap.Union, overlap.Pairs[0].JaccardPercent, overlap.Regions.Sum(region => region.Count)).ShouldBe((0, 0, 0m, 0));
    }

    [Theory]
    [InlineData("""[]""", "", "wrong_type")]
    [InlineData("""{}""", "/segmentIds", "missing_field")]
    [InlineData("""{"segmentIds":"seg_1"}""", "/segmentIds", "wrong_type")]
    [InlineData("""{"segmentIds":["A"]}""", "/segmentIds", "too_few")]
    [InlineData("""{"segmentIds":["A","A"]}""", "/segmentIds/1", "duplicate")]
    [InlineData("""{"segmentIds":["A","seg_none"]}""", "/segmentIds/1", "unknown_segment")]
    [InlineData("""{"segmentIds":["A",7]}""", "/segmentIds/1", "wrong_type")]
    [InlineData("""{"segmentIds":["A","B","C","D","E","F"]}""", "/segmentIds", "too_many")]
    [InlineData("""{"segmentIds":["A","B"],"asOf":"today"}""", "/asOf", "wrong_type")]
    [InlineData("""{"segmentIds":["A","B"],"segmentsIds":[]}""", "/segmentsIds", "unknown_field")]
    public async Task Read_Fault_IsToldAtItsPointer(string body, string pointer, string code)
    {
        foreach (var (letter, divisor) in ((string, int)[])[("A", 2), ("B", 3), ("C", 5), ("D", 7), ("E", 11), ("F", 13)])
        {
            body = body.Replace($"\"{letter}\"", $"\"{await MultiplesAsync(divisor)}\"", StringComparison.Ordinal);
        }

        var refusal = (await _overlaps.ReadAsync(JsonElement.Parse(body), default)).ShouldBeRefused("validation_failed");

        refusal.Faults.Select(fault => (fault.Pointer, fault.Code)).ShouldBe([(pointer, code)]);
    }

    /// <summary>Against sets of rows, over pages of every size.</summary>
    [Fact]
    public void Counts_RandomSets_AreThoseOfTheSets()
    {
        for (var seed = 0; seed < 1_000; seed++)
        {
            var random = new Random(seed);
            var segments = random.Next(2, OverlapCounts.MaxSegments + 1);
            var counts = new OverlapCounts(segments);
            var memberships = new List<int>();
            for (var page = random.Next(1, 4); page > 0; page--)
            {
                int[] rows = [.. Enumerable.Range(0, random.Next(1, 200)).Select(_ => random.Next(1 << segments))];
                memberships.AddRange(rows);
                counts.Add(rows.Length, [.. Enumerable.Range(0, segments).Select(segment => RowSet.All(rows.Length).Where(row => (rows[row] >> segment & 1) != 0))]);
            }

            counts.Total.ShouldBe(memberships.Count);
            for (var combination = 0; combination < 1 << segments; combination++)
            {
                counts.Exactly(combination).ShouldBe(memberships.Count(one => one == combination), $"seed {seed}");
                counts.InAll(combination).ShouldBe(memberships.Count(one => (one & combination) == combination), $"seed {seed}");
                counts.InAny(combination).ShouldBe(memberships.Count(one => (one & combination) != 0), $"seed {seed}");
            }
        }
    }

    Task<IReadOnlyDictionary<string, ImmutableArray<CellType>>> IAttributeCatalog.ReadAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyDictionary<string, ImmutableArray<CellType>>>(ImmutableDictionary<string, ImmutableArray<CellType>>.Empty);

    private static string Show(OverlapRegion region) => $"{string.Join('+', region.SegmentIds)}={region.Count}";

    private void Put(int from, int to)
    {
        for (var number = from; number < to; number++)
        {
            _profiles.Profiles[$"p-{number}"] = new()
            {
                [ProfileColumns.Id] = Cell.Of($"p-{number}"),
                ["divisors"] = Cell.Of(Enumerable.Range(2, 20).Where(divisor => number % divisor == 0).Select(divisor => $"{divisor}").ToImmutableArray()),
            };
        }
    }

    private async Task<string> MultiplesAsync(int divisor) => (await _segments.CreateAsync(
        JsonElement.Parse($$$"""{"name":"Multiples of {{{divisor}}}","rules":{"attr":"divisors","op":"contains","value":"{{{divisor}}}"}}"""), default)).ShouldBeOk().Id;

    private async Task<SegmentOverlap> ReadAsync(string body) => (await _overlaps.ReadAsync(JsonElement.Parse(body), default)).ShouldBeOk();
}
