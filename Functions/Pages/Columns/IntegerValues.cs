using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="IntegerColumnBuilder"/> wrote.</summary>
internal sealed class IntegerValues : ColumnValues
{
    private readonly CellType _type;
    private readonly ColumnPlace _place;
    private readonly long _min;
    private readonly PackedIntegers _distances;

    public IntegerValues(CellType type, ref ColumnBytes bytes, int count)
    {
        (_type, _place) = (type, bytes.Place);
        (_min, _distances) = IntegerTally.Read(ref bytes, count);
    }

    public override Cell this[int index] => unchecked(_min + (long)_distances[index]) is var value && _type is CellType.Integer
        ? Cell.Of(value)
        : _type is CellType.DateTime ? ToMoment(value) : ToDay(value);

    private Cell ToMoment(long ticks) => ticks >= 0 && ticks <= DateTimeOffset.MaxValue.Ticks
        ? Cell.Of(new DateTimeOffset(ticks, TimeSpan.Zero))
        : throw _place.Damage("a moment beyond the calendar");

    private Cell ToDay(long number) => number >= 0 && number <= DateOnly.MaxValue.DayNumber
        ? Cell.Of(DateOnly.FromDayNumber((int)number))
        : throw _place.Damage("a day beyond the calendar");
}
