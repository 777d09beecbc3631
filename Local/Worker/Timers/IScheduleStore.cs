namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>Remembers the last and next run of monitored timers over restarts.</summary>
internal interface IScheduleStore
{
    Task<ScheduleStatus?> ReadAsync(string function, CancellationToken cancellationToken);

    Task WriteAsync(string function, ScheduleStatus status, CancellationToken cancellationToken);
}
