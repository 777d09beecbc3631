using System.Text.RegularExpressions;
using AudienceSync.Fakes;

namespace AudienceSync.Infra.Rules;

/// <summary>Workflows: actions pinned by commit, least permissions, and commands about things that exist.</summary>
internal static partial class WorkflowRules
{
    /// <summary>What the repository's pipelines do, by file.</summary>
    private static readonly string[] Wanted = ["ci", "release-build", "smoke", "bicep", "deploy", "codeql", "template"];

    /// <summary>Options of dotnet whose value is the next word.</summary>
    private static readonly string[] WithValue = ["-c", "--configuration", "-o", "--output", "-v", "--verbosity", "--filter", "--logger", "-r", "--runtime", "--results-directory", "--include"];

    private static readonly string[] DotnetVerbs = ["build", "test", "publish", "run", "restore", "format"];

    public static IEnumerable<string> Faults(InfraFiles files)
    {
        var workflows = files.Workflows.ToList();
        foreach (var missing in Wanted.Where(name => workflows.All(workflow => workflow.Path != $".github/workflows/{name}.yml")))
        {
            yield return $"There is no workflow {missing}.yml.";
        }

        foreach (var (path, text) in workflows)
        {
            foreach (var (number, line) in text.Split('\n').Index())
            {
                foreach (var fault in LineFaults(line))
                {
                    yield return $"{path}:{number + 1}: {fault}";
                }
            }

            foreach (var fault in WholeFaults(text))
            {
                yield return $"{path}: {fault}";
            }
        }
    }

    private static IEnumerable<string> LineFaults(string line)
    {
        if (line.TrimStart().StartsWith('#'))
        {
            yield break;
        }

        if (Uses().Match(line) is { Success: true } uses && !uses.Groups[1].Value.StartsWith("./", StringComparison.Ordinal) && !Pinned().IsMatch(line))
        {
            yield return $"'{uses.Groups[1].Value}' is not pinned: owner/action@<40 hex digits> # v1.2.3.";
        }

        foreach (var path in PathIn().Matches(line).Select(match => match.Groups[1].Value.TrimEnd('.', ',', ')', '/')).Where(path => !Exists(path)))
        {
            yield return $"'{path}' does not exist.";
        }

        foreach (Match command in Dotnet().Matches(line))
        {
            foreach (var fault in DotnetFaults(command.Groups[1].Value, command.Groups[2].Value))
            {
                yield return fault;
            }
        }
    }

    private static IEnumerable<string> WholeFaults(string text)
    {
        if (!text.Contains("\npermissions:\n", StringComparison.Ordinal))
        {
            yield return "it does not say which permissions it needs.";
        }

        if (text.Contains("pull_request_target", StringComparison.Ordinal))
        {
            yield return "pull_request_target gives secrets to code of strangers.";
        }

        var jobs = JobTimeLimits().Count(text);
        var machines = Machines().Count(text);
        if (machines == 0 || jobs < machines)
        {
            yield return $"{machines} jobs, {jobs} of them with timeout-minutes.";
        }

        if (text.Contains("Azure/login@", StringComparison.OrdinalIgnoreCase) && !text.Contains("id-token: write", StringComparison.Ordinal))
        {
            yield return "it signs in to Azure without id-token: write.";
        }

        if (text.Contains("creds:", StringComparison.Ordinal) || text.Contains("client-secret", StringComparison.Ordinal))
        {
            yield return "it signs in to Azure with a secret.";
        }
    }

    private static IEnumerable<string> DotnetFaults(string verb, string rest)
    {
        if (!DotnetVerbs.Contains(verb))
        {
            yield break;
        }

        var words = rest.Split(' ');
        for (var at = 0; at < words.Length && words[at] is not ("--" or "&&" or "||" or "|" or ">" or "&" or ";" or "\\"); at++)
        {
            var word = words[at];
            if (word.Length == 0)
            {
                continue;
            }

            if (word == "--project" && at + 1 < words.Length)
            {
                at++;
                if (!IsProject(words[at]))
                {
                    yield return $"'{words[at]}' is no project.";
                }
            }
            else if (WithValue.Contains(word))
            {
                at++;
            }
            else if (!word.StartsWith('-') && !word.StartsWith('$') && !word.StartsWith('"') && !IsProject(word))
            {
                yield return $"'{word}' is no project.";
            }
        }
    }

    private static bool IsProject(string path)
    {
        var full = Repository.PathOf(path);
        return (File.Exists(full) && (path.EndsWith(".csproj", StringComparison.Ordinal) || path.EndsWith(".slnx", StringComparison.Ordinal)))
            || (Directory.Exists(full) && Directory.EnumerateFiles(full, "*.csproj").Any());
    }

    private static bool Exists(string path)
    {
        var plain = path.Split('*')[0].TrimEnd('/');
        var full = Repository.PathOf(plain);
        // An address with a variable in it is judged by its folder.
        return plain.Contains('$') ? Directory.Exists(Repository.PathOf(plain.Split('$')[0].TrimEnd('/'))) : File.Exists(full) || Directory.Exists(full) || IsMade(plain);
    }

    /// <summary>Made by a build, and so not there before one.</summary>
    private static bool IsMade(string path) => path.Contains("/bin/", StringComparison.Ordinal) || path.Contains("/obj/", StringComparison.Ordinal);

    [GeneratedRegex(@"^\s*-?\s*uses:\s*(\S+)")]
    private static partial Regex Uses();

    [GeneratedRegex(@"uses:\s*[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+\s*$")]
    private static partial Regex Pinned();

    [GeneratedRegex(@"(?<![\w/.$@}-])((?:infra|Functions\.Tests|Functions|Local|Benchmarks|docs|\.ci|\.github)/[\w.$*/-]+)")]
    private static partial Regex PathIn();

    [GeneratedRegex(@"\bdotnet (\w+)((?: +[^\s#]+)*)")]
    private static partial Regex Dotnet();

    [GeneratedRegex("^    timeout-minutes: ", RegexOptions.Multiline)]
    private static partial Regex JobTimeLimits();

    [GeneratedRegex("^    runs-on: ", RegexOptions.Multiline)]
    private static partial Regex Machines();
}
