using System.Collections.Frozen;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Ours;
using AudienceSync.Benchmarks.Peers;
using AudienceSync.Benchmarks.Peers.DuckDb;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Commands;

/// <summary>One invocation of <c>diff</c>: makes the data, measures both sides in turn, checks that all found the same rows.</summary>
internal sealed class DiffRun(ScratchFolder scratch, int members, int rounds, int threads, CancellationToken cancellationToken)
{
    public static readonly string[] AllPeers = ["duckdb", "postgres", "sqlite", "sort"];

    private readonly Outcome _outcome = new("diff");
    private readonly Dictionary<string, List<Figure>> _figures = new(StringComparer.Ordinal);
    private readonly List<PeerFigure> _peers = [];
    private DeltaTally? _truth;

    private string OlderCsv => scratch.Of("older.csv");

    private string NewerCsv => scratch.Of("newer.csv");

    private string OlderPages => scratch.Of("older");

    private string NewerPages => scratch.Of("newer");

    private string SamePages => scratch.Of("same");

    private string OlderParquet => scratch.Of("older.parquet");

    private string NewerParquet => scratch.Of("newer.parquet");

    private string WarmPages => scratch.Of("warm");

    private string WarmCsv => scratch.Of("warm.csv");

    private string SameParquet => scratch.Of("same.parquet");

    public async Task<int> RunAsync(FrozenSet<string> peers, bool save)
    {
        await PrepareAsync();
        DuckDbDelta? duckDb = null;
        if (peers.Contains("duckdb"))
        {
            await _outcome.TryAsync("duckdb", async () =>
            {
                var delta = new DuckDbDelta(await DuckDb.InstallAsync(scratch.Path, threads, cancellationToken), scratch.Path);
                Outcome.Tell("Parquet files");
                await delta.StoreAsync(OlderCsv, OlderParquet, isSorted: true, cancellationToken);
                await delta.StoreAsync(NewerCsv, NewerParquet, isSorted: true, cancellationToken);
                File.Copy(OlderParquet, SameParquet);
                duckDb = delta;
            });
        }

        // In turn, so that what else the machine does meets both sides.
        for (var round = 1; round <= rounds; round++)
        {
            Outcome.Tell($"round {round} of {rounds}");
            await OursAsync("ours", new() { ["older"] = OlderPages, ["newer"] = NewerPages });
            await OursAsync("oursOneThread", new() { ["older"] = OlderPages, ["newer"] = NewerPages, ["threads"] = 1 });
            await OursAsync("oursCounts", new() { ["older"] = OlderPages, ["newer"] = NewerPages, ["work"] = DiffWork.Counts });
            await OursAsync("oursUnchanged", new() { ["older"] = OlderPages, ["newer"] = SamePages });
            await OursEndToEndAsync();
            if (duckDb is not null)
            {
                await DuckDbAsync("duckdb", [OlderParquet, NewerParquet], () => duckDb.FullJoinAsync(OlderParquet, NewerParquet, cancellationToken));
                await DuckDbAsync("duckdbCounts", [OlderParquet, NewerParquet], () => duckDb.CountAsync(OlderParquet, NewerParquet, cancellationToken));
                await DuckDbAsync("duckdbUnchanged", [OlderParquet, SameParquet], () => duckDb.FullJoinAsync(OlderParquet, SameParquet, cancellationToken));
                await DuckDbAsync("duckdbExcept", [OlderParquet, NewerParquet], () => duckDb.ExceptAsync(OlderParquet, NewerParquet, cancellationToken));
                await DuckDbAsync("duckdbEndToEnd", [OlderParquet, NewerCsv], () => duckDb.EndToEndAsync(OlderParquet, NewerCsv, scratch.Of("end-to-end.parquet"), cancellationToken));
            }
        }

        foreach (var peer in new IDeltaPeer[] { new Postgres(threads), new Sqlite(scratch.Path), new SortComm(scratch.Path, threads) }.Where(peer => peers.Contains(peer.Name)))
        {
            Outcome.Tell($"{peer.Name}, once");
            await _outcome.TryAsync(peer.Name, async () => (await peer.MeasureAsync(OlderCsv, NewerCsv, cancellationToken)).ToList().ForEach(Take));
        }

        Report();
        return await _outcome.EndAsync([Tables()], save);
    }

    private async Task PrepareAsync()
    {
        Outcome.Tell($"{members:N0} members, twice: CSV");
        var bytes = (long)(await WorkerAsync(DiffWork.WriteCsv, new() { ["generation"] = nameof(Generation.Older), ["csv"] = OlderCsv }))["bytes"]!;
        await WorkerAsync(DiffWork.WriteCsv, new() { ["generation"] = nameof(Generation.Newer), ["csv"] = NewerCsv });
        Outcome.Tell("packed pages");
        var packed = await PackAsync(Generation.Older, OlderPages, members);
        await PackAsync(Generation.Newer, NewerPages, members);
        StoredGeneration.Open(OlderPages).CopyTo(SamePages);
        await WorkerAsync(DiffWork.WriteCsv, new() { ["generation"] = nameof(Generation.Older), ["csv"] = WarmCsv, ["members"] = Warmup.Count });
        await PackAsync(Generation.Older, Path.Combine(WarmPages, "older"), Warmup.Count);
        await PackAsync(Generation.Newer, Path.Combine(WarmPages, "newer"), Warmup.Count);
        _outcome.Json["members"] = members;
        _outcome.Json["threads"] = threads;
        _outcome.Json["rounds"] = rounds;

        // Seven fields of a line, without the commas between them and the end of the line.
        _outcome.Json["rawBytesPerMember"] = Math.Round((bytes / (double)members) - MemberText.Columns.Length, 1);
        _outcome.Json["packedBytesPerMember"] = Math.Round((double)packed["bytes"]! / members, 1);
    }

    /// <summary>Packs a generation in order, as a ledger is.</summary>
    private Task<JsonObject> PackAsync(Generation generation, string folder, int count) => WorkerAsync(
        DiffWork.Build, new() { ["generation"] = generation.ToString(), ["folder"] = folder, ["warm"] = false, ["inOrder"] = true, ["members"] = count });

    private async Task OursAsync(string name, JsonObject input)
    {
        input["warm"] = WarmPages;
        await WarmFiles.ReadAsync([(string)input["older"]!, (string)input["newer"]!], cancellationToken);
        var result = await WorkerAsync(DiffWork.Diff, input);
        Take(name, Figure.Read(result), DeltaTally.Read(result["delta"]!));
    }

    private async Task OursEndToEndAsync()
    {
        var folder = scratch.Of("end-to-end");
        await WarmFiles.ReadAsync([OlderPages, NewerCsv], cancellationToken);
        var result = await WorkerAsync(DiffWork.EndToEnd, new()
        {
            ["older"] = OlderPages,
            ["csv"] = NewerCsv,
            ["folder"] = folder,
            ["warm"] = WarmPages,
            ["warmCsv"] = WarmCsv,
        });
        Take("oursEndToEnd", Figure.Read(result), DeltaTally.Read(result["delta"]!));
        Directory.Delete(folder, recursive: true);
    }

    private async Task DuckDbAsync(string name, string[] inputs, Func<Task<(Figure, DeltaTally)>> measure)
    {
        await WarmFiles.ReadAsync(inputs, cancellationToken);
        var (figure, tally) = await measure();
        Take(name, figure, tally);
    }

    private void Take(PeerFigure measured)
    {
        _peers.Add(measured);
        if (measured.Delta is { } delta)
        {
            Take(measured.Name, measured.Figure, delta);
        }
        else
        {
            _figures[measured.Name] = [measured.Figure];
        }
    }

    private void Take(string name, Figure figure, DeltaTally tally)
    {
        if (!_figures.TryGetValue(name, out var figures))
        {
            _figures[name] = figures = [];
        }

        figures.Add(figure);
        var unchanged = name.EndsWith("Unchanged", StringComparison.Ordinal);
        var (entered, exited, changed) = unchanged ? (0, 0, 0) : (Members.EnteredOf(members), Members.ExitedOf(members), Members.ChangedOf(members));
        _outcome.Check(
            (tally.Entered, tally.Exited, tally.Changed) == (entered, exited, changed),
            $"{name} found {tally.Entered} entered, {tally.Exited} exited, {tally.Changed} changed; there are {entered}, {exited}, {changed}");
        if (unchanged || name.EndsWith("Counts", StringComparison.Ordinal))
        {
            return;
        }

        _truth ??= tally;
        _outcome.Check(tally.Checksum == _truth.Checksum, $"{name} found other rows than the first: checksum {tally.Checksum:x16}, not {_truth.Checksum:x16}");
    }

    private void Report()
    {
        var json = _outcome.Json;
        foreach (var (name, figures) in _figures)
        {
            var median = Figure.MedianOf(figures);
            json[$"{name}Seconds"] = Math.Round(median.Seconds, 4);
            json[$"{name}CpuSeconds"] = median.CpuSeconds is { } cpu ? Math.Round(cpu, 3) : null;
            json[$"{name}PeakMiB"] = median.PeakMiB is { } peak ? Math.Round(peak, 1) : null;
        }

        json["ratio"] = Ratio("ours", "duckdb");
        json["ratioOfRounds"] = new JsonArray([.. Ratios("ours", "duckdb").Select(ratio => (JsonNode)Math.Round(ratio, 2))]);
        json["cpuRatio"] = Ratio("ours", "duckdb", figure => figure.CpuSeconds);
        json["memoryRatio"] = Ratio("ours", "duckdb", figure => figure.PeakMiB);
        json["countsRatio"] = Ratio("oursCounts", "duckdb");
        json["unchangedRatio"] = Ratio("oursUnchanged", "duckdb");
        json["endToEndRatio"] = Ratio("oursEndToEnd", "duckdbEndToEnd");
        json["endToEndCpuRatio"] = Ratio("oursEndToEnd", "duckdbEndToEnd", figure => figure.CpuSeconds);
        json["delta"] = _truth!.ToJson();
    }

    /// <summary>How many times more the other took: the median of the ratios within each round.</summary>
    private JsonNode? Ratio(string ours, string other, Func<Figure, double?>? of = null) =>
        Ratios(ours, other, of) is { Count: > 0 } ratios ? Math.Round(Median.Of(ratios), 2) : null;

    private List<double> Ratios(string ours, string other, Func<Figure, double?>? of = null)
    {
        of ??= figure => figure.Seconds;
        return _figures.TryGetValue(other, out var others)
            ? [.. OursOf(others.Count).Zip(others, (our, their) => of(their) / of(our)).OfType<double>()]
            : [];

        // What ran only once is set against our median.
        IEnumerable<Figure> OursOf(int count) => count == rounds ? _figures[ours] : [Figure.MedianOf(_figures[ours])];
    }

    private Table Tables()
    {
        var table = new Table($"{members:N0} members, medians of {rounds}", "seconds", "CPU s", "peak MiB", "× ours");
        Row($"full delta, {threads} threads", "ours", null);
        Row("full delta, 1 thread", "oursOneThread", null);
        Row("counts only", "oursCounts", null);
        Row("nothing changed", "oursUnchanged", null);
        Row("CSV to stored generation to delta", "oursEndToEnd", null);
        Row("DuckDB: full outer join of two Parquet files", "duckdb", "ours");
        Row("DuckDB: the same join, counts only", "duckdbCounts", "oursCounts");
        Row("DuckDB: the same join, nothing changed", "duckdbUnchanged", "oursUnchanged");
        Row("DuckDB: EXCEPT both ways", "duckdbExcept", "ours");
        Row("DuckDB: CSV to sorted Parquet to delta", "duckdbEndToEnd", "oursEndToEnd");
        foreach (var peer in _peers)
        {
            Row($"{peer.Title} (once)", peer.Name, peer.Delta is null ? null : "ours");
        }

        return table;

        void Row(string title, string name, string? ours)
        {
            if (_figures.TryGetValue(name, out var figures))
            {
                var median = Figure.MedianOf(figures);
                table.Add(
                    title,
                    Table.Number(median.Seconds),
                    Table.Number(median.CpuSeconds),
                    Table.Number(median.PeakMiB),
                    ours is null ? "" : Table.Times(Median.Of(Ratios(ours, name))));
            }
        }
    }

    private Task<JsonObject> WorkerAsync(string name, JsonObject input)
    {
        input["members"] ??= members;
        input["threads"] ??= threads;
        return WorkerProcess.RunAsync(name, input, cancellationToken);
    }
}
