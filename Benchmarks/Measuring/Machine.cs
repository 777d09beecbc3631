using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace AudienceSync.Benchmarks.Measuring;

/// <summary>Where, when and of what the figures were measured.</summary>
internal static class Machine
{
    public static JsonObject Describe(string loadBefore) => new()
    {
        ["processor"] = Processor(),
        ["cores"] = Environment.ProcessorCount,
        ["memoryGiB"] = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1L << 30), 1),
        ["system"] = RuntimeInformation.OSDescription,
        ["runtime"] = RuntimeInformation.FrameworkDescription,
        ["date"] = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        ["commit"] = Commit(),
        ["loadBefore"] = loadBefore,
        ["loadAfter"] = Load(),
    };

    /// <summary>Load averages of the last 1, 5 and 15 minutes; empty where the system does not tell.</summary>
    public static string Load()
    {
        const string file = "/proc/loadavg";
        return File.Exists(file) ? string.Join(' ', File.ReadAllText(file).Split(' ').Take(3)) : "";
    }

    private static string Processor()
    {
        const string file = "/proc/cpuinfo";
        var name = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal)) : null;
        return name is null ? RuntimeInformation.ProcessArchitecture.ToString() : name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    /// <summary>The commit of the repository, with a plus when something in it is not committed; empty outside a clone.</summary>
    private static string Commit()
    {
        var commit = Git("rev-parse", "--short", "HEAD");
        return commit.Length > 0 && Git("status", "--porcelain", "--untracked-files=no").Length > 0 ? $"{commit}+" : commit;
    }

    private static string Git(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = AppContext.BaseDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            })!;
            var output = git.StandardOutput.ReadToEnd();
            git.WaitForExit();
            return git.ExitCode == 0 ? output.Trim() : "";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return ""; // no git here
        }
    }
}
