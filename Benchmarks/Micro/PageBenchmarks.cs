using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Segments;
using AudienceSync.Values;
using BenchmarkDotNet.Attributes;

namespace AudienceSync.Benchmarks.Micro;

/// <summary>The pieces of the hot path, each on one page of <see cref="PageSample.Members"/> members; times are for a member.</summary>
[MemoryDiagnoser]
public class PageBenchmarks
{
    private readonly (ulong Key, ulong Hash, Row Row)[] _rows = PageSample.Rows(Generation.Older);
    private readonly PackedPage _older = PageSample.Pack(PageSample.Rows(Generation.Older));
    private readonly PackedPage _newer = PageSample.Pack(PageSample.Rows(Generation.Newer));
    private readonly CompiledRule _rule = Compile();

    [Benchmark(Description = "hash of an id", OperationsPerInvoke = PageSample.Members)]
    public ulong HashKeys()
    {
        var sum = 0UL;
        foreach (var (_, _, row) in _rows)
        {
            sum += GenerationBuild.Hasher.Key(row[MergeJoin.IdColumn].AsText());
        }

        return sum;
    }

    [Benchmark(Description = "hash of a row", OperationsPerInvoke = PageSample.Members)]
    public ulong HashRows()
    {
        var sum = 0UL;
        foreach (var (_, _, row) in _rows)
        {
            sum += GenerationBuild.Hasher.Row(row);
        }

        return sum;
    }

    [Benchmark(Description = "pack a page", OperationsPerInvoke = PageSample.Members)]
    public int Pack() => PageSample.Pack(_rows).Size;

    [Benchmark(Description = "open a page and check it", OperationsPerInvoke = PageSample.Members)]
    public int Open()
    {
        using var page = PageReader.Open(_older, "sample");
        return page.Count;
    }

    [Benchmark(Description = "read one column of a page", OperationsPerInvoke = PageSample.Members)]
    public int ReadColumn()
    {
        using var page = PageReader.Open(_older, "sample");
        var column = page.Find(MemberRows.Email)!;
        var characters = 0;
        for (var index = 0; index < PageSample.Members; index++)
        {
            characters += column[index].AsText().Length;
        }

        return characters;
    }

    [Benchmark(Description = "merge two pages", OperationsPerInvoke = PageSample.Members)]
    public async Task<int> MergeAsync()
    {
        var differences = 0;
        await using var join = new MergeJoin(One(_older), One(_newer), Equal.Instance, CancellationToken.None);
        while (await join.NextAsync())
        {
            differences += join.Differences.Count;
        }

        return differences;
    }

    [Benchmark(Description = "a rule of three conditions", OperationsPerInvoke = PageSample.Members)]
    public int Evaluate()
    {
        using var page = PageReader.Open(_older, "sample");
        return _rule.Select(page).Count;
    }

    private static IAsyncEnumerable<PageReader> One(PackedPage page) => new[] { PageReader.Open(page, "sample") }.ToAsyncEnumerable();

    private static CompiledRule Compile()
    {
        using var json = JsonDocument.Parse("""
            {"all":[{"attr":"amount","op":"gt","value":100},{"attr":"firstName","op":"ne","value":"Ada"},{"attr":"email","op":"endsWith","value":".com"}]}
            """);
        var faults = new List<Fault>();
        return RuleCompiler.Compile(RuleReader.Read(json.RootElement, "", new Dictionary<string, ImmutableArray<CellType>>(), faults)!, ProfileSample.AsOf);
    }

    private sealed class Equal : IEqualRows
    {
        public static Equal Instance { get; } = new();

        public bool AreSettled(PageReader right) => true;

        public void AddSettled(PageReader right, int rows)
        {
        }

        public bool IsDifference(RowRef left, RowRef right) => false;
    }
}
