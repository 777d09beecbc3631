using System.Buffers.Binary;
using System.Numerics;

namespace AudienceSync.Profiles.Attributes;

/// <summary>How many distinct values there are, by their hashes: counted exactly up to <see cref="MaxExact"/>, estimated by HyperLogLog beyond.</summary>
/// <remarks>
/// What it holds is a function of the set of hashes alone: it is of no matter in which order, how often and in how many parts they came, so merging is the union.
/// The estimate is that of O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), section 4: it has no bias at any size and needs no tables.
/// Not thread-safe.
/// </remarks>
internal sealed class DistinctSketch
{
    /// <summary>Most values counted one by one. Ours.</summary>
    public const int MaxExact = 256;

    /// <summary>Standard error of an estimate, relative: 1.04 / √4,096. One in three is off by more, one in 370 by more than three times that.</summary>
    public const double StandardError = 0.01625;

    private const int RegisterBits = 12;
    private const int Registers = 1 << RegisterBits;

    /// <summary>Bits of a hash that count leading zeros.</summary>
    private const int RankBits = 64 - RegisterBits;

    private const byte ExactForm = 0;
    private const byte RegistersForm = 1;

    private HashSet<ulong>? _hashes = [];
    private byte[]? _registers;

    /// <summary>Whether <see cref="Count"/> is no estimate.</summary>
    public bool IsExact => _hashes is not null;

    public long Count => _hashes is { } hashes ? hashes.Count : (long)Math.Round(Estimate(_registers!));

    /// <param name="hashes">64 bits each, all of them alike random; repeated at will.</param>
    public void Add(ReadOnlySpan<ulong> hashes)
    {
        foreach (var hash in hashes)
        {
            Add(hash);
        }
    }

    public void Add(ulong hash)
    {
        if (_registers is { } registers)
        {
            Note(registers, hash);
        }
        else if (_hashes!.Add(hash) && _hashes.Count > MaxExact)
        {
            _registers = new byte[Registers];
            foreach (var known in _hashes)
            {
                Note(_registers, known);
            }

            _hashes = null;
        }
    }

    /// <summary>Takes in all that another has counted.</summary>
    public void Add(DistinctSketch other)
    {
        if (other._hashes is { } hashes)
        {
            foreach (var hash in hashes)
            {
                Add(hash);
            }

            return;
        }

        var own = _hashes;
        _registers ??= new byte[Registers];
        _hashes = null;
        for (var register = 0; register < Registers; register++)
        {
            _registers[register] = Math.Max(_registers[register], other._registers![register]);
        }

        foreach (var hash in own ?? [])
        {
            Note(_registers, hash);
        }
    }

    /// <summary>The same bytes for the same set: the form, then the hashes in order, or the registers.</summary>
    public byte[] ToBytes()
    {
        if (_registers is { } registers)
        {
            return [RegistersForm, .. registers];
        }

        var bytes = new byte[1 + (_hashes!.Count * sizeof(ulong))];
        bytes[0] = ExactForm;
        foreach (var (index, hash) in _hashes.Order().Index())
        {
            BinaryPrimitives.WriteUInt64LittleEndian(bytes.AsSpan(1 + (index * sizeof(ulong))), hash);
        }

        return bytes;
    }

    /// <exception cref="InvalidDataException">No sketch was written so.</exception>
    public static DistinctSketch FromBytes(ReadOnlySpan<byte> bytes)
    {
        var sketch = new DistinctSketch();
        switch (bytes)
        {
            case [RegistersForm, .. var registers] when registers.Length == Registers:
                (sketch._registers, sketch._hashes) = (registers.ToArray(), null);
                return sketch;
            case [ExactForm, .. var hashes] when hashes.Length % sizeof(ulong) == 0 && hashes.Length <= MaxExact * sizeof(ulong):
                for (; !hashes.IsEmpty; hashes = hashes[sizeof(ulong)..])
                {
                    sketch._hashes!.Add(BinaryPrimitives.ReadUInt64LittleEndian(hashes));
                }

                return sketch;
            default:
                throw new InvalidDataException($"{bytes.Length} bytes are no count of distinct values.");
        }
    }

    /// <summary>The first bits choose a register; it keeps the most zeros that ever led the others, plus one.</summary>
    private static void Note(byte[] registers, ulong hash)
    {
        ref var register = ref registers[hash >> RankBits];
        var rank = (byte)Math.Min(BitOperations.LeadingZeroCount(hash << RegisterBits) + 1, RankBits + 1);
        register = Math.Max(register, rank);
    }

    private static double Estimate(byte[] registers)
    {
        var counts = new int[RankBits + 2];
        foreach (var register in registers)
        {
            counts[register]++;
        }

        var z = Registers * Tau(1 - (counts[RankBits + 1] / (double)Registers));
        for (var rank = RankBits; rank > 0; rank--)
        {
            z = 0.5 * (z + counts[rank]);
        }

        z += Registers * Sigma(counts[0] / (double)Registers);
        return Registers / (2 * Math.Log(2)) * Registers / z;
    }

    /// <summary>x + Σ x^(2^k) 2^(k−1): what empty registers say.</summary>
    private static double Sigma(double x)
    {
        if (x == 1)
        {
            return double.PositiveInfinity;
        }

        var (y, z, before) = (1.0, x, double.NaN);
        while (z != before)
        {
            x *= x;
            before = z;
            z += x * y;
            y += y;
        }

        return z;
    }

    /// <summary>⅓ (1 − x − Σ (1 − x^(2^−k))² 2^(−k)): what full registers say.</summary>
    private static double Tau(double x)
    {
        if (x is 0 or 1)
        {
            return 0;
        }

        var (y, z, before) = (1.0, 1 - x, double.NaN);
        while (z != before)
        {
            x = Math.Sqrt(x);
            before = z;
            y *= 0.5;
            z -= (1 - x) * (1 - x) * y;
        }

        return z / 3;
    }
}
