using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Packed lengths, then the bytes.</summary>
internal sealed class BytesColumnBuilder : ColumnBuilder
{
    private readonly List<ReadOnlyMemory<byte>> _values = [];
    private int _maxLength;
    private int _total;

    public override int Count => _values.Count;

    public override int Size => PackedIntegers.Size(Count, (uint)_maxLength) + _total;

    public override int SizeWith(Cell cell)
    {
        var length = cell.AsBytes().Length;
        return PackedIntegers.Size(Count + 1, (uint)Math.Max(_maxLength, length)) + _total + length;
    }

    public override void Add(Cell cell)
    {
        var value = cell.AsBytes();
        _values.Add(value);
        _maxLength = Math.Max(_maxLength, value.Length);
        _total += value.Length;
    }

    public override void Write(ByteSink sink)
    {
        PackedIntegers.Write(sink, _values.ConvertAll(value => value.Length), _maxLength);
        _values.ForEach(value => sink.Write(value.Span));
    }
}
