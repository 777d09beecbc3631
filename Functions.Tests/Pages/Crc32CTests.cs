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
}
