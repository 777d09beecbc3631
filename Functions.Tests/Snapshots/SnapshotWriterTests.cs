using System.Globalization;
using AudienceSync.Fakes;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Snapshots;

public sealed class SnapshotWriterTests
{
    private readonly MemoryPageStore _pages = new();
    private readonly MemberHasher _hasher = new("sixteen bytes it"u8.ToArray());
    private readonly ManualTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    /// <summary>Who fails several gates counts under the first, so that the funnel adds up.</summary>
    [Fact]
    public async Task Write_EachGate_CountsWhomItStopsFirst()
    {
        var profiles = await ProfilesAsync(from n in Enumerable.Range(0, 64) select (Id: $"{n}", Facts: n));
        var result = await new SnapshotWriter(_pages, _hasher, _time).WriteAsync(
            profiles,
            new(Rule("member"), ["id"], "marketing", (page, among) => Rule("identified").Select(page, among))
            {
                Suppressed = (page, among) => Rule("suppressed").Select(page, among),
                Holdout = Rule("heldOut").Select,
            },
            default);

        // Of 64 profiles each of six facts splits in halves: member, consent, suppressed, held out, identified, and one that nobody asks for.
        result.Funnel.ShouldBe(new(Members: 32, ConsentBlocked: 16, Suppressed: 8, Holdout: 4, MissingIdentifier: 2));
        result.Funnel.Deliverable.ShouldBe(2);
        var delivered = new List<int>();
        await foreach (var page in _pages.ReadAsync(result.Chain!, KeyRange.All, PageParts.Whole, default))
        {
            delivered.AddRange(Enumerable.Range(0, page.Count).Select(row => int.Parse(page.ReadRow(row)[ProfileColumns.Id].ToString(), CultureInfo.InvariantCulture)));
        }

        delivered.Order().ShouldBe(Enumerable.Range(0, 64).Where(n => (n & 0b11111) == 0b10011));
    }

    [Fact]
    public async Task Write_NoOptionalGates_StopsNobodyAtThem()
    {
        var profiles = await ProfilesAsync([("a", 0b11111)]);
        var result = await new SnapshotWriter(_pages, _hasher, _time).WriteAsync(
            profiles, new(Rule("member"), ["id"], null, static (_, among) => among), default);

        result.Funnel.ShouldBe(new(1, 0, 0, 0, 0));
    }

    private static CompiledRule Rule(string attribute) =>
        RuleCompiler.Compile(new RuleNode.Compare(attribute, RuleOperator.Eq, new RuleOperand.One(Cell.Of(true))), default);

    private async Task<string?> ProfilesAsync(IEnumerable<(string Id, int Facts)> people)
    {
        var writer = new ChainWriter(_pages, NewId.Create("pg", _time));
        foreach (var (id, facts) in people.OrderBy(person => _hasher.Key(person.Id)))
        {
            var row = new Row
            {
                [ProfileColumns.Id] = Cell.Of(id),
                ["member"] = Cell.Of((facts & 1) != 0),
                [ProfileColumns.Consent("marketing")] = Cell.Of((facts & 2) != 0),
                ["suppressed"] = Cell.Of((facts & 4) != 0),
                ["heldOut"] = Cell.Of((facts & 8) != 0),
                ["identified"] = Cell.Of((facts & 16) != 0),
            };
            await writer.AppendAsync(_hasher.Key(id), 0, row, default);
        }

        return await writer.CompleteAsync(default);
    }
}
