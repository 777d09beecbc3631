namespace AudienceSync.Local.Demo;

/// <summary>The demo: storage, app, receiver, sample and two syncs; then it stops (<c>--exit</c>) or stays.</summary>
internal static class FullRun
{
    public static async Task<int> RunAsync(DemoOptions options, CancellationToken stop)
    {
        var terminal = new Terminal(Console.Out, Console.IsOutputRedirected);
        terminal.Line(terminal.Bold("AudienceSync demo"));
        terminal.Line(terminal.Dim("A whole installation in temporary folders of this machine; nothing leaves it."));

        terminal.Title("Start");
        await using var installation = await Installation.StartAsync(options, terminal, stop);
        AudienceReceiver? receiver = null;
        await terminal.StepAsync("Receiver", async _ => (receiver = await AudienceReceiver.StartAsync(TimeProvider.System, stop)).Url);
        await using (receiver)
        {
            using var api = new ApiClient(installation.App.Api, installation.Key);
            var demo = new SyncDemo(api, receiver!, terminal, ShopClock.EndingAt(TimeProvider.System.GetUtcNow()));
            var (first, second) = await demo.RunAsync(stop);
            Report.Print(terminal, first, second, demo.Differences);
            var exitCode = demo.Differences.Count == 0 ? 0 : 1;
            if (!options.Exits)
            {
                Report.PrintNext(terminal, installation, receiver!, demo, second);
                return await installation.RunUntilAsync(stop);
            }

            terminal.Line();
            terminal.Line(Report.ToJson(first, second).ToJsonString());
            return exitCode;
        }
    }
}
