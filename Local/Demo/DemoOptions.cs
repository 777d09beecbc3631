using System.Globalization;

namespace AudienceSync.Local.Demo;

/// <summary>What was asked for on the command line.</summary>
internal sealed record DemoOptions
{
    private const int MinimumKeyLength = 8; // what the app asks of Access__BootstrapKey

    public const string Help = """
        AudienceSync demo: a whole installation on this machine, in temporary folders.

          dotnet run -c Local --project Local/Demo [-- options]

        Without options it loads 2,000 made-up customers, syncs a segment to a receiver of its own, applies a second day
        of purchases, syncs again, and keeps running until Ctrl+C.

          --exit          stop after the demo; exit code 0 only if both syncs did what an independent count says,
                          and the last line is a JSON object with the numbers of both
          --empty         storage and app alone, without sample and receiver; runs until Ctrl+C or SIGTERM
          --platforms     only the platforms that connectors speak to, played on one port, without the app; prints how to
                          connect each; runs until Ctrl+C or SIGTERM
          --data FOLDER   with --empty: keep the data in FOLDER, so that the next start goes on with it
          --port N        port of the app, or of the platforms, 1 to 65535 (default: a free one)
          --key KEY       admin key of the app, 8 characters or more (default: a random one)
          --help          this text
        """;

    public bool ShowsHelp { get; private init; }

    public bool Exits { get; private init; }

    public bool IsEmpty { get; private init; }

    /// <summary>The platforms alone.</summary>
    public bool ShowsPlatforms { get; private init; }

    /// <summary>0: any free port.</summary>
    public int Port { get; private init; }

    /// <summary>Null: a random one.</summary>
    public string? Key { get; private init; }

    /// <summary>Null: a temporary folder that goes with the demo.</summary>
    public string? DataFolder { get; private init; }

    /// <returns>The options, or what is wrong with them.</returns>
    public static (DemoOptions? Options, string? Fault) Parse(ReadOnlySpan<string> args)
    {
        var options = new DemoOptions();
        for (var index = 0; index < args.Length; index++)
        {
            var (name, value) = args[index].IndexOf('=', StringComparison.Ordinal) is > 0 and var at && args[index].StartsWith("--", StringComparison.Ordinal)
                ? (args[index][..at], args[index][(at + 1)..])
                : (args[index], null);
            switch (name)
            {
                case "--help" or "-h" when value is null:
                    options = options with { ShowsHelp = true };
                    continue;
                case "--exit" when value is null:
                    options = options with { Exits = true };
                    continue;
                case "--empty" when value is null:
                    options = options with { IsEmpty = true };
                    continue;
                case "--platforms" when value is null:
                    options = options with { ShowsPlatforms = true };
                    continue;
                case "--port" or "--key" or "--data":
                    value ??= index + 1 < args.Length ? args[++index] : null;
                    break;
                case "--help" or "-h" or "--exit" or "--empty" or "--platforms":
                    return (null, $"{name} takes no value.");
                default:
                    return (null, $"'{args[index]}' is no option.");
            }

            if (string.IsNullOrEmpty(value))
            {
                return (null, $"{name} needs a value.");
            }

            switch (name)
            {
                case "--port" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= ushort.MaxValue:
                    options = options with { Port = port };
                    break;
                case "--port":
                    return (null, $"--port is '{value}': write a number from 1 to {ushort.MaxValue}.");
                case "--key" when value.Length >= MinimumKeyLength:
                    options = options with { Key = value };
                    break;
                case "--key":
                    return (null, $"--key has {value.Length} characters: it needs {MinimumKeyLength} or more.");
                default:
                    options = options with { DataFolder = value };
                    break;
            }
        }

        return options switch
        {
            { ShowsHelp: true } => (options, null),
            { ShowsPlatforms: true } when options.IsEmpty || options.Exits || options.Key is not null || options.DataFolder is not null =>
                (null, "--platforms starts no app: use it alone, or with --port."),
            { IsEmpty: true, Exits: true } => (null, "--exit stops after the demo, and --empty shows none: use one of them."),
            { IsEmpty: false, DataFolder: not null } => (null, "--data keeps the data of --empty; the demo always begins with an empty storage."),
            _ => (options, null),
        };
    }
}
