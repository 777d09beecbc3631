using System.Diagnostics;
using System.Text.Json.Nodes;
using AudienceSync.Fakes;
using AudienceSync.Local.Worker;

namespace AudienceSync.Local.EndToEnd;

/// <summary>An app whose every write can be its last, and which is started again on the same storage.</summary>
public sealed class KilledApp : IAsyncLifetime
{
    /// <summary>Between two ticks of the minute timer, which brings a stalled run back on its way.</summary>
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(90);

    private StorageProxy _storage = null!;

    internal Steps Steps { get; } = new();

    /// <summary>The present process.</summary>
    internal AppProcess App { get; private set; } = null!;

    /// <summary>Steps of a run that nothing disturbed; null until somebody has counted.</summary>
    internal int? StepsOfARun { get; set; }

    public async Task InitializeAsync()
    {
        _storage = await StorageProxy.StartAsync(await AzuriteFixture.NewAccountAsync(), Steps);
        App = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        await _storage.DisposeAsync();
    }

    /// <summary>Starts a run and waits for its end; a process that dies meanwhile is followed by another, until one lives to see a run of its own through.</summary>
    /// <param name="onRestart">Called after each start, with its number from 1.</param>
    internal async Task<JsonNode> RunThroughAsync(string destinationId, Action<int>? onRestart = null)
    {
        JsonNode run = new JsonObject();
        string? runId = null;
        var restarts = 0;
        var sinceTick = Stopwatch.StartNew();
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    if (runId is null)
                    {
                        runId = await TryStartRunAsync(destinationId);
                        if (runId is null && sinceTick.Elapsed > TickEvery)
                        {
                            sinceTick.Restart();
                            await App.TickAsync();
                        }

                        return false;
                    }

                    run = await App.Api.ReadRunAsync(runId);
                    return run["phase"]!.GetValue<string>() == "finished";
                }
                catch (HttpRequestException) when (!App.IsRunning)
                {
                    await RestartAsync();
                    onRestart?.Invoke(++restarts);
                    runId = null;
                    return false;
                }
            },
            $"a run of {destinationId} comes through",
            RecoveryLimit);
        RunNumbers.ShouldAddUp(run);
        return run;
    }

    /// <summary>Starts the app where a test before left it dead.</summary>
    internal async Task EnsureRunningAsync()
    {
        Steps.Disarm();
        if (!App.IsRunning)
        {
            await RestartAsync();
        }
    }

    private async Task RestartAsync()
    {
        await App.DisposeAsync();
        App = await StartAsync();
    }

    /// <summary>Null when a run is active: the one that was under way when its process died.</summary>
    private async Task<string?> TryStartRunAsync(string destinationId)
    {
        var answer = await App.Api.PostAsync($"destinations/{destinationId}/runs");
        if (answer.Status == 202)
        {
            return answer.Id;
        }

        answer.ShouldBeProblem(409, "run_active");
        return null;
    }

    private Task<AppProcess> StartAsync() => AppProcess.StartAsync(_storage.ConnectionString);
}
