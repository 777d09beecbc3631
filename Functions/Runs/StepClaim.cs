namespace AudienceSync.Runs;

/// <summary>A worker's hold on one step, renewed while it works and let go when it ends, well or not. A worker that dies loses it after a while.</summary>
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
    private bool _isReleased;

    private StepClaim(IRunStore runs, string runId, string step, TimeSpan duration, TimeProvider time) =>
        (_runs, _runId, _step, _duration, _time) = (runs, runId, step, duration, time);

    /// <summary>Whether the step is ours; else somebody works on it.</summary>
    public bool IsOurs { get; private set; }

    /// <summary>Fires when the step is no longer surely ours: stop working on it.</summary>
    public CancellationToken Lost => _lost.Token;

    public static async Task<StepClaim> TryTakeAsync(
        IRunStore runs, string runId, string step, TimeSpan duration, TimeProvider time, CancellationToken cancellationToken)
    {
        var claim = new StepClaim(runs, runId, step, duration, time);
        claim.IsOurs = await claim.HoldAsync(cancellationToken);
        if (claim.IsOurs)
        {
            claim._renewal = claim.RenewAsync();
        }

        return claim;
    }

    public async Task ReleaseAsync()
    {
        await StopAsync();
        if (IsOurs && !_isReleased)
        {
            // Also when the step failed or the app stops: whoever tries the step next must not wait for the hold to run out.
            await _runs.ReleaseClaimAsync(_runId, _step, _owner, CancellationToken.None);
            _isReleased = true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await ReleaseAsync();
        }
        finally
        {
            _lost.Dispose();
            _ended.Dispose();
        }
    }

    private async Task StopAsync()
    {
        await _ended.CancelAsync();
        await _renewal;
    }

    private async Task<bool> HoldAsync(CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        return await _runs.TryClaimAsync(_runId, _step, _owner, now, now + _duration, cancellationToken) is null;
    }

    private async Task RenewAsync()
    {
        try
        {
            using var timer = new PeriodicTimer(_duration / 3, _time);
            while (await timer.WaitForNextTickAsync(_ended.Token))
            {
                if (!await HoldAsync(_ended.Token))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The step ended.
        }
        finally
        {
            // Whether somebody took the step or the hold could not be renewed: who is not sure of the step stops.
            if (!_ended.IsCancellationRequested)
            {
                await _lost.CancelAsync();
            }
        }
    }
}
