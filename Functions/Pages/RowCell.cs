using System.Buffers.Binary;

namespace AudienceSync.Pages;

/// <summary>A value among the bytes of a row: its length in one byte, or in the four behind a mark; or a mark alone where there is none.</summary>
internal static class RowCell
{
    /// <summary>Most bytes of a length.</summary>
    public const int MaxHeadBytes = 1 + sizeof(int);

    private const byte LongMark = 254;
    private const byte NoneMark = 255;

    /// <returns>Bytes written.</returns>
    public static int WriteLength(Span<byte> target, int length)
    {
        if (length < LongMark)
        {
            target[0] = (byte)length;
            return 1;
        }

        target[0] = LongMark;
        BinaryPrimitives.WriteInt32LittleEndian(target[1..], length);
        return MaxHeadBytes;
    }

    /// <returns>Bytes written.</returns>
    public static int WriteNone(Span<byte> target)
    {
        target[0] = NoneMark;
        return 1;
    }

    /// <param name="at">Where the length stands; then where the value does.</param>
    /// <returns>The length; −1 for none.</returns>
    public static int ReadLength(ReadOnlySpan<byte> rows, ref int at)
    {
        int length = rows[at++];
        if (length < LongMark)
        {
            return length;
        }

        if (length == NoneMark)
        {
            return -1;
        }

        at += sizeof(int);
        return BinaryPrimitives.ReadInt32LittleEndian(rows[(at - sizeof(int))..]);
    }
}
