using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>Runs one piece of work in a process of its own, so that its memory and CPU time are its own.</summary>
internal static class WorkerProcess
{
    public const string Command = "worker";

    /// <summary>Set in the environment of workers that skip their warm-up.</summary>
    private const string QuickVariable = "AUDIENCESYNC_BENCHMARKS_QUICK";

    /// <summary>No warm-ups, here and in workers started from here: for checks of the harness, whose figures nobody reads.</summary>
    public static bool IsQuick { get; set; } = Environment.GetEnvironmentVariable(QuickVariable) is "1";

    /// <summary>Starts this program as <c>worker NAME INPUT</c>.</summary>
    /// <param name="name">A name of <see cref="WorkerTasks"/>.</param>
    /// <returns>The object that the worker printed last.</returns>
    /// <exception cref="BenchmarkException">It failed.</exception>
    public static Task<JsonObject> RunAsync(string name, JsonObject input, CancellationToken cancellationToken)
    {
        var program = Environment.ProcessPath!;
        string[] host = Path.GetFileNameWithoutExtension(program) is "dotnet" ? [typeof(WorkerProcess).Assembly.Location] : [];
        return ChildProcess.RunForJsonAsync(
            new(program, [.. host, Command, name, input.ToJsonString()]) { Environment = { [QuickVariable] = IsQuick ? "1" : "0" } }, cancellationToken);
    }
}
