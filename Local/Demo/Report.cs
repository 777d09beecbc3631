using System.Globalization;
using System.Text.Json.Nodes;

namespace AudienceSync.Local.Demo;

/// <summary>What the demo prints at its end.</summary>
internal static class Report
{
    public static void Print(Terminal terminal, SyncResult first, SyncResult second, IReadOnlyList<string> differences)
    {
        terminal.Title("What happened");
        terminal.Table(
            ["", "first run", "second run"],
            [
                Row("In the segment", run => run.Members),
                Row("Without consent to marketing", run => run.ConsentBlocked),
                null,
                Row("Entered (added)", run => run.Delivered.Add),
                Row("Changed (updated)", run => run.Delivered.Update),
                Row("Left (removed)", run => run.Delivered.Remove),
                Row("Rejected by the receiver", run => run.Rejected.Total),
                Row("Unchanged, not sent", run => run.Unchanged),
                null,
                Row("Requests", run => run.Requests),
                ["Duration", Seconds(first), Seconds(second)],
            ]);
        if (!second.Expected.Left.IsEmpty)
        {
            terminal.Line($"\n  Why they left: {string.Join(", ", second.Expected.Left.Select(reason => $"{reason.Key} {reason.Value}"))}.");
        }

        terminal.Line();
        if (differences.Count == 0)
        {
            terminal.Line($"  {terminal.Green("✓")} An independent count agrees with every number, and with the receiver's list member by member.");
        }
        else
        {
            terminal.Line($"  {terminal.Red("✗")} An independent count disagrees:");
            foreach (var difference in differences)
            {
                terminal.Line($"    {difference}");
            }
        }

        IReadOnlyList<string> Row(string name, Func<SyncResult, int> number) => [name, Number(number(first)), Number(number(second))];
    }

    public static void PrintNext(Terminal terminal, Installation installation, AudienceReceiver receiver, SyncDemo demo, SyncResult second)
    {
        var api = installation.App.Api;
        terminal.Title("Now it is yours");
        terminal.Line($"  API        {api}");
        terminal.Line($"  Admin key  {installation.Key}");
        terminal.Line($"  Receiver   {receiver.ListUrl}  {terminal.Dim("(the list as it was told)")}");
        terminal.Line($"  App's log  {installation.LogFile}");
        terminal.Line("\n  Try, in another terminal");
        terminal.Line($"    KEY={installation.Key}");
        Try("whom the receiver rejected, and why:", $"'{api}/runs/{second.Id}/rows?outcome=rejected'");
        Try("how many would be in another segment:", $"{api}/segments/estimate -H 'Content-Type: application/json' -d '{{\"rules\":{{\"attr\":\"country\",\"op\":\"eq\",\"value\":\"DE\"}}}}'");
        Try("sync once more, as of now:", $"-X POST {api}/destinations/{demo.DestinationId}/runs");
        terminal.Line($"\n  {terminal.Bold("Running until Ctrl+C.")}");

        void Try(string what, string call)
        {
            terminal.Line($"    {terminal.Dim($"# {what}")}");
            terminal.Line($"    curl -s -H \"Authorization: Bearer $KEY\" {call}");
        }
    }

    public static JsonObject ToJson(SyncResult first, SyncResult second) => new() { ["firstRun"] = first.ToJson(), ["secondRun"] = second.ToJson() };

    private static string Number(int number) => number.ToString("N0", CultureInfo.InvariantCulture);

    private static string Seconds(SyncResult run) => $"{run.Took.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s";
}
