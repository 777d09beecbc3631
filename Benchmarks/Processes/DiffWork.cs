using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>The pieces of <c>diff</c> and <c>snapshot</c> that run in processes of their own.</summary>
internal static class DiffWork
{
    public const string WriteCsv = "csv";
    public const string ReadSource = "read-source";
    public const string Build = "build";
    public const string Diff = "diff";
    public const string EndToEnd = "end-to-end";

    /// <summary>What <see cref="Diff"/> finds out.</summary>
    public const string Rows = "rows";
    public const string Counts = "counts";

    /// <summary>Writes one generation as CSV.</summary>
    public static Task<JsonObject> WriteCsvAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var bytes = CsvFile.Write(MembersOf(input), (string)input["csv"]!);
        return Task.FromResult(new JsonObject { ["bytes"] = bytes });
    }

    /// <summary>Makes one generation and drops it: what the stream itself costs.</summary>
    public static async Task<JsonObject> ReadSourceAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (source, threads) = (MembersOf(input), (int)input["threads"]!);
        await Warmup.RunAsync(() =>
        {
            Read(new Members(Generation.Older, Warmup.Count), threads);
            return Task.CompletedTask;
        });
        return (await Probe.MeasureAsync(() => Read(source, threads))).ToJson();

        static void Read(IMemberSource source, int threads) => Parallel.For(0, threads, part =>
        {
            var sink = new CountingSink();
            source.Read(part, threads, ref sink);
        });
    }

    /// <summary>Packs one generation from the stream of made-up members.</summary>
    public static async Task<JsonObject> BuildAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (source, threads, inOrder) = (MembersOf(input), (int)input["threads"]!, (bool)input["inOrder"]!);
        if ((bool)input["warm"]!)
        {
            await Warmup.BuildAsync(new Members(Generation.Older, Warmup.Count), threads, inOrder, cancellationToken);
        }

        StoredGeneration? generation = null;
        var figure = await Probe.MeasureAsync(async () =>
            generation = await GenerationBuild.RunAsync(source, (string)input["folder"]!, threads, inOrder, cancellationToken));
        var json = figure.ToJson();
        json["members"] = generation!.Members;
        json["bytes"] = generation.Bytes;
        return json;
    }

    /// <summary>Compares two packed generations.</summary>
    public static async Task<JsonObject> DiffAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var threads = (int)input["threads"]!;
        await Warmup.DiffAsync((string)input["warm"]!, threads, cancellationToken);
        var (older, newer) = (StoredGeneration.Open((string)input["older"]!), StoredGeneration.Open((string)input["newer"]!));
        DeltaTally? tally = null;
        var figure = await Probe.MeasureAsync(async () => tally = (string?)input["work"] is Counts
            ? await GenerationDiff.CountAsync(older, newer, threads, cancellationToken)
            : await GenerationDiff.RowsAsync(older, newer, threads, cancellationToken));
        return WithTally(figure, tally!);
    }

    /// <summary>CSV of the newer generation to a stored one, and its delta to the stored older one.</summary>
    public static async Task<JsonObject> EndToEndAsync(JsonObject input, CancellationToken cancellationToken)
    {
        var (threads, members) = ((int)input["threads"]!, (int)input["members"]!);
        await Warmup.DiffAsync((string)input["warm"]!, threads, cancellationToken);
        await Warmup.BuildAsync(new CsvFile((string)input["warmCsv"]!), threads, inOrder: false, cancellationToken);
        var older = StoredGeneration.Open((string)input["older"]!);
        DeltaTally? tally = null;
        var figure = await Probe.MeasureAsync(async () =>
        {
            var newer = await GenerationBuild.RunAsync(new CsvFile((string)input["csv"]!), (string)input["folder"]!, threads, inOrder: false, cancellationToken);
            tally = await GenerationDiff.RowsAsync(older, newer, threads, cancellationToken);
        });
        return WithTally(figure, tally!);
    }

    private static JsonObject WithTally(Figure figure, DeltaTally tally)
    {
        var json = figure.ToJson();
        json["delta"] = tally.ToJson();
        return json;
    }

    private static Members MembersOf(JsonObject input) => new(Enum.Parse<Generation>((string)input["generation"]!), (int)input["members"]!);
}
