using System.Buffers;
using System.Buffers.Binary;

namespace AudienceSync.Pages.Columns;

/// <summary>Bytes written one behind the other, into memory that is kept from page to page.</summary>
internal sealed class ByteSink
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public int Length => _bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => _bytes.WrittenSpan;

    public void Clear() => _bytes.ResetWrittenCount();

    /// <summary>The next <paramref name="count"/> bytes, counted as written; the caller fills all of them.</summary>
    public Span<byte> Reserve(int count)
    {
        var span = _bytes.GetSpan(count)[..count];
        _bytes.Advance(count);
        return span;
    }

    public void WriteByte(byte value) => Reserve(1)[0] = value;

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Reserve(sizeof(int)), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Reserve(sizeof(long)), value);

    public void Write(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Reserve(bytes.Length));
}
