using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Reports;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>report</c>: writes the table of the README anew from the saved results.</summary>
internal static class ReportCommand
{
    private const string Begin = "<!-- results: written by the command \"report\" -->";
    private const string End = "<!-- end of results -->";

    public static Command Create()
    {
        var command = new Command("report", "Writes the table of Benchmarks/README.md anew from Benchmarks/results");
        command.SetAction((_, cancellationToken) => RunAsync(cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var results = Directory.EnumerateFiles(Repository.Results(), "*.json").ToDictionary(
            file => Path.GetFileNameWithoutExtension(file), file => JsonNode.Parse(File.ReadAllText(file))!, StringComparer.Ordinal);
        var text = new StringBuilder().Append(Begin).Append("\n\n").Append(Goals(results).ToMarkdown()).Append('\n').Append(Growth(results).ToMarkdown()).Append('\n').Append(Origins(results).ToMarkdown()).Append('\n').Append(End);
        var readme = Path.Combine(Repository.Root(), "Benchmarks", "README.md");
        var old = await File.ReadAllTextAsync(readme, cancellationToken);
        var (from, to) = (old.IndexOf(Begin, StringComparison.Ordinal), old.IndexOf(End, StringComparison.Ordinal));
        if (from < 0 || to < from)
        {
            throw new BenchmarkException($"{readme} has lost the lines between which the table stands: {Begin} and {End}");
        }

        await File.WriteAllTextAsync(readme, string.Concat(old.AsSpan(0, from), text.ToString(), old.AsSpan(to + End.Length)), cancellationToken);
        Goals(results).Print(Console.Out);
        await Console.Out.WriteLineAsync(new JsonObject { ["results"] = new JsonArray([.. results.Keys.Order(StringComparer.Ordinal).Select(name => (JsonNode)name)]) }.ToJsonString());
        return 0;
    }

    private static Table Goals(Dictionary<string, JsonNode> results)
    {
        var table = new Table("what", "size", "goal", "measured");
        foreach (var goal in Goal.All)
        {
            if (results.TryGetValue(goal.Result, out var json) && goal.Read(json) is { } measured)
            {
                table.Add($"{goal.Result}: {goal.What}", Table.Number((double?)json[goal.Size]), goal.Wanted, measured);
            }
        }

        return table;
    }

    /// <summary>What a member costs in results of several sizes.</summary>
    private static Table Growth(Dictionary<string, JsonNode> results)
    {
        var table = new Table("growth", "members", "µs a member (goal: within 1.3 × from 1 M to 10 M)", "peak MiB (goal: constant)");
        foreach (var (command, seconds, peak) in new[] { ("diff", "oursSeconds", "oursPeakMiB"), ("snapshot", "seconds", "peakMiB") })
        {
            var sizes = results.Where(result => result.Key == command || result.Key.StartsWith($"{command}-", StringComparison.Ordinal)).OrderBy(result => (long)result.Value["members"]!);
            foreach (var (_, json) in sizes)
            {
                var members = (double)json["members"]!;
                table.Add(command, Table.Number(members), Table.Number((double)json[seconds]! / members * 1e6), Table.Number((double?)json[peak]));
            }
        }

        return table;
    }

    private static Table Origins(Dictionary<string, JsonNode> results)
    {
        var table = new Table("result", "date", "commit", "machine", "load before · after (1, 5, 15 min)", "rounds", "checks");
        foreach (var (name, json) in results.OrderBy(result => result.Key, StringComparer.Ordinal))
        {
            var machine = json["machine"]!;
            table.Add(
                name,
                (string)machine["date"]!,
                (string)machine["commit"]!,
                $"{machine["processor"]}, {machine["cores"]} cores, {machine["memoryGiB"]} GiB, {machine["runtime"]}",
                $"{machine["loadBefore"]} · {machine["loadAfter"]}",
                json["rounds"]?.ToString() ?? "1",
                json["checks"] is JsonValue ? (string)json["checks"]! : "FAILED");
        }

        return table;
    }
}
