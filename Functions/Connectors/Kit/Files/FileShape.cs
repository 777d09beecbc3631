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
    private static readonly SettingField Mode = SettingField.Choice(
        "fileMode", "Content", "delta: what changed, with the operation in the column _op. full: everyone, each time.", ["delta", "full"], "delta");

    private static readonly SettingField FormatField = SettingField.Choice("format", "Format", "csv (RFC 4180) or ndjson (one JSON object a line).", ["csv", "ndjson"], "csv");

    private static readonly SettingField DelimiterField = SettingField.Choice(
        "delimiter", "Delimiter", "Between the columns of a csv file.", ["comma", "semicolon", "tab", "pipe"], "comma");

    private static readonly SettingField HeaderField = SettingField.Flag("header", "Header line", "Whether a csv file begins with the names of its columns.", true);

    private static readonly SettingField GzipField = SettingField.Flag("gzip", "Compress", "Whether files are compressed with gzip and named .gz.");

    /// <summary>The settings that file connectors share, in the order of a form.</summary>
    public static ImmutableArray<SettingField> Settings { get; } = [Mode, FormatField, DelimiterField, HeaderField, GzipField];

    public FileFormat Format { get; init; }

    public char Delimiter { get; init; } = ',';

    public bool Header { get; init; } = true;

    public bool Gzip { get; init; }

    /// <summary>Files hold everyone; else the difference, each row with its operation in <see cref="DeliveryFile.OperationColumn"/>.</summary>
    public bool IsFull { get; init; }

    public string Extension => $"{(Format is FileFormat.Csv ? "csv" : "ndjson")}{(Gzip ? ".gz" : "")}";

    /// <summary>Of the bytes as stored. There is never a Content-Encoding: some readers would unzip twice.</summary>
    public string ContentType => Gzip ? "application/gzip" : Format is FileFormat.Csv ? "text/csv" : "application/x-ndjson";

    public static FileShape Of(ConnectorSettings settings) => new()
    {
        IsFull = Mode.In(settings) is "full",
        Format = FormatField.In(settings) is "ndjson" ? FileFormat.NdJson : FileFormat.Csv,
        Delimiter = DelimiterField.In(settings) switch { "semicolon" => ';', "tab" => '\t', "pipe" => '|', _ => ',' },
        Header = HeaderField.FlagIn(settings),
        Gzip = GzipField.FlagIn(settings),
    };
}
