using System.CommandLine;

namespace AudienceSync.Benchmarks.Commands;

/// <summary><c>diff</c>: the delta of two generations, against other programs on the same data.</summary>
internal static class DiffCommand
{
    public static Command Create()
    {
        var (members, rounds, threads) = (BenchmarkOptions.Members(1_000_000), BenchmarkOptions.Rounds(), BenchmarkOptions.Threads());
        var (scratch, peers, noPeers, save) = (BenchmarkOptions.Scratch(), BenchmarkOptions.Peers(DiffRun.AllPeers), BenchmarkOptions.NoPeers(), BenchmarkOptions.Save());
        var command = new Command("diff", "The delta of two generations (1 % entered, 1 % exited, 2 % changed), every row with its attributes")
        {
            members, rounds, threads, scratch, peers, noPeers, save,
        };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            using var folder = new ScratchFolder(arguments.GetValue(scratch));
            var run = new DiffRun(folder, arguments.GetValue(members), arguments.GetValue(rounds), arguments.GetValue(threads), cancellationToken);
            return await run.RunAsync(BenchmarkOptions.PeersOf(arguments, peers, noPeers), arguments.GetValue(save));
        });
        return command;
    }
}
