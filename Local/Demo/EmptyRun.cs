namespace AudienceSync.Local.Demo;

/// <summary><c>--empty</c>: storage and app until told to stop. Standard output carries the ready line (and a key made up here); steps go to standard error.</summary>
internal static class EmptyRun
{
    public static async Task<int> RunAsync(DemoOptions options, CancellationToken stop)
    {
        var terminal = new Terminal(Console.Error, Console.IsErrorRedirected);
        terminal.Title("AudienceSync");
        await using var installation = await Installation.StartAsync(options, terminal, stop);
        if (options.Key is null)
        {
            await Console.Out.WriteLineAsync($"key {installation.Key}");
        }

        await Console.Out.WriteLineAsync($"ready {installation.App.Api}");
        terminal.Line($"  App's log: {installation.LogFile}");
        return await installation.RunUntilAsync(stop);
    }
}
