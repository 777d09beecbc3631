using AudienceSync.Connections;
using AudienceSync.Connectors.Kit;
using AudienceSync.Delivery;

namespace AudienceSync.Runs;

/// <summary>Ends a run before anything of it is sent, or puts it off: what passes by itself is waited for, anything else ends it.</summary>
public sealed class EarlyEnd(IRunStore runs, RunFinisher finisher, ConnectionService connections, DeliveryOptions options, TimeProvider time)
{
    /// <summary>Most times a run waits, throttled or not; then it fails.</summary>
    private const int MaxWaits = 20;

    /// <summary>Deals with an answer from outside that a step cannot go on without.</summary>
    /// <param name="run">Stays in its status while it waits.</param>
    /// <param name="connectionId">Whose credentials may be at fault.</param>
    /// <param name="what">Begins the sentence that says what went wrong.</param>
    /// <returns>How long the run waits; null when it ended.</returns>
    public async Task<TimeSpan?> WaitOrFailAsync(Run run, string connectionId, string what, DeliveryOutcome failure, CancellationToken cancellationToken)
    {
        var (code, detail) = failure is DeliveryOutcome.Unauthorized ? (RunNames.Unauthorized, failure.Describe().Detail) : failure.Describe();
        TimeSpan? wait = failure switch
        {
            DeliveryOutcome.Failed when run.Waits + 1 < options.MaxAttempts => RetrySchedule.After(run.Waits + 1, options, Random.Shared.NextDouble()),
            DeliveryOutcome.Throttled throttled when run.Waits < MaxWaits && (throttled.RetryAfter ?? options.ThrottleDefault) <= options.ThrottleCap =>
                throttled.RetryAfter ?? options.ThrottleDefault,
            _ => null,
        };
        if (wait is { } pause)
        {
            var notBefore = time.GetUtcNow() + pause;
            await runs.UpdateAsync(
                run.Id, current => current.Status == run.Status ? current with { Waits = current.Waits + 1, NotBefore = notBefore } : null, cancellationToken);
            return pause;
        }

        if (failure is DeliveryOutcome.Unauthorized)
        {
            await connections.MarkUnauthorizedAsync(connectionId, detail, cancellationToken);
        }

        await FailAsync(run, code, $"{what}: {detail}", cancellationToken);
        return null;
    }

    public Task FailAsync(Run run, string code, string detail, CancellationToken cancellationToken) =>
        EndAsync(run, RunStatus.Failed, code, detail, cancellationToken);

    /// <summary>Ends the run unless it has moved on from its status.</summary>
    public async Task EndAsync(Run run, RunStatus status, string code, string detail, CancellationToken cancellationToken)
    {
        Run? current = run;
        var why = new RunError(code, detail, 0, Retryable: code is RunNames.Unauthorized);
        while (current?.Status == run.Status
            && !await finisher.FinishAsync(
                current with { Status = status, Stopped = code is RunNames.Unauthorized ? why : null, TopErrors = [why] }, cancellationToken))
        {
            current = await runs.FindAsync(run.Id, cancellationToken);
        }
    }
}
