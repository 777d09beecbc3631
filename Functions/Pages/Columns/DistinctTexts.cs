using System.Buffers;
using System.Buffers.Binary;

namespace AudienceSync.Pages.Columns;

/// <summary>The distinct ones among texts, and for each text its place among them. Rents its memory: dispose of it.</summary>
internal sealed class DistinctTexts : IDisposable
{
    /// <summary>Texts after which it is judged whether they repeat enough to go on.</summary>
    private const int Trial = 512;

    /// <summary>Chosen anew by each process: nobody can choose texts that meet in the table.</summary>
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64(long.MinValue, long.MaxValue) | 1;

    private readonly TextBuffer _texts = new();
    private readonly int[] _codes;
    private readonly int _count;

    private DistinctTexts(int count) => (_codes, _count) = (ArrayPool<int>.Shared.Rent(Math.Max(count, 1)), count);

    /// <summary>The distinct texts, in order of first appearance.</summary>
    public Slices Texts => _texts.Slice(0, _texts.Count);

    /// <summary>For each text its place in <see cref="Texts"/>.</summary>
    public ReadOnlySpan<int> Codes => _codes.AsSpan(0, _count);

    /// <param name="most">Most distinct ones that are worth it.</param>
    /// <returns>Null when there are more.</returns>
    public static DistinctTexts? Find(Slices texts, int most)
    {
        var found = new DistinctTexts(texts.Count);
        var buckets = ArrayPool<int>.Shared.Rent(SlotsFor(texts.Count));
        var slots = buckets.AsSpan(0, SlotsFor(texts.Count));
        slots.Clear(); // 0: free, else a code and one
        for (var i = 0; i < texts.Count; i++)
        {
            found._codes[i] = found.CodeOf(texts[i], slots);
            if (found._texts.Count > most || (i == Trial && found._texts.Count > Trial * 3 / 4))
            {
                found.Dispose();
                found = null;
                break;
            }
        }

        ArrayPool<int>.Shared.Return(buckets);
        return found;
    }

    public void Dispose() => ArrayPool<int>.Shared.Return(_codes);

    private int CodeOf(ReadOnlySpan<byte> text, Span<int> slots)
    {
        for (var slot = (int)(HashOf(text) >> 32) & (slots.Length - 1); ; slot = (slot + 1) & (slots.Length - 1))
        {
            if (slots[slot] == 0)
            {
                slots[slot] = _texts.Count + 1;
                _texts.Add(text);
                return _texts.Count - 1;
            }

            if (Texts[slots[slot] - 1].SequenceEqual(text))
            {
                return slots[slot] - 1;
            }
        }
    }

    private static int SlotsFor(int count) => (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)Math.Max(count * 2, 16));

    /// <summary>Multiply and fold, eight bytes at a time: for this table only.</summary>
    private static ulong HashOf(ReadOnlySpan<byte> text)
    {
        var hash = Seed ^ (ulong)text.Length;
        while (text.Length >= sizeof(ulong))
        {
            hash = Fold(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(text));
            text = text[sizeof(ulong)..];
        }

        ulong rest = 0;
        foreach (var letter in text)
        {
            rest = (rest << 8) | letter;
        }

        return Fold(hash ^ rest);
    }

    private static ulong Fold(ulong value) => Math.BigMul(value, 0x9E3779B97F4A7C15 ^ Seed, out var low) ^ low;
}
