using System.Diagnostics;

namespace AudienceSync.Local.Worker;

/// <summary>Waits for what other tasks bring about.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    public static async Task HoldsAsync(Func<bool> condition, string what)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            watch.Elapsed.ShouldBeLessThan(Limit, $"never: {what}");
            await Task.Yield();
        }
    }

    /// <summary>For conditions that ask a server: a pause between two questions, so that it is not flooded.</summary>
    /// <param name="limit">20 seconds unless given.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string what, TimeSpan? limit = null)
    {
        using var pause = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.ShouldBeLessThan(limit ?? Limit, $"never: {what}");
            await pause.WaitForNextTickAsync();
        }
    }
}
