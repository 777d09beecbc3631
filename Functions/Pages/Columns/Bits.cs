namespace AudienceSync.Pages.Columns;

/// <summary>Bits in bytes, the lowest first.</summary>
internal static class Bits
{
    public static int Size(int count) => (count + 7) >> 3;

    public static bool Get(ReadOnlySpan<byte> bits, int index) => (bits[index >> 3] & (1 << (index & 7))) != 0;

    public static void Set(Span<byte> bits, int index) => bits[index >> 3] |= (byte)(1 << (index & 7));
}
