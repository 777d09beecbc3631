using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>When each value of a profile occurred ⇄ the bytes of one cell.</summary>
/// <remarks>
/// Most values of a profile share one time, often the latest. So the cell states one time for all, then the names that differ; a name
/// listed that the row does not hold was cleared at that time, which must outlive the value: an older value may still arrive.
/// Form: version 1, (updatedAt − common time), count, then per name its text and (updatedAt − its time); numbers in ticks, 7 bits a byte.
/// </remarks>
internal static class ProfileTimes
{
    private const byte Version = 1;

    /// <param name="times">Every name known: held or cleared.</param>
    /// <param name="isHeld">Whether the profile holds a value of that name.</param>
    /// <returns>Absent when every value occurred at <paramref name="updatedAt"/> and none was cleared.</returns>
    public static Cell Write(DateTimeOffset updatedAt, IReadOnlyDictionary<string, long> times, Func<string, bool> isHeld)
    {
        var common = Common(times, isHeld) ?? updatedAt.UtcTicks;
        var others = times.Where(pair => pair.Value != common || !isHeld(pair.Key)).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList();
        if (others.Count == 0 && common == updatedAt.UtcTicks)
        {
            return default;
        }

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        writer.Write7BitEncodedInt64(updatedAt.UtcTicks - common);
        writer.Write7BitEncodedInt(others.Count);
        foreach (var (name, ticks) in others)
        {
            writer.Write(name);
            writer.Write7BitEncodedInt64(updatedAt.UtcTicks - ticks);
        }

        writer.Flush();
        return Cell.Of(new ReadOnlyMemory<byte>(stream.GetBuffer(), 0, (int)stream.Length));
    }

    /// <summary>The times of the names in the cell and of <paramref name="held"/>.</summary>
    /// <exception cref="InvalidDataException">The cell was written by a later version.</exception>
    public static Dictionary<string, long> Read(Cell cell, DateTimeOffset updatedAt, IEnumerable<string> held)
    {
        var times = new Dictionary<string, long>(StringComparer.Ordinal);
        var common = updatedAt.UtcTicks;
        if (!cell.IsAbsent)
        {
            using var reader = new BinaryReader(new MemoryStream(cell.AsBytes().ToArray(), writable: false));
            if (reader.ReadByte() is var version and not Version)
            {
                throw new InvalidDataException($"The times of a profile are of version {version}; this build reads {Version}.");
            }

            common -= reader.Read7BitEncodedInt64();
            for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            {
                times[reader.ReadString()] = updatedAt.UtcTicks - reader.Read7BitEncodedInt64();
            }
        }

        foreach (var name in held)
        {
            times.TryAdd(name, common);
        }

        return times;
    }

    /// <summary>The most frequent time of the values held; the later of two equally frequent.</summary>
    private static long? Common(IReadOnlyDictionary<string, long> times, Func<string, bool> isHeld)
    {
        var counts = new Dictionary<long, int>();
        foreach (var (name, ticks) in times)
        {
            if (isHeld(name))
            {
                counts[ticks] = counts.GetValueOrDefault(ticks) + 1;
            }
        }

        return counts.Count == 0 ? null : counts.MaxBy(pair => (pair.Value, pair.Key)).Key;
    }
}
