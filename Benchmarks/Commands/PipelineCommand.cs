using System.CommandLine;
using AudienceSync.Benchmarks.Pipeline;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>pipeline</c>: the whole app, as a process of its own on Azurite, from import to a local sink.</summary>
internal static class PipelineCommand
{
    public static Command Create()
    {
        var (members, scratch, save) = (BenchmarkOptions.Members(1_000_000), BenchmarkOptions.Scratch(), BenchmarkOptions.Save());
        var command = new Command("pipeline", "Import, first sync, day two and a quiet run of the whole app, on Azurite, to a local sink") { members, scratch, save };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var folder = new ScratchFolder(arguments.GetValue(scratch));
            return await new PipelineRun(folder, arguments.GetValue(members), cancellationToken).RunAsync(arguments.GetValue(save));
        });
        return command;
    }
}
