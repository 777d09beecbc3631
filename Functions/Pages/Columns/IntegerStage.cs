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

    protected override long AddValue(ReadOnlySpan<byte> value)
    {
        _values.Add(BinaryPrimitives.ReadInt64LittleEndian(value));
        return sizeof(long);
    }

    protected override long CopyValue(ColumnValues source, int index)
    {
        _values.Add(((IntegerValues)source).At(index));
        return sizeof(long);
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
