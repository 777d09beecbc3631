using System.Runtime.InteropServices;

namespace AudienceSync.Benchmarks.Processes;

/// <summary>What the ended children of this process, and their children, have used so far.</summary>
internal static class ChildrenUsage
{
    private const int Children = -1; // RUSAGE_CHILDREN of getrusage(2)

    /// <returns>CPU seconds of all together, and the most memory that one of them had; null where the system is not Linux on 64 bits.</returns>
    public static (double CpuSeconds, double PeakMiB)? Read()
    {
        if (!OperatingSystem.IsLinux() || !Environment.Is64BitProcess || getrusage(Children, out var usage) != 0)
        {
            return null;
        }

        return (Seconds(usage.UserSeconds, usage.UserMicroseconds) + Seconds(usage.SystemSeconds, usage.SystemMicroseconds), usage.MaxResidentKiB / 1024d);
    }

    private static double Seconds(long seconds, long microseconds) => seconds + (microseconds / 1e6);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
#pragma warning disable SYSLIB1054 // a generated import would need unsafe code in the whole project
    private static extern int getrusage(int who, out Usage usage);
#pragma warning restore SYSLIB1054

    /// <summary><c>struct rusage</c> of Linux on 64 bits.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 144)]
    private struct Usage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
        public long MaxResidentKiB;
    }
}
