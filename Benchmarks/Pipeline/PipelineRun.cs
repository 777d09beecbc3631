using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Commands;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;
using AudienceSync.Benchmarks.Sample;
using AudienceSync.Local;
using AudienceSync.Local.Demo;

namespace AudienceSync.Benchmarks.Pipeline;

/// <summary>One invocation of <c>pipeline</c>.</summary>
internal sealed class PipelineRun(ScratchFolder scratch, int members, CancellationToken cancellationToken)
{
    private readonly Outcome _outcome = new("pipeline");
    private readonly Table _table = new($"{members:N0} members", "seconds", "requests to the sink", "records", "MiB to the sink", "app CPU s", "app peak MiB");
    private ProcessUsage? _app;

    public async Task<int> RunAsync(bool save)
    {
        Outcome.Tell("import files");
        using var first = new ImportFiles(scratch.Path, "first");
        using var changes = new ImportFiles(scratch.Path, "changes");
        var (firstSink, changesSink) = (first, changes);
        new Members(Generation.Older, members).Read(0, 1, ref firstSink);
        new Members(Generation.Newer, members).ReadDelta(ref changesSink);
        first.Dispose();
        changes.Dispose();

        await using var azurite = await AzuriteServer.StartAsync(new() { InMemory = true, Report = Outcome.Tell }, cancellationToken);
        await using var sink = await Sink.StartAsync(TimeSpan.Zero, cancellationToken);
        var key = RandomNumberGenerator.GetHexString(32, lowercase: true);
        await using var app = await AppProcess.StartAsync(0, key, azurite.ConnectionString, scratch.Of("app.log"), cancellationToken);
        _app = ProcessUsage.FindDescendant("AudienceSync.dll");
        using var client = new AppClient(app.Api, key);
        var destination = await CreateAsync(client, sink);

        var (entered, exited, changed) = (Members.EnteredOf(members), Members.ExitedOf(members), Members.ChangedOf(members));
        await ImportAsync(client, sink, "import", first.Paths, members);
        await SyncAsync(client, sink, "first sync", "firstSync", destination, (members, 0, 0));
        await ImportAsync(client, sink, "import of day two", changes.Paths, entered + exited + changed);
        await SyncAsync(client, sink, "sync of day two", "secondSync", destination, (entered, changed, exited));
        await SyncAsync(client, sink, "quiet run", "quietRun", destination, (0, 0, 0));
        _outcome.Json["members"] = members;
        return await _outcome.EndAsync([_table], save);
    }

    private async Task<string> CreateAsync(AppClient client, Sink sink)
    {
        var segment = await client.PostAsync(
            "segments",
            Parse($$$"""{"key":"active","name":"Active","visibility":"shared","rules":{"attr":"status","op":"eq","value":"{{{ImportFiles.Active}}}"}}"""),
            cancellationToken);
        var connection = await client.PostAsync(
            "connections", Parse($$$"""{"key":"sink","type":"webhook","name":"Sink","settings":{"url":"{{{sink.Url}}}","batchSize":1000,"concurrency":4,"requestsPerSecond":0}}"""), cancellationToken);
        var destination = await client.PostAsync(
            "destinations",
            Parse($$"""
                {"key":"active-to-sink","name":"Active to the sink","source":{"segmentId":"{{segment["id"]}}"},"connectionId":"{{connection["id"]}}","mode":"mirror","autoSync":false,
                 "mapping":[{"from":"id","to":"user_id","identifier":true},{"from":"email","to":"email"},{"from":"phone","to":"phone"},{"from":"first_name","to":"first_name"},
                            {"from":"last_name","to":"last_name"},{"from":"amount","to":"amount"},{"from":"day","to":"day"}]}
                """),
            cancellationToken);
        return (string)destination["id"]!;

        static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
    }

    private Task ImportAsync(AppClient client, Sink sink, string title, IReadOnlyList<string> files, int lines) =>
        StageAsync(sink, title, title is "import" ? "import" : "secondImport", async () =>
        {
            var accepted = 0L;
            foreach (var file in files)
            {
                accepted += await client.ImportAsync(file, cancellationToken);
            }

            _outcome.Check(accepted == lines, $"{title}: {accepted} lines were accepted of {lines}");
            return null;
        });

    private Task SyncAsync(AppClient client, Sink sink, string title, string name, string destination, (long Add, long Update, long Remove) expected) =>
        StageAsync(sink, title, name, async () =>
        {
            var run = await client.RunAsync(destination, cancellationToken);
            var delivered = run["delivered"]!;
            var counts = ((long)delivered["add"]!, (long)delivered["update"]!, (long)delivered["remove"]!);
            _outcome.Check((string)run["status"]! is "succeeded", $"{title} ended as {run["status"]}: {run.ToJsonString()}");
            _outcome.Check(counts == expected, $"{title}: delivered {counts} (added, updated, removed), not {expected}");
            return (run, expected.Add + expected.Update + expected.Remove);
        });

    private async Task StageAsync(Sink sink, string title, string name, Func<Task<(JsonNode Run, long Records)?>> work)
    {
        Outcome.Tell(title);
        sink.TakeCounts();
        _app?.ResetPeak();
        var (cpu, watch) = (_app?.CpuSeconds, Stopwatch.StartNew());
        var result = await work();
        var seconds = watch.Elapsed.TotalSeconds;
        var (requests, records, bytes) = sink.TakeCounts();
        var used = _app?.CpuSeconds - cpu;
        if (result is { } sync)
        {
            _outcome.Check(records == sync.Records, $"{title}: the sink got {records} records, not {sync.Records}");
        }

        _table.Add(title, Table.Number(seconds), Table.Number(requests), Table.Number(records), Table.Number(bytes / (double)(1 << 20)), Table.Number(used), Table.Number(_app?.PeakMiB));
        var json = _outcome.Json;
        json[$"{name}Seconds"] = Math.Round(seconds, 2);
        json[$"{name}Requests"] = requests;
        json[$"{name}CpuSeconds"] = used is { } known ? Math.Round(known, 2) : null;
        json[$"{name}PeakMiB"] = _app is { } app ? Math.Round(app.PeakMiB, 1) : null;

        // What the run's record says of its traffic with storage.
        if (result?.Run["storage"] is { } storage)
        {
            json[$"{name}Storage"] = storage.DeepClone();
        }
    }
}
