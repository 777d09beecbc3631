using System.Text;
using AudienceSync.Local;
using AudienceSync.Local.Demo;

Console.OutputEncoding = Encoding.UTF8;
var (options, fault) = DemoOptions.Parse(args);
if (options is null)
{
    await Console.Error.WriteLineAsync($"{fault}\n\n{DemoOptions.Help}");
    return 2;
}

if (options.ShowsHelp)
{
    await Console.Out.WriteLineAsync(DemoOptions.Help);
    return 0;
}

using var stop = new StopSignal();
try
{
    return options.ShowsPlatforms ? await PlatformsRun.RunAsync(options, stop.Token)
        : options.IsEmpty ? await EmptyRun.RunAsync(options, stop.Token)
        : await FullRun.RunAsync(options, stop.Token);
}
catch (OperationCanceledException) when (stop.Token.IsCancellationRequested)
{
    return options.Exits ? 1 : 0;
}
catch (Exception exception) when (exception is DemoException or AzuriteException or HttpRequestException)
{
    await Console.Error.WriteLineAsync($"\n{exception.Message}");
    return 1;
}
