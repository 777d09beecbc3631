using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="IntegerStage"/> wrote.</summary>
internal sealed class IntegerValues : ColumnValues
{
    private readonly CellType _type;
    private readonly ColumnPlace _place;

    public IntegerValues(CellType type, ref ColumnBytes bytes, int count)
    {
        (_type, _place) = (type, bytes.Place);
        if (type is CellType.DateTime)
        {
            Unit = bytes.ReadByte() is var unit && unit < IntegerStage.Units.Length ? IntegerStage.Units[unit] : throw bytes.Damage("an unknown unit of time");
        }

        Numbers = PackedIntegers.Read(ref bytes, count);
    }

    /// <summary>What one of <see cref="Numbers"/> stands for: ticks of a moment; 1 for integers and days.</summary>
    public long Unit { get; } = 1;

    public PackedIntegers Numbers { get; }

    public override Cell this[int index] => _type switch
    {
        CellType.Integer => Cell.Of(Numbers[index]),
        CellType.DateTime => Cell.Of(new DateTimeOffset(At(index), TimeSpan.Zero)),
        _ => Cell.Of(DateOnly.FromDayNumber((int)At(index))),
    };

    /// <summary>The integer, the UTC ticks of the moment, or the number of the day.</summary>
    /// <exception cref="DamagedPageException">No moment or day has that number.</exception>
    public long At(int index)
    {
        var number = Numbers[index];
        return _type switch
        {
            CellType.Integer => number,
            CellType.DateTime => number >= 0 && number <= DateTimeOffset.MaxValue.Ticks / Unit ? number * Unit : throw _place.Damage("a moment beyond the calendar"),
            _ => number >= 0 && number <= DateOnly.MaxValue.DayNumber ? number : throw _place.Damage("a day beyond the calendar"),
        };
    }

    public override ulong Hash(CellHasher hasher, int index) => hasher.OfInteger(At(index));
}
