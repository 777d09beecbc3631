using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms;

namespace AudienceSync.Local.Demo;

/// <summary><c>--platforms</c>: the platforms in play alone, until told to stop. Standard output carries their address; how to connect each goes to standard error.</summary>
internal static class PlatformsRun
{
    public static async Task<int> RunAsync(DemoOptions options, CancellationToken stop)
    {
        var terminal = new Terminal(Console.Error, Console.IsErrorRedirected);
        await using var platforms = await PlatformServer.StartAsync(TimeProvider.System, options.Port, stop);
        terminal.Title("Platforms in play");
        terminal.Line("Give a connection these settings and secrets; its baseUrl sends it here. The app must allow private addresses (Outbound__AllowPrivateAddresses=true).");
        foreach (var slug in platforms.Slugs)
        {
            terminal.Line($"\n  {terminal.Bold(slug)}");
            foreach (var (name, value) in platforms.SettingsOf(slug))
            {
                terminal.Line($"    {name} = {Shorten(value)}");
            }
        }

        var address = platforms.Address.GetLeftPart(UriPartial.Authority);
        terminal.Line($"""

              What a platform holds:  {address}/__state/klaviyo
              People put there:       POST {address}/__seed/klaviyo      see Local/Platforms/Controls.cs
              Made to fail:           POST {address}/__control/klaviyo   such as fail = throttle, times = 3
              All settings as JSON:   {address}/
            """);
        await Console.Out.WriteLineAsync($"ready {address}");
        await Task.Delay(Timeout.InfiniteTimeSpan, stop).ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return 0;
    }

    /// <summary>A key file has many lines: it is read from the JSON.</summary>
    private static string Shorten(JsonNode? value) => value?.ToString() is { Length: <= 120 } text ? text : "(long: see the settings as JSON)";
}
