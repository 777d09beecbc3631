using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AudienceSync.Pages.Columns;

/// <summary>Tests packed numbers without unpacking them to memory, several at a time where the processor has AVX2.</summary>
/// <remarks>
/// Eight values of w bits take w bytes, so each group of eight lies alike in its bytes: a shuffle brings the bytes of each value into a lane of its own, a shift aligns them.
/// </remarks>
internal static class PackedScan
{
    /// <summary>Widest values that lie in a lane of 32 bits, or of 64, wherever in a byte they begin.</summary>
    public const int MaxLaneWidth = 25;

    private const int MaxWideLaneWidth = 57;

    private const int Group = 8;

    /// <summary>Sets a bit for each value for which the test holds.</summary>
    /// <param name="count">Number of values.</param>
    /// <param name="found">A bit a value, zeros.</param>
    public static void Run<TTest>(PackedIntegers values, int count, TTest test, Span<ulong> found)
        where TTest : struct, IPackedTest
    {
        var bits = values.Bits;
        var width = values.Width;
        var done = !Avx2.IsSupported || width == 0 ? 0
            : width <= MaxLaneWidth ? RunLanes(bits, width, count, test, MemoryMarshal.AsBytes(found))
            : width <= MaxWideLaneWidth ? RunWideLanes(bits, width, count, test, MemoryMarshal.AsBytes(found))
            : 0;
        for (var index = done; index < count; index++)
        {
            found[index / 64] |= (test.Holds(PackedIntegers.DistanceAt(bits, index, width)) ? 1UL : 0) << (index % 64);
        }
    }

    /// <returns>How many values were tested: all but the last ones, whose bytes end too early for a whole load.</returns>
    private static int RunLanes<TTest>(ReadOnlySpan<byte> bits, int width, int count, TTest test, Span<byte> found)
        where TTest : struct, IPackedTest
    {
        var fifth = ByteOf(4, width);
        var groups = GroupsOf(bits, width, count, fifth);
        var shuffle = Vector256.Create(ShuffleOf<uint>(0, width), ShuffleOf<uint>(4, width));
        var shift = Vector256.Create(0, (uint)width % 8, 2 * (uint)width % 8, 3 * (uint)width % 8, 4 * (uint)width % 8, 5 * (uint)width % 8, 6 * (uint)width % 8, 7 * (uint)width % 8);
        var mask = Vector256.Create((1U << width) - 1);
        for (var group = 0; group < groups; group++)
        {
            var at = bits[(group * width)..];
            var bytes = Vector256.Create(Vector128.Create(at), Vector128.Create(at[fifth..]));
            var values = Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(bytes, shuffle).AsUInt32(), shift) & mask;
            found[group] = (byte)test.Holds(values).ExtractMostSignificantBits();
        }

        return groups * Group;
    }

    /// <inheritdoc cref="RunLanes"/>
    private static int RunWideLanes<TTest>(ReadOnlySpan<byte> bits, int width, int count, TTest test, Span<byte> found)
        where TTest : struct, IPackedTest
    {
        var (third, fifth, seventh) = (ByteOf(2, width), ByteOf(4, width), ByteOf(6, width));
        var groups = GroupsOf(bits, width, count, seventh);
        var lowShuffle = Vector256.Create(ShuffleOf<ulong>(0, width), ShuffleOf<ulong>(2, width));
        var highShuffle = Vector256.Create(ShuffleOf<ulong>(4, width), ShuffleOf<ulong>(6, width));
        var lowShift = Vector256.Create(0, (ulong)width % 8, 2 * (ulong)width % 8, 3 * (ulong)width % 8);
        var highShift = Vector256.Create(4 * (ulong)width % 8, 5 * (ulong)width % 8, 6 * (ulong)width % 8, 7 * (ulong)width % 8);
        var mask = Vector256.Create((1UL << width) - 1);
        for (var group = 0; group < groups; group++)
        {
            var at = bits[(group * width)..];
            var low = Vector256.Create(Vector128.Create(at), Vector128.Create(at[third..]));
            var high = Vector256.Create(Vector128.Create(at[fifth..]), Vector128.Create(at[seventh..]));
            var lowValues = Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(low, lowShuffle).AsUInt64(), lowShift) & mask;
            var highValues = Avx2.ShiftRightLogicalVariable(Avx2.Shuffle(high, highShuffle).AsUInt64(), highShift) & mask;
            found[group] = (byte)(test.Holds(lowValues).ExtractMostSignificantBits() | (test.Holds(highValues).ExtractMostSignificantBits() << (Group / 2)));
        }

        return groups * Group;
    }

    /// <summary>The byte of a group in which a value begins.</summary>
    private static int ByteOf(int value, int width) => value * width / 8;

    /// <summary>Groups whose last load lies within the bits.</summary>
    private static int GroupsOf(ReadOnlySpan<byte> bits, int width, int count, int lastLoad) =>
        Math.Max(0, Math.Min(count / Group, (bits.Length - lastLoad - Vector128<byte>.Count) / width));

    /// <summary>Brings the values of a load, which begins with the byte of its first, into lanes.</summary>
    private static Vector128<byte> ShuffleOf<TLane>(int firstValue, int width)
        where TLane : unmanaged
    {
        Span<byte> shuffle = stackalloc byte[Vector128<byte>.Count];
        var laneBytes = shuffle.Length / Vector128<TLane>.Count;
        for (var i = 0; i < shuffle.Length; i++)
        {
            shuffle[i] = (byte)(ByteOf(firstValue + (i / laneBytes), width) - ByteOf(firstValue, width) + (i % laneBytes));
        }

        return Vector128.Create<byte>(shuffle);
    }
}

/// <summary>A test of a packed number, given as its distance from the least.</summary>
internal interface IPackedTest
{
    bool Holds(ulong distance);

    /// <summary>All bits of a lane, or at least the highest, or none. Only distances of 25 bits at most come.</summary>
    Vector256<uint> Holds(Vector256<uint> distances);

    /// <summary>As <see cref="Holds(Vector256{uint})"/>, for wider distances: 57 bits at most.</summary>
    Vector256<ulong> Holds(Vector256<ulong> distances);
}

/// <summary>Distances from <paramref name="first"/> to <paramref name="last"/>, both included.</summary>
internal readonly struct WithinTest(ulong first, ulong last) : IPackedTest
{
    private readonly ulong _span = last - first;
    private readonly uint _laneFirst = (uint)Math.Min(first, uint.MaxValue);
    private readonly uint _laneSpan = (uint)(Math.Min(last, uint.MaxValue) - Math.Min(first, uint.MaxValue));

    // Without sign: what is below the first is far beyond the last.
    public bool Holds(ulong distance) => distance - first <= _span;

    public Vector256<uint> Holds(Vector256<uint> distances) => Vector256.LessThanOrEqual(distances - Vector256.Create(_laneFirst), Vector256.Create(_laneSpan));

    public Vector256<ulong> Holds(Vector256<ulong> distances) => Vector256.LessThanOrEqual(distances - Vector256.Create(first), Vector256.Create(_span));
}

/// <summary>Some of at most <see cref="MostCodes"/> distances, as bits.</summary>
internal readonly struct FewCodesTest(uint codes) : IPackedTest
{
    public const int MostCodes = 32;

    public bool Holds(ulong distance) => distance < MostCodes && (codes & (1U << (int)distance)) != 0;

    public Vector256<uint> Holds(Vector256<uint> distances) => Vector256.ShiftLeft(Avx2.ShiftRightLogicalVariable(Vector256.Create(codes), distances), 31);

    public Vector256<ulong> Holds(Vector256<ulong> distances) => throw new UnreachableException("Few codes are narrow.");
}

/// <summary>Some of many distances; those beyond do not hold.</summary>
internal readonly struct CodesTest(bool[] codes) : IPackedTest
{
    public bool Holds(ulong distance) => distance < (ulong)codes.Length && codes[distance];

    public Vector256<uint> Holds(Vector256<uint> distances)
    {
        var held = Vector256<uint>.Zero;
        for (var lane = 0; lane < Vector256<uint>.Count; lane++)
        {
            held = held.WithElement(lane, Holds((ulong)distances[lane]) ? uint.MaxValue : 0);
        }

        return held;
    }

    public Vector256<ulong> Holds(Vector256<ulong> distances) => throw new UnreachableException("A page has not so many codes.");
}
