using System.Diagnostics;
using AudienceSync.Fakes;

namespace AudienceSync.Local.EndToEnd;

/// <summary>A procedure of docs/operations.md, run as an operator runs it.</summary>
internal static class OpsScript
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <returns>What it printed; it must end well.</returns>
    public static async Task<string> RunAsync(string name, params IEnumerable<string> arguments)
    {
        using var node = Process.Start(new ProcessStartInfo("node", [Repository.PathOf("ops", name), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var (output, errors) = (node.StandardOutput.ReadToEndAsync(), node.StandardError.ReadToEndAsync());
        await node.WaitForExitAsync().WaitAsync(Limit);
        node.ExitCode.ShouldBe(0, await errors);
        return await output;
    }
}
