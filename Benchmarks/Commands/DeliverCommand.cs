using System.CommandLine;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Payloads;
using AudienceSync.Benchmarks.Pipeline;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>deliver</c>: batches through the connector client to a sink on this machine, alone and beside a slow destination.</summary>
internal static class DeliverCommand
{
    private const int Lanes = 8;
    private static readonly TimeSpan SlowAnswer = TimeSpan.FromSeconds(2);

    public static Command Create()
    {
        var requests = BenchmarkOptions.Count("--requests", "Batches of 1,000 members", 500);
        var (rounds, save) = (BenchmarkOptions.Rounds(), BenchmarkOptions.Save());
        var command = new Command("deliver", "Batches through the connector client to a local sink, alone and beside a destination that takes two seconds to answer") { requests, rounds, save };
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments.GetValue(requests), arguments.GetValue(rounds), arguments.GetValue(save), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int requests, int rounds, bool save, CancellationToken cancellationToken)
    {
        var outcome = new Outcome("deliver");
        await using var fast = await Sink.StartAsync(TimeSpan.Zero, cancellationToken);
        await using var slow = await Sink.StartAsync(SlowAnswer, cancellationToken);
        var (alone, beside, serialising, shares) = (new List<Figure>(), new List<Figure>(), new List<double>(), new List<double>());
        for (var round = 1; round <= rounds; round++)
        {
            Outcome.Tell($"round {round} of {rounds}");
            alone.Add(await MeasureAsync(null));
            beside.Add(await MeasureAsync(slow.Url));
            shares.Add(alone[^1].Seconds / beside[^1].Seconds);
        }

        var (members, one, two, serial) = (requests * (double)PayloadCase.BatchMembers, Figure.MedianOf(alone), Figure.MedianOf(beside), Median.Of(serialising));
        var json = outcome.Json;
        (json["members"], json["rounds"], json["lanes"]) = ((long)members, rounds, Lanes);
        json["membersPerSecond"] = Math.Round(members / one.Seconds);
        json["requestsPerSecond"] = Math.Round(requests / one.Seconds, 1);
        json["cpuSeconds"] = one.CpuSeconds;
        json["peakMiB"] = one.PeakMiB;
        json["serialisingMembersPerSecond"] = Math.Round(members / serial);
        json["shareOfSerialising"] = Math.Round(serial / one.Seconds, 3);
        json["besideSlowMembersPerSecond"] = Math.Round(members / two.Seconds);
        json["shareBesideSlow"] = Math.Round(Median.Of(shares), 3);
        var table = new Table($"{members:N0} members in {requests} requests, medians of {rounds}", "seconds", "members/s", "CPU s", "peak MiB");
        table.Add("serialised on one core, not sent", Table.Number(serial), Table.Number(members / serial), "–", "–");
        Row("sent to a sink on the same cores", one);
        Row("the same beside a destination that takes two seconds a call", two);
        return await outcome.EndAsync([table], save);

        void Row(string title, Figure figure) =>
            table.Add(title, Table.Number(figure.Seconds), Table.Number(members / figure.Seconds), Table.Number(figure.CpuSeconds), Table.Number(figure.PeakMiB));

        async Task<Figure> MeasureAsync(string? slowUrl)
        {
            var result = await WorkerProcess.RunAsync(
                DeliverWork.Work, new JsonObject { ["requests"] = requests, ["lanes"] = Lanes, ["url"] = fast.Url, ["slowUrl"] = slowUrl }, cancellationToken);
            serialising.Add((double)result["serialisingSeconds"]!);
            outcome.Check(fast.TakeCounts().Requests >= requests, "The sink got fewer requests than were sent");
            return Figure.Read(result);
        }
    }
}
