using System.Diagnostics;
using System.Globalization;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>What another process on this machine uses. Linux alone tells.</summary>
internal sealed class ProcessUsage(int id)
{
    private const int TicksPerSecond = 100; // sysconf(_SC_CLK_TCK) on Linux

    /// <summary>A process below this one, with its children's children, whose command line has these words; null where there is none or the system does not tell.</summary>
    public static ProcessUsage? FindDescendant(string words)
    {
        if (!Directory.Exists("/proc/self"))
        {
            return null;
        }

        var all = Process.GetProcesses().Select(process => process.Id).ToList();
        var parents = all.Select(id => (Id: id, Parent: Field(id, 4))).Where(process => process.Parent is not null).ToDictionary(process => process.Id, process => (int)process.Parent!);
        return all.Where(id => IsBelowUs(id) && CommandLine(id) is var line && line.Contains(words, StringComparison.Ordinal) && !line.StartsWith("node", StringComparison.Ordinal))
            .Select(id => new ProcessUsage(id)).FirstOrDefault();

        bool IsBelowUs(int id)
        {
            while (parents.TryGetValue(id, out var parent))
            {
                if (parent == Environment.ProcessId)
                {
                    return true;
                }

                id = parent;
            }

            return false;
        }
    }

    /// <summary>User and system time so far.</summary>
    public double CpuSeconds => ((Field(id, 14) ?? 0) + (Field(id, 15) ?? 0)) / TicksPerSecond;

    /// <summary>Most resident memory since the last <see cref="ResetPeak"/>.</summary>
    public double PeakMiB
    {
        get
        {
            var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return double.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
        }
    }

    public void ResetPeak()
    {
        try
        {
            File.WriteAllText($"/proc/{id}/clear_refs", "5"); // proc(5): resets VmHWM
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Some containers forbid it: then the peak counts what came before, too.
        }
    }

    /// <summary>A field of proc(5) stat by its number there; null when the process is gone.</summary>
    private static double? Field(int id, int number)
    {
        try
        {
            // pid (name) state …: the name may hold blanks and brackets, so the third field begins behind its last bracket.
            var text = File.ReadAllText($"/proc/{id}/stat");
            return double.Parse(text[(text.LastIndexOf(')') + 2)..].Split(' ')[number - 3], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static string CommandLine(int id)
    {
        try
        {
            return File.ReadAllText($"/proc/{id}/cmdline").Replace('\0', ' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
