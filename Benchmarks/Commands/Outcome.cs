using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Reports;

namespace AudienceSync.Benchmarks.Commands;

/// <summary>What a command found: figures, checks, and what could not be measured.</summary>
internal sealed class Outcome(string command)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Tells the saved results of one command apart: of another size than the main one, say.</summary>
    public static string? Label { get; set; }

    private readonly string _loadBefore = Machine.Load();
    private readonly List<string> _failures = [];
    private readonly JsonObject _skipped = [];

    /// <summary>What is printed last; numbers that say nothing on their own are told apart by their names: seconds, MiB, bytes.</summary>
    public JsonObject Json { get; } = [];

    /// <summary>A step under way, on standard error: standard output is for the result.</summary>
    public static void Tell(string step) => Console.Error.WriteLine($"  … {step}");

    /// <summary>Records that a result is as it must be, or fails the command at its end.</summary>
    public void Check(bool holds, string failure)
    {
        if (!holds)
        {
            _failures.Add(failure);
        }
    }

    /// <summary>Runs a part that needs another program; without it the command goes on, and says so.</summary>
    public async Task TryAsync(string peer, Func<Task> measure)
    {
        try
        {
            await measure();
        }
        catch (BenchmarkException exception)
        {
            Tell($"{peer} is left out: {exception.Message}");
            _skipped[peer] = exception.Message.Split('\n')[0];
        }
    }

    /// <summary>Prints the table, faults if any, and as the last line the JSON object.</summary>
    /// <returns>The exit code: 0 when every check held.</returns>
    public async Task<int> EndAsync(IEnumerable<Table> tables, bool save)
    {
        foreach (var table in tables)
        {
            table.Print(Console.Out);
            await Console.Out.WriteLineAsync();
        }

        foreach (var failure in _failures)
        {
            await Console.Error.WriteLineAsync($"WRONG: {failure}");
        }

        Json["checks"] = _failures.Count == 0 ? "all hold" : new JsonArray([.. _failures.Select(failure => (JsonNode)failure)]);
        if (_skipped.Count > 0)
        {
            Json["skipped"] = _skipped;
        }

        Json["machine"] = Machine.Describe(_loadBefore);
        if (save)
        {
            await File.WriteAllTextAsync(Path.Combine(Repository.Results(), Label is null ? $"{command}.json" : $"{command}-{Label}.json"), Json.ToJsonString(Indented) + "\n");
        }

        await Console.Out.WriteLineAsync(Json.ToJsonString());
        return _failures.Count == 0 ? 0 : 1;
    }
}
