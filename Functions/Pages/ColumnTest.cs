using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>A test of one value, made ready for columns: what it is on whole columns of the types that allow it, and on a single cell for the others.</summary>
public sealed record ColumnTest
{
    /// <summary>There is a value.</summary>
    public static ColumnTest Exists { get; } = new() { Holds = static cell => !cell.IsAbsent, HoldsForAll = true };

    /// <summary>The value is empty text, or shows as such: an empty list.</summary>
    public static ColumnTest Empty { get; } = new() { Holds = static cell => cell.ToString().Length == 0, Text = "" };

    /// <summary>The test itself; what the others say must agree with it.</summary>
    public required Func<Cell, bool> Holds { get; init; }

    /// <summary>It holds for the numbers (integer or decimal) of a range and for no others; null when that is not known.</summary>
    public NumberRange? Numbers { get; init; }

    /// <summary>It holds for the moments (date-time, or the midnight of a date) of a range of UTC ticks and for no others; null when that is not known.</summary>
    public TickRange? Ticks { get; init; }

    /// <summary>It holds for this text and no other; null when that is not known.</summary>
    public string? Text { get; init; }

    /// <summary>It holds for every value there is.</summary>
    public bool HoldsForAll { get; init; }

    /// <summary>Rows of a page that have a value of that name for which it holds.</summary>
    /// <param name="among">Rows to look at; others are left out.</param>
    public RowSet Select(PageReader page, string name, RowSet among)
    {
        var result = new RowSet(page.Count);
        if (page.Find(name) is { } reader)
        {
            foreach (var column in reader.Columns)
            {
                new ColumnScan(column, among, result).Run(this);
            }
        }

        return result;
    }
}

/// <summary>Numbers from <paramref name="Low"/> to <paramref name="High"/>; null is no bound.</summary>
public readonly record struct NumberRange(decimal? Low, bool IncludesLow, decimal? High, bool IncludesHigh);

/// <summary>UTC ticks from <paramref name="First"/> to <paramref name="Last"/>, both included; empty when the last is below the first.</summary>
public readonly record struct TickRange(long First, long Last);
