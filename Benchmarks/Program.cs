using System.CommandLine;
using System.Text;
using AudienceSync.Benchmarks;
using AudienceSync.Benchmarks.Commands;
using AudienceSync.Benchmarks.Processes;

Console.OutputEncoding = Encoding.UTF8;
var root = new RootCommand("Measures AudienceSync beside other programs on the same data. Each command prints a table and, last, one JSON object.")
{
    DiffCommand.Create(),
    WorkerTasks.CreateCommand(),
};
try
{
    return await root.Parse(args).InvokeAsync(new() { EnableDefaultExceptionHandler = false });
}
catch (BenchmarkException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    return 1;
}
