using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>The order of two values, as rules see it.</summary>
internal static class CellOrder
{
    /// <summary>Numbers by value, days and moments by moment, text ordinal, false before true; null for all else, and across these kinds.</summary>
    public static int? Compare(Cell left, Cell right)
    {
        if (left.TryNumber(out var number))
        {
            return right.TryNumber(out var other) ? number.CompareTo(other) : null;
        }

        if (left.TryMoment(out var moment))
        {
            return right.TryMoment(out var other) ? moment.CompareTo(other) : null;
        }

        return (left.Type, right.Type) switch
        {
            (CellType.Text, CellType.Text) => string.CompareOrdinal(left.AsText(), right.AsText()),
            (CellType.Boolean, CellType.Boolean) => left.AsBoolean().CompareTo(right.AsBoolean()),
            _ => null,
        };
    }
}
