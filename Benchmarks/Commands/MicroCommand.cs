using System.CommandLine;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Micro;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>micro</c>: hashing, packing, merging and rules, by BenchmarkDotNet.</summary>
internal static class MicroCommand
{
    public static Command Create()
    {
        var save = BenchmarkOptions.Save();
        var command = new Command("micro", "Hashing, packing, merging and rules, a page each, by BenchmarkDotNet") { save };
        command.SetAction((arguments, _) => RunAsync(arguments.GetValue(save)));
        return command;
    }

    private static Task<int> RunAsync(bool save)
    {
        var outcome = new Outcome("micro");
        using var scratch = new ScratchFolder(null);

        // In this process: BenchmarkDotNet's own projects would not know the configuration "Local".
        var job = (WorkerProcess.IsQuick ? Job.Dry : Job.ShortRun).WithToolchain(InProcessEmitToolchain.Instance);
        var config = ManualConfig.CreateEmpty().AddJob(job).AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .AddDiagnoser(BenchmarkDotNet.Diagnosers.MemoryDiagnoser.Default).AddLogger(NullLogger.Instance).WithArtifactsPath(scratch.Path);
        Outcome.Tell("BenchmarkDotNet");
        var summary = BenchmarkRunner.Run<PageBenchmarks>(config);
        var table = new Table("a member", "ns", "± ns", "allocated bytes");
        var measured = new JsonObject();
        foreach (var report in summary.Reports)
        {
            var name = report.BenchmarkCase.Descriptor.WorkloadMethodDisplayInfo.Trim('\'');
            outcome.Check(report.Success && report.ResultStatistics is not null, $"'{name}' did not run");
            if (report.ResultStatistics is { } statistics)
            {
                var allocated = report.GcStats.GetBytesAllocatedPerOperation(report.BenchmarkCase);
                table.Add(name, Table.Number(statistics.Mean), Table.Number(statistics.StandardError), Table.Number(allocated));
                measured[name] = new JsonObject { ["nanoseconds"] = Math.Round(statistics.Mean, 2), ["allocatedBytes"] = allocated };
            }
        }

        outcome.Check(summary.Reports.Length > 0, "BenchmarkDotNet ran nothing");
        outcome.Json["perMember"] = measured;
        return outcome.EndAsync([table], save);
    }
}
