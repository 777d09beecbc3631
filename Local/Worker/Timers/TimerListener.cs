using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Microsoft.Azure.Functions.Worker.Local;

/// <summary>
/// Fires one timer function on its schedule, one run at a time: what falls due during a run is skipped. A monitored timer that missed an
/// occurrence while the app was down runs once at start, past due, however many it missed.
/// </summary>
/// <param name="run">Runs the function; true = success.</param>
internal sealed class TimerListener(
    FunctionEntry function,
    Trigger.Timer trigger,
    IScheduleStore store,
    Func<TimerInfo, RetryContext?, Task<bool>> run,
    TimeProvider time,
    ILogger logger)
{
    /// <summary>Longest single wait; a timer of the runtime holds little more.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromDays(24);

    private static readonly TimeSpan RetryStart = TimeSpan.FromSeconds(10);

    private DateTime Now => time.GetUtcNow().UtcDateTime;

    public async Task RunAsync(CancellationToken stopping)
    {
        try
        {
            var isMonitored = trigger.UseMonitor && !trigger.Schedule.IsFasterThanMinute(Now);
            var status = isMonitored ? await ReadStatusAsync(stopping) : null;
            var now = Now;
            var due = trigger.Schedule.Next(now);
            if (status is not null && status.Next < now)
            {
                status = await FireAsync(status, isPastDue: true, planned: null, stopping);
                due = trigger.Schedule.NextAfterRun(now, Now);
            }
            else if (trigger.RunOnStartup)
            {
                status = await FireAsync(status, isPastDue: false, planned: null, stopping);
                due = trigger.Schedule.NextAfterRun(now, Now);
            }

            while (true)
            {
                await WaitUntilAsync(due, stopping);
                var started = Now;
                status = await FireAsync(status, isPastDue: false, planned: due, stopping);
                due = trigger.Schedule.NextAfterRun(started, Now);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // told to stop
        }
    }

    private async Task<ScheduleStatus> ReadStatusAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                return await StartStatusAsync(stopping);
            }
            catch (Exception exception) when (!stopping.IsCancellationRequested && StorageFault.MayPass(exception))
            {
                logger.LogWarning("The status of timer {Function} cannot be read now: {Reason}", function.Name, exception.Message);
                await Task.Delay(RetryStart, time, stopping);
            }
        }
    }

    /// <summary>The stored status, made or set right by the rules of the WebJobs SDK's schedule monitor.</summary>
    private async Task<ScheduleStatus> StartStatusAsync(CancellationToken stopping)
    {
        var now = Now;
        if (await store.ReadAsync(function.Name, stopping) is not { } status)
        {
            status = new() { Next = trigger.Schedule.Next(now), LastUpdated = now };
            await store.WriteAsync(function.Name, status, stopping);
            return status;
        }

        var from = status.Last == default ? status.LastUpdated : status.Last;
        var expected = from == default ? status.Next : trigger.Schedule.Next(from);
        if (status.Next == expected)
        {
            return status;
        }

        // The schedule has changed since: a next run of the old one that lies in the past is no missed run.
        status = new() { Next = now > status.Next ? trigger.Schedule.Next(now) : expected, LastUpdated = now };
        await store.WriteAsync(function.Name, status, stopping);
        return status;
    }

    private async Task<ScheduleStatus?> FireAsync(ScheduleStatus? status, bool isPastDue, DateTime? planned, CancellationToken stopping)
    {
        var invoked = Now;
        await RunWithRetriesAsync(new TimerInfo { ScheduleStatus = status, IsPastDue = isPastDue }, stopping);
        if (status is null)
        {
            return null;
        }

        // A run that fired a little early counts for its planned time, else the same slot would come twice.
        var counted = planned is { } slot && slot > invoked ? slot : invoked;
        status = new() { Last = counted, Next = trigger.Schedule.Next(counted), LastUpdated = counted };
        try
        {
            await store.WriteAsync(function.Name, status, CancellationToken.None);
        }
        catch (Exception exception) when (StorageFault.MayPass(exception))
        {
            logger.LogError(exception, "The status of timer {Function} could not be stored.", function.Name);
        }

        return status;
    }

    private async Task RunWithRetriesAsync(TimerInfo timer, CancellationToken stopping)
    {
        var delays = Delays(function.Retry);
        RetryContext? retry = null;
        for (var count = 1; !await run(timer, retry); count++)
        {
            if (delays is null || function.Retry is not { } policy || (policy.MaxRetryCount >= 0 && count > policy.MaxRetryCount))
            {
                return; // the failure is logged; the next run is on schedule
            }

            await Task.Delay(delays(), time, stopping);
            retry = new RetryState(count, policy.MaxRetryCount);
        }
    }

    private static Func<TimeSpan>? Delays(RetryAttribute? policy) => policy switch
    {
        FixedDelayRetryAttribute { DelayInterval: var interval } => () => Interval(interval),
        ExponentialBackoffRetryAttribute backoff => new Backoff(Interval(backoff.MinimumInterval), Interval(backoff.MaximumInterval), Random.Shared).Grow,
        _ => null,
    };

    private static TimeSpan Interval(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);

    private async Task WaitUntilAsync(DateTime due, CancellationToken stopping)
    {
        for (var wait = due - Now; wait > TimeSpan.Zero; wait = due - Now)
        {
            await Task.Delay(wait < LongestWait ? wait : LongestWait, time, stopping);
        }

        stopping.ThrowIfCancellationRequested();
    }
}
