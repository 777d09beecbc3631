using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;
using AudienceSync.Benchmarks.Sample;

namespace AudienceSync.Benchmarks.Measuring;

/// <summary>Counts the rows of a delta and sums up a hash of each: two deltas with the same rows, in whatever order, have the same tally.</summary>
/// <remarks>A row is its line <c>kind,id,email,phone,first,last,amount,day</c>; of a changed member the newer values count. Not thread-safe: one a thread, then <see cref="Add(DeltaTally)"/>.</remarks>
internal sealed class DeltaTally
{
    private readonly byte[] _line = new byte[MemberText.MaxBytes + 2];

    public long Entered { get; private set; }

    public long Exited { get; private set; }

    public long Changed { get; private set; }

    /// <summary>0 when rows were only counted.</summary>
    public ulong Checksum { get; private set; }

    public void Add(DeltaKind kind, in Member member)
    {
        _line[0] = (byte)kind;
        _line[1] = (byte)',';
        AddLine(_line.AsSpan(0, 2 + MemberText.Write(member, _line.AsSpan(2))));
    }

    /// <param name="line">A row as text, without the end of line.</param>
    public void AddLine(ReadOnlySpan<byte> line)
    {
        Count((DeltaKind)line[0], 1);
        Checksum += Hash(line);
    }

    /// <summary>As <see cref="AddLine(ReadOnlySpan{byte})"/>, for readers that are not measured.</summary>
    public void AddLine(string line) => AddLine(Encoding.UTF8.GetBytes(line));

    public void Count(DeltaKind kind, long rows)
    {
        switch (kind)
        {
            case DeltaKind.Entered:
                Entered += rows;
                break;
            case DeltaKind.Exited:
                Exited += rows;
                break;
            case DeltaKind.Changed:
                Changed += rows;
                break;
            default:
                throw new FormatException($"'{(char)kind}' is no kind of a delta row.");
        }
    }

    public void Add(DeltaTally other)
    {
        (Entered, Exited, Changed) = (Entered + other.Entered, Exited + other.Exited, Changed + other.Changed);
        Checksum += other.Checksum;
    }

    /// <summary>Adds a file of lines.</summary>
    public void AddFile(string path)
    {
        foreach (var line in File.ReadLines(path))
        {
            AddLine(line);
        }
    }

    public JsonObject ToJson() => new()
    {
        ["entered"] = Entered,
        ["exited"] = Exited,
        ["changed"] = Changed,
        ["checksum"] = Checksum.ToString("x16", CultureInfo.InvariantCulture),
    };

    public static DeltaTally Read(JsonNode json) => new()
    {
        Entered = (long)json["entered"]!,
        Exited = (long)json["exited"]!,
        Changed = (long)json["changed"]!,
        Checksum = ulong.Parse((string)json["checksum"]!, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
    };

    /// <summary>Multiply-and-rotate over words of eight bytes: quick and good enough to tell wrong rows from right ones.</summary>
    private static ulong Hash(ReadOnlySpan<byte> line)
    {
        const ulong factor = 0x9E3779B97F4A7C15;
        var hash = (ulong)line.Length * factor;
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(line))
        {
            hash = BitOperations.RotateLeft((hash ^ word) * factor, 29);
        }

        Span<byte> rest = stackalloc byte[sizeof(ulong)];
        line[(line.Length & ~7)..].CopyTo(rest);
        hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(rest)) * factor;
        return hash ^ (hash >> 32);
    }
}
