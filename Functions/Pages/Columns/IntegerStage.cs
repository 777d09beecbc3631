using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Integers, numbers of days, or moments: these in the coarsest of <see cref="Units"/> that holds them all (its place, 1 byte, before the packed numbers).</summary>
internal sealed class IntegerStage(CellType type) : ColumnStage(type)
{
    private readonly List<long> _values = [];

    /// <summary>A tick, a millisecond, a second, an hour and a day, in ticks; each divides the next.</summary>
    public static ReadOnlySpan<long> Units =>
        [1, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond, TimeSpan.TicksPerHour, TimeSpan.TicksPerDay];

    protected override void AddValue(Cell cell) => _values.Add(Type switch
    {
        CellType.DateTime => cell.AsDateTime().UtcTicks,
        CellType.Date => cell.AsDate().DayNumber,
        _ => cell.AsInteger(),
    });

    protected override void AddValues(Slices values)
    {
        var numbers = Reserve(values.Count);
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = BinaryPrimitives.ReadInt64LittleEndian(values[i]);
        }
    }

    protected override long CopyValues(ColumnValues source, ReadOnlySpan<int> indexes)
    {
        ((IntegerValues)source).CopyTo(Reserve(indexes.Length), indexes);
        return sizeof(long) * (long)indexes.Length;
    }

    protected override void WriteValues(ByteSink sink, int from, int to)
    {
        var values = CollectionsMarshal.AsSpan(_values)[from..to];
        if (Type is CellType.DateTime)
        {
            WriteMoments(sink, values);
        }
        else
        {
            PackedIntegers.Write<long>(sink, values);
        }
    }

    protected override void ClearValues() => _values.Clear();

    /// <summary>The next values; the caller sets all of them.</summary>
    private Span<long> Reserve(int count)
    {
        CollectionsMarshal.SetCount(_values, _values.Count + count);
        return CollectionsMarshal.AsSpan(_values)[^count..];
    }

    private static void WriteMoments(ByteSink sink, ReadOnlySpan<long> ticks)
    {
        var place = CoarsestUnit(ticks);
        var unit = Units[place];
        var rented = ArrayPool<long>.Shared.Rent(ticks.Length);
        var numbers = rented.AsSpan(0, ticks.Length);
        for (var i = 0; i < ticks.Length; i++)
        {
            numbers[i] = ticks[i] / unit;
        }

        sink.WriteByte((byte)place);
        PackedIntegers.Write<long>(sink, numbers);
        ArrayPool<long>.Shared.Return(rented);
    }

    private static int CoarsestUnit(ReadOnlySpan<long> ticks)
    {
        var place = Units.Length - 1;
        foreach (var value in ticks)
        {
            while (value % Units[place] != 0)
            {
                place--;
            }
        }

        return place;
    }
}
