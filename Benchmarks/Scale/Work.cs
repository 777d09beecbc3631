namespace AudienceSync.Benchmarks.Scale;

/// <summary>What one queue message has an instance do, one after the other: read, compute, write, and wait for a platform.</summary>
internal readonly record struct Work(double ReadBytes, double CpuSeconds, double WriteBytes, double WaitSeconds)
{
    /// <summary>Bytes that one request of the table service carries at most.</summary>
    public const double RequestBytes = 4 * 720 * 1024;

    public double Requests => Math.Ceiling(ReadBytes / RequestBytes) + Math.Ceiling(WriteBytes / RequestBytes);
}
