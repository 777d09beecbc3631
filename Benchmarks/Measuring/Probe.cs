using System.Diagnostics;
using System.Globalization;

namespace AudienceSync.Benchmarks.Measuring;

/// <summary>Measures work of this process.</summary>
internal static class Probe
{
    private const string Status = "/proc/self/status";
    private const string ClearRefs = "/proc/self/clear_refs";

    /// <summary>Runs the work once and says what it cost. One process does one piece of measured work, so that the peak is its own.</summary>
    public static async Task<Figure> MeasureAsync(Func<Task> work)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true); // gives what the warm-up took back to the system
        ResetPeak();
        using var process = Process.GetCurrentProcess();
        var (allocated, cpu, watch) = (GC.GetTotalAllocatedBytes(precise: true), process.TotalProcessorTime, Stopwatch.StartNew());
        await work();
        var seconds = watch.Elapsed.TotalSeconds;
        process.Refresh();
        return new(
            seconds,
            (process.TotalProcessorTime - cpu).TotalSeconds,
            PeakMiB(process),
            GC.GetTotalAllocatedBytes(precise: true) - allocated);
    }

    public static Task<Figure> MeasureAsync(Action work) => MeasureAsync(() =>
    {
        work();
        return Task.CompletedTask;
    });

    /// <summary>Linux starts a new peak when asked; elsewhere the peak is that of the whole life of the process.</summary>
    private static void ResetPeak()
    {
        try
        {
            if (File.Exists(ClearRefs))
            {
                File.WriteAllText(ClearRefs, "5"); // proc(5): resets VmHWM
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Some containers forbid it: then the peak counts what came before, too.
        }
    }

    private static double PeakMiB(Process process)
    {
        if (!File.Exists(Status))
        {
            return process.PeakWorkingSet64 / (double)(1 << 20);
        }

        // VmHWM:     44321 kB
        var line = File.ReadLines(Status).First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return double.Parse(line.AsSpan("VmHWM:".Length).Trim().TrimEnd("kB"), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture) / 1024;
    }
}
