using System.Runtime.CompilerServices;
using System.Text.Unicode;
using AudienceSync.Faults;
using CsvHelper;

namespace AudienceSync.Profiles.Imports;

/// <summary>Reads a CSV file (RFC 4180, with a header, UTF-8 or with a byte order mark) line by line. An empty cell leaves the value as it is.</summary>
internal static class CsvLines
{
    /// <summary>Most bytes of a record; ours. An unclosed quote would otherwise make the rest of the file one record.</summary>
    private const int MaxRecordBytes = 1_000_000;

    public static async IAsyncEnumerable<ImportLine> ReadAsync(
        Stream body, ImportColumns columns, char separator, DateTimeOffset arrival, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var csv = CsvReader.Create(
            body,
            new CsvReaderOptions
            {
                Separator = separator,
                MalformedData = CsvMalformedDataHandling.Throw,
                MaxRecordSize = MaxRecordBytes,
                TrackLineNumbers = true,
                IncludeValuesInExceptions = false,
            },
            leaveOpen: true);
        var (targets, broken) = await ReadHeaderAsync(csv, columns, separator, cancellationToken);
        while (broken is null)
        {
            (var more, broken) = await ReadNextAsync(csv, cancellationToken);
            if (more)
            {
                yield return ReadLine(csv, targets, columns, arrival);
            }
            else if (broken is null)
            {
                yield break;
            }
        }

        yield return broken;
    }

    private static ImportLine ReadLine(CsvReader csv, ImportColumn?[] targets, ImportColumns columns, DateTimeOffset arrival)
    {
        if (csv.FieldCount != targets.Length)
        {
            return ImportLine.Rejected(
                csv.LineNumber, "field_count", $"The line has {csv.FieldCount} fields, the header {targets.Length}. Quote fields that hold the separator.");
        }

        if (!Utf8.IsValid(csv.RawRecord))
        {
            return ImportLine.Rejected(csv.LineNumber, "invalid_text", "The line is not valid UTF-8. Save the file as UTF-8.");
        }

        var line = new ImportLineBuilder(csv.LineNumber, arrival);
        for (var index = 0; index < targets.Length; index++)
        {
            var source = csv.Headers[index];
            var text = csv.GetString(index);
            if (source == columns.IdColumn)
            {
                line.SetId(text);
            }
            else if (text.Length > 0 && source == columns.OccurredAtColumn)
            {
                line.SetOccurredAt(source, text);
            }
            else if (text.Length > 0 && targets[index] is { } target)
            {
                line.Set(source, target, text);
            }
        }

        return line.Build();
    }

    /// <returns>Where each column goes, or why the file cannot be read.</returns>
    private static async Task<(ImportColumn?[] Targets, ImportLine? Broken)> ReadHeaderAsync(
        CsvReader csv, ImportColumns columns, char separator, CancellationToken cancellationToken)
    {
        try
        {
            await csv.ReadHeaderAsync(cancellationToken);
        }
        catch (CsvFormatException e)
        {
            return ([], Malformed(e));
        }

        var headers = csv.Headers.ToArray();
        if (CheckHeaders(headers, columns, separator) is { } broken)
        {
            return ([], broken);
        }

        var targets = headers.Select(header => header == columns.IdColumn || header == columns.OccurredAtColumn ? null : columns.TargetOf(header)).ToArray();
        var invalid = targets.OfType<ImportColumn>().Select(target => ImportColumns.CheckName(target.Name, "")).OfType<Fault>().FirstOrDefault();
        var twice = targets.OfType<ImportColumn>().GroupBy(target => target.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1);
        return (targets, invalid is not null
            ? ImportLine.Failed(1, invalid.Code, $"{invalid.Detail} Map the column to another name in 'columns', or to null to drop it.")
            : twice is not null
            ? ImportLine.Failed(1, "duplicate_target", $"Several columns go to '{twice.Key}'. Keep one, map the others to null in 'columns'.")
            : null);
    }

    private static ImportLine? CheckHeaders(string[] headers, ImportColumns columns, char separator)
    {
        if (!headers.Contains(columns.IdColumn, StringComparer.Ordinal))
        {
            return ImportLine.Failed(
                1, "missing_id_column", $"The header has no column '{columns.IdColumn}'. Name the column of the profile id in 'idColumn', and the separator in 'separator' if it is not '{separator}'.{NearestName.Suggestion(columns.IdColumn, headers)}");
        }

        if (headers.GroupBy(header => header, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            return ImportLine.Failed(1, "duplicate_column", $"The header names '{twice.Key}' twice. Give each column a name of its own.");
        }

        var missing = columns.Named.Append(columns.OccurredAtColumn).OfType<string>().FirstOrDefault(name => !headers.Contains(name, StringComparer.Ordinal));
        return missing is null
            ? null
            : ImportLine.Failed(1, "unknown_column", $"The header has no column '{missing}', which the request names.{NearestName.Suggestion(missing, headers)}");
    }

    private static async Task<(bool More, ImportLine? Broken)> ReadNextAsync(CsvReader csv, CancellationToken cancellationToken)
    {
        try
        {
            return (await csv.ReadAsync(cancellationToken), null);
        }
        catch (CsvFormatException e)
        {
            return (false, Malformed(e));
        }
    }

    private static ImportLine Malformed(CsvFormatException e) => ImportLine.Failed(
        Math.Max(1, e.LineNumber), "malformed_csv", $"The file cannot be read behind this line: {e.Message} Quote fields that hold quotes, and double the quotes in them.");
}
