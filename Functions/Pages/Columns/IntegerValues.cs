using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="IntegerStage"/> wrote.</summary>
internal sealed class IntegerValues : ColumnValues
{
    private readonly CellType _type;
    private readonly ColumnPlace _place;
    private readonly (long First, long Last) _valid;

    public IntegerValues(CellType type, ref ColumnBytes bytes, int count)
    {
        (_type, _place) = (type, bytes.Place);
        if (type is CellType.DateTime)
        {
            Unit = bytes.ReadByte() is var unit && unit < IntegerStage.Units.Length ? IntegerStage.Units[unit] : throw bytes.Damage("an unknown unit of time");
        }

        Numbers = PackedIntegers.Read(ref bytes, count);
        _valid = type switch
        {
            CellType.Integer => (long.MinValue, long.MaxValue),
            CellType.DateTime => (0, DateTimeOffset.MaxValue.Ticks / Unit),
            _ => (0, DateOnly.MaxValue.DayNumber),
        };
    }

    /// <summary>What one of <see cref="Numbers"/> stands for: ticks of a moment; 1 for integers and days.</summary>
    public long Unit { get; } = 1;

    public PackedIntegers Numbers { get; }

    public override int MostBytes => sizeof(long);

    public override Cell this[int index] => _type switch
    {
        CellType.Integer => Cell.Of(Numbers[index]),
        CellType.DateTime => Cell.Of(new DateTimeOffset(At(index), TimeSpan.Zero)),
        _ => Cell.Of(DateOnly.FromDayNumber((int)At(index))),
    };

    /// <summary>The integer, the UTC ticks of the moment, or the number of the day.</summary>
    /// <exception cref="DamagedPageException">No moment or day has that number.</exception>
    public long At(int index) => ValueOf(Numbers[index]);

    /// <summary>Writes the values at these places, as <see cref="At"/> gives them.</summary>
    public void CopyTo(Span<long> target, ReadOnlySpan<int> indexes)
    {
        Numbers.CopyTo(target, indexes);
        foreach (ref var value in target)
        {
            value = ValueOf(value);
        }
    }

    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = hasher.OfInteger(At(indexes[i]));
        }
    }

    private long ValueOf(long number) => number >= _valid.First && number <= _valid.Last ? number * Unit : throw _place.Damage("a moment or day beyond the calendar");
}
