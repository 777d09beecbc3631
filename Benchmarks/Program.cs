using System.CommandLine;
using System.Text;
using AudienceSync.Benchmarks;
using AudienceSync.Benchmarks.Commands;
using AudienceSync.Benchmarks.Processes;

Console.OutputEncoding = Encoding.UTF8;
var root = new RootCommand("Measures AudienceSync beside other programs on the same data. Each command prints a table and, last, one JSON object.")
{
    DiffCommand.Create(),
    SnapshotCommand.Create(),
    RulesCommand.Create(),
    StorageCommand.Create(),
    PipelineCommand.Create(),
    PayloadCommand.Create(),
    DeliverCommand.Create(),
    ScaleCommand.Create(),
    MicroCommand.Create(),
    ReportCommand.Create(),
    WorkerTasks.CreateCommand(),
};
var quick = new Option<bool>("--quick") { Description = "Skip the warm-ups: the checks still say whether all is right, the figures say nothing", Recursive = true };
var label = new Option<string?>("--label") { Description = "Part of the name under which --save keeps the result, beside those of other sizes", Recursive = true };
root.Options.Add(quick);
root.Options.Add(label);
try
{
    var arguments = root.Parse(args);
    WorkerProcess.IsQuick |= arguments.GetValue(quick);
    Outcome.Label = arguments.GetValue(label);
    return await arguments.InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (BenchmarkException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
