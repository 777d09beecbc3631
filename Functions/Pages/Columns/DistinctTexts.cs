using System.Buffers;
using System.Numerics;

namespace AudienceSync.Pages.Columns;

/// <summary>The distinct ones among texts, and for each text its place among them. Rents its memory: dispose of it.</summary>
internal sealed class DistinctTexts : IDisposable
{
    /// <summary>Texts after which it is judged whether they repeat enough to go on.</summary>
    private const int Trial = 512;

    /// <summary>Chosen anew by each process: nobody can choose texts that meet in the table.</summary>
    private static readonly ulong Seed = WyHash.Prepare((ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue));

    private readonly int[] _codes;
    private readonly int[] _starts;
    private readonly int[] _ends;
    private readonly int _count;

    private DistinctTexts(int count, int most)
    {
        _count = count;
        _codes = ArrayPool<int>.Shared.Rent(Math.Max(count, 1));
        _starts = ArrayPool<int>.Shared.Rent(most + 1);
        _ends = ArrayPool<int>.Shared.Rent(most + 1);
    }

    /// <summary>How many there are.</summary>
    public int Distinct { get; private set; }

    /// <summary>For each text its place among the distinct ones.</summary>
    public ReadOnlySpan<int> Codes => _codes.AsSpan(0, _count);

    /// <param name="most">Most distinct ones that are worth it.</param>
    /// <returns>Null when there are more.</returns>
    public static DistinctTexts? Find(Slices texts, int most)
    {
        var found = new DistinctTexts(texts.Count, most);
        var size = (int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(most * 2, 16));
        var slots = ArrayPool<int>.Shared.Rent(size);
        slots.AsSpan(0, size).Clear(); // 0: free, else a code and one
        var isFound = found.TryFind(texts, slots.AsSpan(0, size), most);
        ArrayPool<int>.Shared.Return(slots);
        if (isFound)
        {
            return found;
        }

        found.Dispose();
        return null;
    }

    /// <summary>The distinct texts, in order of first appearance.</summary>
    /// <param name="texts">Those they were found in.</param>
    public Slices In(Slices texts) => texts.Cut(_starts.AsSpan(0, Distinct), _ends.AsSpan(0, Distinct));

    public void Dispose()
    {
        ArrayPool<int>.Shared.Return(_codes);
        ArrayPool<int>.Shared.Return(_starts);
        ArrayPool<int>.Shared.Return(_ends);
    }

    private bool TryFind(Slices texts, Span<int> slots, int most)
    {
        for (var i = 0; i < texts.Count; i++)
        {
            var text = texts[i];
            var slot = (int)WyHash.OfPrepared(Seed, text) & (slots.Length - 1);
            while (slots[slot] is not 0 and var held && !texts.Cut(_starts.AsSpan(held - 1, 1), _ends.AsSpan(held - 1, 1))[0].SequenceEqual(text))
            {
                slot = (slot + 1) & (slots.Length - 1);
            }

            if (slots[slot] == 0)
            {
                if (Distinct == most || (i > Trial && i < 2 * Trial && Distinct > Trial * 3 / 4))
                {
                    return false;
                }

                (_starts[Distinct], _ends[Distinct]) = (texts.StartOf(i), texts.EndOf(i));
                slots[slot] = ++Distinct;
            }

            _codes[i] = slots[slot] - 1;
        }

        return true;
    }
}
