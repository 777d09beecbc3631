namespace AudienceSync.Pages;

public sealed class Crc32CTests
{
    /// <summary>RFC 3720 appendix B.4, and the usual check value of "123456789".</summary>
    [Fact]
    public void Of_PublishedVectors_Match()
    {
        Crc32C.Of("123456789"u8).ShouldBe(0xE3069283u);
        Crc32C.Of(new byte[32]).ShouldBe(0x8A9136AAu);
        Crc32C.Of([.. Enumerable.Repeat((byte)0xFF, 32)]).ShouldBe(0x62A8AB43u);
        Crc32C.Of([.. Enumerable.Range(0, 32).Select(i => (byte)i)]).ShouldBe(0x46DD794Eu);
        Crc32C.Of([]).ShouldBe(0u);
    }

    /// <summary>Bit by bit, as the polynomial says.</summary>
    [Fact]
    public void Of_EveryLength_IsWhatTheDefinitionGives()
    {
        var random = new Random(1);
        foreach (var length in Enumerable.Range(0, 70).Concat([3_071, 3_072, 3_073, 6_143, 6_144, 9_999, 50_001]))
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            var crc = uint.MaxValue;
            foreach (var value in bytes)
            {
                crc ^= value;
                for (var bit = 0; bit < 8; bit++)
                {
                    crc = (crc >> 1) ^ ((crc & 1) == 0 ? 0 : 0x82F63B78u);
                }
            }

            Crc32C.Of(bytes).ShouldBe(~crc, $"{length} bytes");
        }
    }
}
