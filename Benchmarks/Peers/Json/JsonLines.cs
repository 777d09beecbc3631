namespace AudienceSync.Benchmarks.Peers.Json;

/// <summary>Reads a part of a file line by line; a part has the lines that begin in it.</summary>
internal static class JsonLines
{
    private const int BufferBytes = 1 << 20;
    private const int MaxLineBytes = 4_096;
    private const byte LineEnd = (byte)'\n';

    /// <returns>How many lines of the part the test takes.</returns>
    public static long Count(string path, int part, int parts, Func<ReadOnlyMemory<byte>, bool> test)
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        var (offset, end) = (NextLine(length * part / parts), NextLine(length * (part + 1) / parts));
        var buffer = new byte[BufferBytes];
        var (held, count) = (0, 0L);
        while (offset < end)
        {
            var read = RandomAccess.Read(file, buffer.AsSpan(held, (int)Math.Min(buffer.Length - held, end - offset)), offset);
            offset += read;
            var (from, to) = (0, held + read);
            for (var at = buffer.AsSpan(from, to - from).IndexOf(LineEnd); at >= 0; at = buffer.AsSpan(from, to - from).IndexOf(LineEnd))
            {
                count += test(buffer.AsMemory(from, at)) ? 1 : 0;
                from += at + 1;
            }

            held = to - from;
            buffer.AsSpan(from, held).CopyTo(buffer);
        }

        return count;

        long NextLine(long at)
        {
            if (at == 0 || at >= length)
            {
                return at;
            }

            Span<byte> bytes = stackalloc byte[MaxLineBytes];
            bytes = bytes[..RandomAccess.Read(file, bytes, at - 1)];
            return at + bytes.IndexOf(LineEnd);
        }
    }
}
