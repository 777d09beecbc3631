namespace AudienceSync.Pages.Columns;

/// <summary>Signed integers under construction, stored as the least and the packed distances from it.</summary>
internal sealed class IntegerTally
{
    private readonly List<long> _values = [];
    private long _min = long.MaxValue;
    private long _max = long.MinValue;

    public int Count => _values.Count;

    public int Size => Count == 0 ? sizeof(long) + 1 : SizeOf(Count, _min, _max);

    public int SizeWith(long value) => SizeOf(Count + 1, Math.Min(_min, value), Math.Max(_max, value));

    public void Add(long value)
    {
        _values.Add(value);
        (_min, _max) = (Math.Min(_min, value), Math.Max(_max, value));
    }

    public void Write(ByteSink sink)
    {
        var min = Count == 0 ? 0 : _min;
        sink.WriteInt64(min);
        PackedIntegers.Write(sink, _values.ConvertAll(value => Distance(min, value)), Count == 0 ? 0 : Distance(min, _max));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static (long Min, PackedIntegers Distances) Read(ref ColumnBytes bytes, int count) => (bytes.ReadInt64(), PackedIntegers.Read(ref bytes, count));

    private static int SizeOf(int count, long min, long max) => sizeof(long) + PackedIntegers.Size(count, Distance(min, max));

    // The distance of any two longs fits 64 bits without sign; so does its way back.
    private static ulong Distance(long min, long value) => unchecked((ulong)value - (ulong)min);
}
