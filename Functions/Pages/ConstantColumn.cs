using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>Tells columns that hold one value in every row of a page, without looking at the rows.</summary>
internal static class ConstantColumn
{
    /// <summary>The integer that every row of the page has in that column; null when they differ or some have none.</summary>
    public static long? IntegerOf(PageReader page, string name) =>
        page.Find(name) is { Columns: [{ Type: CellType.Integer } column] } && column.Count == page.Count && ((IntegerValues)column.Values).Numbers is { Width: 0 } numbers
            ? numbers.Least
            : null;

    /// <summary>The flag that every row of the page has in that column; null when they differ or some have none.</summary>
    public static bool? BooleanOf(PageReader page, string name)
    {
        if (page.Find(name) is not { Columns: [{ Type: CellType.Boolean } column] } || column.Count != page.Count)
        {
            return null;
        }

        var bits = ((BooleanValues)column.Values).Bits;
        var first = Bits.Get(bits, 0);
        var whole = page.Count / 8;
        if (bits[..whole].ContainsAnyExcept(first ? byte.MaxValue : (byte)0))
        {
            return null;
        }

        for (var row = whole * 8; row < page.Count; row++)
        {
            if (Bits.Get(bits, row) != first)
            {
                return null;
            }
        }

        return first;
    }
}
