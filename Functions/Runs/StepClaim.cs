namespace AudienceSync.Runs;

/// <summary>A worker's hold on one step, renewed while it works and let go when it ends. A worker that dies loses it after a while.</summary>
internal sealed class StepClaim : IAsyncDisposable
{
    private readonly IRunStore _runs;
    private readonly string _runId;
    private readonly string _step;
    private readonly string _owner = Guid.NewGuid().ToString("N");
    private readonly TimeSpan _duration;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _lost = new();
    private readonly CancellationTokenSource _ended = new();
    private Task _renewal = Task.CompletedTask;

    private StepClaim(IRunStore runs, string runId, string step, TimeSpan duration, TimeProvider time) =>
        (_runs, _runId, _step, _duration, _time) = (runs, runId, step, duration, time);

    /// <summary>Null when the step is ours; else when the present hold ends.</summary>
    public DateTimeOffset? HeldUntil { get; private set; }

    /// <summary>Fires when somebody else took the step: stop working on it.</summary>
    public CancellationToken Lost => _lost.Token;

    public static async Task<StepClaim> TryTakeAsync(
        IRunStore runs, string runId, string step, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        var claim = new StepClaim(runs, runId, step, duration, time);
        claim.HeldUntil = await claim.HoldAsync(cancellationToken);
        if (claim.HeldUntil is null)
        {
            claim._renewal = claim.RenewAsync();
        }

        return claim;
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        await StopAsync();
        await _runs.ReleaseClaimAsync(_runId, _step, _owner, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _lost.Dispose();
        _ended.Dispose();
    }

    private async Task StopAsync()
    {
        await _ended.CancelAsync();
        await _renewal;
    }

    private Task<DateTimeOffset?> HoldAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        return _runs.TryClaimAsync(_runId, _step, _owner, now, now + _duration, cancellationToken);
    }

    private async Task RenewAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(_duration / 3, _time);
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (await HoldAsync(_ended.Token) is not null)
                {
                    await _lost.CancelAsync();
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The step ended.
        }
    }
}
