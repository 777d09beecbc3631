using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>The values that a profile had for its identifiers ⇄ the bytes of one cell.</summary>
/// <remarks>
/// Most profiles have one value of each and saw it once, which the value's own column and the profile's times say: then there is no cell.
/// Form: version 1; per identifier its place among <see cref="ProfileColumns.Identifiers"/>, (time of the column's value − cleared) + 1 or 0 for never cleared,
/// count, then per value its text, empty for that of the column, (time of the column's value − last) and (last − first); numbers in ticks, 7 bits a byte.
/// </remarks>
internal static class SeenIdentifiers
{
    private const byte Version = 1;

    /// <param name="seen">Of each identifier held what its column does not say.</param>
    /// <param name="plain">The value of each one's column and when it occurred.</param>
    public static Cell Write(IReadOnlyDictionary<string, SeenValues> seen, Func<string, (string Value, long Ticks)> plain)
    {
        if (seen.Count == 0)
        {
            return default;
        }

        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        writer.Write(Version);
        foreach (var name in ProfileColumns.Identifiers.Where(seen.ContainsKey))
        {
            var (values, (value, ticks)) = (seen[name], plain(name));
            writer.Write((byte)ProfileColumns.Identifiers.IndexOf(name));
            writer.Write7BitEncodedInt64(values.ClearedAt == 0 ? 0 : ticks - values.ClearedAt + 1);
            writer.Write((byte)values.Values.Length);
            foreach (var sighting in values.Values)
            {
                writer.Write(sighting.Value == value ? "" : sighting.Value);
                writer.Write7BitEncodedInt64(ticks - sighting.Last);
                writer.Write7BitEncodedInt64(sighting.Last - sighting.First);
            }
        }

        writer.Flush();
        return Cell.Of(new ReadOnlyMemory<byte>(stream.GetBuffer(), 0, (int)stream.Length));
    }

    /// <param name="plain">As for <see cref="Write"/>.</param>
    /// <exception cref="InvalidDataException">The cell was written by a later version.</exception>
    public static Dictionary<string, SeenValues> Read(Cell cell, Func<string, (string Value, long Ticks)> plain)
    {
        var seen = new Dictionary<string, SeenValues>(StringComparer.Ordinal);
        if (cell.IsAbsent)
        {
            return seen;
        }

        using var reader = new BinaryReader(new MemoryStream(cell.AsBytes().ToArray(), writable: false));
        if (reader.ReadByte() is var version and not Version)
        {
            throw new InvalidDataException($"The identifiers of a profile are of version {version}; this build reads {Version}.");
        }

        while (reader.BaseStream.Position < reader.BaseStream.Length)
        {
            var name = ProfileColumns.Identifiers[reader.ReadByte()];
            var (value, ticks) = plain(name);
            var cleared = reader.Read7BitEncodedInt64();
            var values = ImmutableArray.CreateBuilder<Sighting>(reader.ReadByte());
            for (var left = values.Capacity; left > 0; left--)
            {
                var text = reader.ReadString();
                var last = ticks - reader.Read7BitEncodedInt64();
                values.Add(new(text.Length == 0 ? value : text, last - reader.Read7BitEncodedInt64(), last));
            }

            seen.Add(name, SeenValues.Of(values.MoveToImmutable(), cleared == 0 ? 0 : ticks - cleared + 1));
        }

        return seen;
    }

    /// <summary>The values of one identifier beside that of its column.</summary>
    /// <param name="cell">Of <see cref="ProfileColumns.Seen"/>.</param>
    public static IEnumerable<string> OthersOf(Cell cell, string name) =>
        Read(cell, static _ => ("", 0)).TryGetValue(name, out var seen) ? seen.Values.Select(value => value.Value).Where(value => value.Length > 0) : [];

    /// <summary>The values of one identifier in the order of first sight; the column's own where it is the only one, none where there is none.</summary>
    /// <param name="profile">Has the identifier's column and <see cref="ProfileColumns.Seen"/>.</param>
    public static ImmutableArray<string> ValuesOf(Row profile, string name) =>
        profile[name] is not { IsAbsent: false } plain ? []
        : profile[ProfileColumns.Seen] is { IsAbsent: false } cell && Read(cell, column => (profile[column].ToString(), 0)).TryGetValue(name, out var seen) ? [.. seen.Values.Select(value => value.Value)]
        : [plain.AsText()];

    /// <summary>Whether a cell holds more than one value of any identifier; nothing of it is decoded but its lengths.</summary>
    public static bool HoldsSeveral(ReadOnlySpan<byte> cell)
    {
        for (var at = 1; at < cell.Length;)
        {
            at++;
            SkipNumber(cell, ref at);
            if (cell[at++] is > 1)
            {
                return true;
            }

            // One text (its length in one or two bytes of seven bits), two numbers.
            var length = cell[at] & 0x7F;
            if (cell[at++] > 0x7F)
            {
                length |= (cell[at++] & 0x7F) << 7;
            }

            at += length;
            SkipNumber(cell, ref at);
            SkipNumber(cell, ref at);
        }

        return false;
    }

    private static void SkipNumber(ReadOnlySpan<byte> cell, ref int at)
    {
        while (cell[at++] > 0x7F)
        {
        }
    }
}
