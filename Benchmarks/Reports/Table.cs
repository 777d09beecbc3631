using System.Globalization;

namespace AudienceSync.Benchmarks.Reports;

/// <summary>A table whose first column is text and whose others are numbers; also as Markdown.</summary>
internal sealed class Table(params string[] head)
{
    private readonly List<string[]> _rows = [];

    public Table Add(params string[] row)
    {
        _rows.Add(row);
        return this;
    }

    public void Print(TextWriter output)
    {
        int[] widths = [.. head.Select((name, column) => _rows.Select(row => row[column].Length).Append(name.Length).Max())];
        output.WriteLine(Join(head));
        output.WriteLine(new string('-', widths.Sum() + (3 * (widths.Length - 1))));
        foreach (var row in _rows)
        {
            output.WriteLine(Join(row));
        }

        string Join(string[] cells) =>
            string.Join("   ", cells.Select((cell, column) => column == 0 ? cell.PadRight(widths[column]) : cell.PadLeft(widths[column]))).TrimEnd();
    }

    public string ToMarkdown() => string.Concat(
        _rows.Prepend([.. head.Select((_, column) => column == 0 ? "---" : "---:")]).Prepend(head).Select(row => $"| {string.Join(" | ", row)} |\n"));

    /// <summary>A number with as many digits as it is worth; a dash where there is none.</summary>
    public static string Number(double? number) => number is not { } known
        ? "–"
        : known.ToString(Math.Abs(known) switch { >= 100 => "N0", >= 10 => "0.0", >= 1 => "0.00", 0 => "0", _ => "0.000" }, CultureInfo.InvariantCulture);

    public static string Times(double? ratio) => ratio is null ? "–" : $"{Number(ratio)} ×";
}
