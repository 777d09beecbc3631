using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults of files and of their lines.</summary>
    private static ImmutableArray<ProblemPage> Imports =>
    [
        Fault(
            "invalid_separator", "The separator cannot be used",
            "Fields of a CSV file are divided by a comma, a semicolon, a tab or a vertical bar; items of a list by any text.",
            "Send one of these; a separator of items belongs to the type `list`.",
            "imports", "/separator", "The separator of a CSV file is a comma, a semicolon, a tab (%09) or a vertical bar."),
        Fault(
            "unknown_type", "The type is not known",
            "A column is read as one of a few types.",
            "`detail` names them, and the nearest.",
            "imports", "/columns/Orders/type", "'int' is no type. The types are auto, boolean, date, list, number, text."),
        Fault(
            "missing_id_column", "The file has no column of ids",
            "The header does not name the column by which profiles are known.",
            "Name it in `idColumn`, and the separator in `separator` if it is no comma.",
            "imports", "/idColumn", "The header has no column 'id'. Name the column of the profile id in 'idColumn', and the separator in 'separator' if it is not ','."),
        Fault(
            "unknown_column", "The file has no such column",
            "The request names a column that the header does not.",
            "Look at the spelling; `detail` names the nearest.",
            "imports", "/columns", "The header has no column 'Mail', which the request names. Did you mean 'mail'?"),
        Fault(
            "duplicate_column", "The header names a column twice",
            "Only one of them could be read.",
            "Give each column a name of its own.",
            "imports", "", "The header names 'mail' twice. Give each column a name of its own."),
        Fault(
            "field_count", "A line has another number of fields than the header",
            "Usually a field holds the separator.",
            "Put quotes around fields that hold it.",
            "imports", "", "The line has 7 fields, the header 6. Quote fields that hold the separator."),
        Fault(
            "malformed_csv", "The file cannot be read on from here",
            "A quote is not closed, or stands where none may. Lines before it were taken.",
            "Quote fields that hold quotes, and double the quotes in them; then send the file again.",
            "imports", "", "The file cannot be read behind this line. Quote fields that hold quotes, and double the quotes in them."),
        Fault(
            "missing_id", "A line has no id",
            "The line lacks the field by which its profile is known.",
            "Add it at the source.",
            "imports", "", "The line has no 'id'."),
        Fault(
            "interrupted", "The import was interrupted",
            "The request was cut off, or the process ended. Lines before that were taken.",
            "Send the file again: lines taken twice do no harm.",
            "imports", "", "The import was interrupted. Send the file again: lines taken twice do no harm."),
    ];
}
