using System.Text.Json;
using AudienceSync.Fakes;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Profiles;
using AudienceSync.Values;

namespace AudienceSync.Suppressions;

/// <summary>The services of the suppression list over stores in memory.</summary>
internal sealed class SuppressionWorld
{
    public SuppressionWorld(IPageStore? pages = null)
    {
        Pages = pages ?? new MemoryPageStore();
        Keys = new("thirty-two bytes of a test secret"u8.ToArray(), Hasher);
        Sets = new(Pages);
        List = new(Store, Pages, Keys, Sets, Time);
        Reader = new(Keys);
        Intake = new(List, Reader, Keys);
    }

    public ManualTimeProvider Time { get; } = new(new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));

    public MemberHasher Hasher { get; } = new("sixteen bytes it"u8.ToArray());

    public IPageStore Pages { get; }

    public MemorySuppressionStore Store { get; } = new();

    public SuppressionKeys Keys { get; }

    public SuppressionSets Sets { get; }

    public SuppressionList List { get; }

    public SuppressionReader Reader { get; }

    public SuppressionIntake Intake { get; }

    public async Task<SuppressionEntry> AddAsync(string json) => (await Intake.AddAsync(JsonElement.Parse(json), default)).ShouldBeOk().Entry;

    public async Task<Refusal> RefuseAsync(string json) =>
        (await Intake.AddAsync(JsonElement.Parse(json), default)).ShouldBeOfType<Result<(SuppressionEntry Entry, bool IsNew)>.Refused>().Refusal;

    public Task<SuppressionGate> GateAsync() => List.OpenAsync(null, default);

    /// <summary>Every entry, page by page.</summary>
    public async Task<List<SuppressionEntry>> AllAsync(SuppressionFilter? filter = null, int limit = 200)
    {
        List<SuppressionEntry> all = [];
        string? after = null;
        do
        {
            var page = await List.ListAsync(filter ?? new(), new(limit, after), default);
            all.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);

        return all;
    }

    /// <summary>A page of profiles, in order of their keys.</summary>
    public PageReader Page(IEnumerable<Row> profiles)
    {
        var builder = new PageBuilder();
        foreach (var (key, row) in profiles.Select(row => (Hasher.Key(row[ProfileColumns.Id].AsText()), row)).OrderBy(pair => pair.Item1))
        {
            builder.TryAppend(key, Hasher.Row(row), row).ShouldBeTrue();
        }

        return PageReader.Open(builder.Seal(0).ShouldHaveSingleItem(), "test");
    }

    public static Row Profile(string id, params (string Name, string Value)[] identifiers)
    {
        var row = new Row { [ProfileColumns.Id] = Cell.Of(id) };
        foreach (var (name, value) in identifiers)
        {
            row[name] = Cell.Of(value);
        }

        return row;
    }
}
