using System.Collections.Frozen;
using System.CommandLine;

namespace AudienceSync.Benchmarks.Commands;

/// <summary>Options that several commands have.</summary>
internal static class BenchmarkOptions
{
    private const int MaxMembers = 40_000_000;

    public static Option<int> Rounds(int byDefault = 5) => new Option<int>("--rounds")
    {
        Description = "How often each ratio is measured; medians are shown",
        DefaultValueFactory = _ => byDefault,
    }.AtLeast(1);

    public static Option<int> Members(int byDefault) => Count("--members", "Members of the sample", byDefault);

    public static Option<int> Count(string name, string description, int byDefault)
    {
        var option = new Option<int>(name) { Description = $"{description} (1 to {MaxMembers:N0})", DefaultValueFactory = _ => byDefault }.AtLeast(1);
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() > MaxMembers)
            {
                result.AddError($"{name} is at most {MaxMembers}.");
            }
        });
        return option;
    }

    public static Option<int> Threads() => new Option<int>("--threads")
    {
        Description = "Threads of both sides",
        DefaultValueFactory = _ => 2,
    }.AtLeast(1);

    public static Option<DirectoryInfo?> Scratch() => new("--scratch") { Description = "Where files are put meanwhile; by default a temporary folder" };

    public static Option<bool> NoPeers() => new("--no-peers") { Description = "Measure AudienceSync alone" };

    public static Option<string> Peers(params string[] all) => new("--peers")
    {
        Description = $"Other programs to measure, of {string.Join(',', all)}",
        DefaultValueFactory = _ => string.Join(',', all),
    };

    public static Option<bool> Save() => new("--save") { Description = "Keep the result in Benchmarks/results, from which the tables of the README are made" };

    /// <summary>The peers asked for.</summary>
    public static FrozenSet<string> PeersOf(ParseResult arguments, Option<string> peers, Option<bool> noPeers) => arguments.GetValue(noPeers)
        ? []
        : arguments.GetValue(peers)!.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToFrozenSet(StringComparer.Ordinal);

    private static Option<int> AtLeast(this Option<int> option, int least)
    {
        option.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < least)
            {
                result.AddError($"{option.Name} is at least {least}.");
            }
        });
        return option;
    }
}
