using System.Collections.Immutable;

namespace AudienceSync.Connectors.Kit.Files;

internal enum FileFormat
{
    Csv,
    NdJson,
}

/// <summary>How the files of a connection look.</summary>
internal sealed record FileShape
{
    public FileFormat Format { get; init; }

    public char Delimiter { get; init; } = ',';

    public bool Header { get; init; } = true;

    public bool Gzip { get; init; }

    /// <summary>Files hold everyone; else the difference, each row with its operation in <see cref="DeliveryFile.OperationColumn"/>.</summary>
    public bool IsFull { get; init; }

    public string Extension => $"{(Format is FileFormat.Csv ? "csv" : "ndjson")}{(Gzip ? ".gz" : "")}";

    /// <summary>Of the bytes as stored. There is never a Content-Encoding: some readers would unzip twice.</summary>
    public string ContentType => Gzip ? "application/gzip" : Format is FileFormat.Csv ? "text/csv" : "application/x-ndjson";

    /// <summary>The settings that file connectors share, in the order of a form.</summary>
    public static ImmutableArray<SettingField> Settings { get; } =
    [
        SettingField.Choice("fileMode", "Content", "delta: what changed, with the operation in the column _op. full: everyone, each time.", ["delta", "full"], "delta"),
        SettingField.Choice("format", "Format", "csv (RFC 4180) or ndjson (one JSON object a line).", ["csv", "ndjson"], "csv"),
        SettingField.Choice("delimiter", "Delimiter", "Between the columns of a csv file.", ["comma", "semicolon", "tab", "pipe"], "comma"),
        SettingField.Flag("header", "Header line", "Whether a csv file begins with the names of its columns.", true),
        SettingField.Flag("gzip", "Compress", "Whether files are compressed with gzip and named .gz."),
    ];

    public static FileShape Of(ConnectorSettings settings)
    {
        string In(string name) => Settings.First(field => field.Name == name).In(settings);
        return new()
        {
            IsFull = In("fileMode") is "full",
            Format = In("format") is "ndjson" ? FileFormat.NdJson : FileFormat.Csv,
            Delimiter = In("delimiter") switch { "semicolon" => ';', "tab" => '\t', "pipe" => '|', _ => ',' },
            Header = In("header") is not "false",
            Gzip = In("gzip") is "true",
        };
    }
}
