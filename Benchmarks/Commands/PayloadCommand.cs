using System.CommandLine;
using AudienceSync.Benchmarks.Measuring;
using AudienceSync.Benchmarks.Payloads;
using AudienceSync.Benchmarks.Processes;
using AudienceSync.Benchmarks.Reports;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>payload</c>: members of a batch to the bytes of a request, hashed or not, on one core.</summary>
internal static class PayloadCommand
{
    public static Command Create()
    {
        var (members, rounds, noPeers, save) = (BenchmarkOptions.Members(1_000_000), BenchmarkOptions.Rounds(), BenchmarkOptions.NoPeers(), BenchmarkOptions.Save());
        var command = new Command("payload", "Serialisation and hashing of batches of 1,000 members, on one core") { members, rounds, noPeers, save };
        command.SetAction((arguments, cancellationToken) => RunAsync(
            arguments.GetValue(members), arguments.GetValue(rounds), arguments.GetValue(noPeers), arguments.GetValue(save), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(int members, int rounds, bool withoutRivals, bool save, CancellationToken cancellationToken)
    {
        var outcome = new Outcome("payload");
        var cases = new List<PayloadCase>();
        foreach (var payload in PayloadCase.All.Where(payload => !withoutRivals || payload.Rival is not null))
        {
            await outcome.TryAsync(payload.Name, () =>
            {
                _ = payload.Definition;
                cases.Add(payload);
                return Task.CompletedTask;
            });
        }

        var figures = cases.ToDictionary(payload => payload.Name, _ => new List<Figure>());
        var bytes = new Dictionary<string, double>();
        for (var round = 1; round <= rounds; round++)
        {
            Outcome.Tell($"round {round} of {rounds}");
            foreach (var payload in cases)
            {
                var result = await WorkerProcess.RunAsync(PayloadWork.Work, new() { ["case"] = payload.Name, ["members"] = members }, cancellationToken);
                figures[payload.Name].Add(Figure.Read(result));
                bytes[payload.Name] = (double)result["bytes"]! / (((members + PayloadCase.BatchMembers - 1) / PayloadCase.BatchMembers) * PayloadCase.BatchMembers);
                outcome.Check((bool)result["isRight"]!, $"{payload.Title}: the digest of the first member's address is not in the body");
            }
        }

        var json = outcome.Json;
        (json["members"], json["rounds"]) = (members, rounds);
        var table = new Table("one core, batches of 1,000", "members/s", "bytes/member", "allocated bytes/member", "× the plain loop");
        foreach (var payload in cases)
        {
            var median = Figure.MedianOf(figures[payload.Name]);
            double? ratio = payload.Rival is { } rival && figures.TryGetValue(rival, out var others)
                ? Median.Of(others.Zip(figures[payload.Name], (other, our) => other.Seconds / our.Seconds))
                : null;
            table.Add(
                payload.Title,
                Table.Number(members / median.Seconds),
                Table.Number(bytes[payload.Name]),
                Table.Number(median.AllocatedBytes / (double)members),
                ratio is null ? "" : Table.Times(ratio));
            json[$"{payload.Name}MembersPerSecond"] = Math.Round(members / median.Seconds);
            json[$"{payload.Name}AllocatedBytesPerMember"] = Math.Round(median.AllocatedBytes!.Value / (double)members, 1);
            if (ratio is { } times)
            {
                json[$"{payload.Name}Ratio"] = Math.Round(times, 2);
            }
        }

        return await outcome.EndAsync([table], save);
    }
}
