using System.Text;
using System.Text.Json;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Faults;
using AudienceSync.Ids;
using AudienceSync.Pages;
using AudienceSync.Segments;
using AudienceSync.Values;

namespace AudienceSync.Benchmarks.Ours;

/// <summary>Our side of "a rule over packed profile shards on disk".</summary>
internal static class ProfileShards
{
    private const string List = "shards.txt";

    /// <summary>Most profiles of a shard.</summary>
    private const int ShardProfiles = 200_000;

    /// <summary>Packs profiles into shards. Keys are made to ascend with the numbers: the rule does not look at them.</summary>
    /// <returns>Bytes of all files.</returns>
    public static async Task<long> BuildAsync(ProfileSample profiles, string folder, int threads, CancellationToken cancellationToken)
    {
        using var store = new FilePageStore(folder);
        var chains = new string[(profiles.Count + ShardProfiles - 1) / ShardProfiles];
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, chains.Length, options, async (shard, token) =>
        {
            var rows = new List<Row>();
            var sink = new Rows(rows);
            profiles.Read(shard, chains.Length, ref sink);
            var writer = new ChainWriter(store, NewId.Create("pg", TimeProvider.System));
            var step = ulong.MaxValue / (ulong)profiles.Count;
            var key = (ulong)profiles.FirstOf(shard, chains.Length) * step;
            foreach (var row in rows)
            {
                await writer.AppendAsync(key, GenerationBuild.Hasher.Row(row), row, token);
                key += step;
            }

            chains[shard] = await writer.CompleteAsync(token) ?? "";
        });
        await File.WriteAllLinesAsync(Path.Combine(folder, List), chains, cancellationToken);
        return new DirectoryInfo(folder).EnumerateFiles().Sum(file => file.Length);
    }

    /// <summary>Evaluates the rule over all shards, page decoding included.</summary>
    /// <returns>How many profiles it selects.</returns>
    public static async Task<long> CountAsync(string folder, int threads, CancellationToken cancellationToken)
    {
        using var store = new FilePageStore(folder);
        var chains = await File.ReadAllLinesAsync(Path.Combine(folder, List), cancellationToken);
        var rule = RuleCompiler.Compile(ReadRule(), ProfileSample.AsOf);
        var selected = 0L;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(chains, options, async (chain, token) =>
        {
            var count = 0L;
            await foreach (var page in store.ReadAsync(chain, KeyRange.All, PageParts.Whole, token))
            {
                count += rule.Select(page).Count;
                page.Dispose();
            }

            Interlocked.Add(ref selected, count);
        });
        return selected;
    }

    private static RuleNode ReadRule()
    {
        var faults = new List<Fault>();
        using var json = JsonDocument.Parse(ProfileSample.Rule);
        return RuleReader.Read(json.RootElement, "", new Dictionary<string, System.Collections.Immutable.ImmutableArray<CellType>>(), faults)
            ?? throw new BenchmarkException($"The rule of the sample is refused: {faults[0].Detail}");
    }

    private readonly struct Rows(List<Row> rows) : IProfileSink
    {
        public void Take(in Profile profile) => rows.Add(new()
        {
            [MergeJoin.IdColumn] = Cell.Of(Encoding.UTF8.GetString(profile.Id)),
            ["email"] = Cell.Of(Encoding.UTF8.GetString(profile.Email)),
            ["country"] = profile.Country.IsEmpty ? default : Cell.Of(Encoding.UTF8.GetString(profile.Country)),
            ["plan"] = Cell.Of(Encoding.UTF8.GetString(profile.Plan)),
            ["orders"] = Cell.Of(profile.Orders),
            ["revenue"] = Cell.Of(profile.RevenueCents / 100m),
            ["lastOrderAt"] = profile.LastOrderAt == 0 ? default : Cell.Of(DateTimeOffset.FromUnixTimeSeconds(profile.LastOrderAt)),
            ["newsletter"] = Cell.Of(profile.Newsletter),
        });
    }
}
