using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace AudienceSync.Benchmarks.Sample;

/// <summary>The sample as a CSV file.</summary>
internal sealed class CsvFile(string path) : IMemberSource
{
    private const int BufferBytes = 1 << 20;
    private const byte LineEnd = (byte)'\n';

    /// <summary>As many as there would be if all lines were as long as those the file begins with.</summary>
    public long ApproximateCount
    {
        get
        {
            using var file = File.OpenHandle(path);
            var bytes = new byte[BufferBytes];
            bytes = bytes[..RandomAccess.Read(file, bytes, 0)];
            return RandomAccess.GetLength(file) * bytes.AsSpan().Count(LineEnd) / Math.Max(bytes.Length, 1);
        }
    }

    /// <returns>Bytes of the file.</returns>
    public static long Write(IMemberSource members, string path)
    {
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        var sink = new Lines(stream);
        members.Read(0, 1, ref sink);
        sink.Flush();
        return stream.Length;
    }

    /// <summary>A part is a range of bytes; it has the lines that begin in it.</summary>
    public void Read<TSink>(int part, int parts, ref TSink sink)
        where TSink : IMemberSink
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var offset = NextLine(file, length * part / parts);
        var end = NextLine(file, length * (part + 1) / parts);
        var buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        var held = 0;
        while (offset < end)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(held, (int)Math.Min(buffer.Length - held, end - offset)), offset);
            offset += read;
            var lines = buffer.AsSpan(0, held + read);
            for (var at = lines.IndexOf(LineEnd); at >= 0; at = lines.IndexOf(LineEnd))
            {
                sink.Take(MemberText.Read(lines[..at]));
                lines = lines[(at + 1)..];
            }

            lines.CopyTo(buffer);
            held = lines.Length;
        }

        ArrayPool<byte>.Shared.Return(buffer);
    }

    /// <summary>Where the first line begins that begins at or behind the offset.</summary>
    private static long NextLine(SafeFileHandle file, long offset)
    {
        if (offset == 0 || offset >= RandomAccess.GetLength(file))
        {
            return offset;
        }

        Span<byte> bytes = stackalloc byte[MemberText.MaxBytes + 1];
        bytes = bytes[..RandomAccess.Read(file, bytes, offset - 1)];
        return offset + bytes.IndexOf(LineEnd);
    }

    private struct Lines(FileStream stream) : IMemberSink
    {
        private readonly byte[] _buffer = new byte[BufferBytes];
        private int _length;

        public void Take(in Member member)
        {
            if (_length + MemberText.MaxBytes + 1 > _buffer.Length)
            {
                Flush();
            }

            _length += MemberText.Write(member, _buffer.AsSpan(_length));
            _buffer[_length++] = LineEnd;
        }

        public void Flush()
        {
            stream.Write(_buffer, 0, _length);
            _length = 0;
        }
    }
}
