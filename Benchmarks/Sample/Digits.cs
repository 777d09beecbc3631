namespace AudienceSync.Benchmarks.Sample;

internal static class Digits
{
    private static readonly byte[] Pairs = [.. Enumerable.Range(0, 100).SelectMany(pair => new[] { (byte)('0' + (pair / 10)), (byte)('0' + (pair % 10)) })];

    /// <summary>Writes a number with zeros before it, as many digits as there is room for.</summary>
    public static void Write(ulong number, Span<byte> target)
    {
        var end = target.Length;
        for (; end >= 2; end -= 2)
        {
            (number, var pair) = Math.DivRem(number, 100);
            Pairs.AsSpan((int)pair * 2, 2).CopyTo(target[(end - 2)..]);
        }

        if (end == 1)
        {
            target[0] = (byte)('0' + (number % 10));
        }
    }
}
