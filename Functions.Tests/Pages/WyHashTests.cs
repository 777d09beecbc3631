using System.Buffers.Binary;
using System.Text;

namespace AudienceSync.Pages;

public sealed class WyHashTests
{
    /// <summary>The vectors of the author's test program: the seed is the vector's number.</summary>
    [Theory]
    [InlineData(0, "", 0x0409638ee2bde459)]
    [InlineData(1, "a", 0xa8412d091b5fe0a9)]
    [InlineData(2, "abc", 0x32dd92e4b2915153)]
    [InlineData(3, "message digest", 0x8619124089a3a16b)]
    [InlineData(4, "abcdefghijklmnopqrstuvwxyz", 0x7a43afb61d7f5f40)]
    [InlineData(5, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 0xff42329b90e50d58)]
    [InlineData(6, "12345678901234567890123456789012345678901234567890123456789012345678901234567890", 0xc39cab13b115aad3)]
    public void Of_TheAuthorsVectors_GivesTheirHashes(ulong seed, string text, ulong expected) =>
        WyHash.Of(seed, Encoding.ASCII.GetBytes(text)).ShouldBe(expected);

    [Fact]
    public void Of_Number_IsThatOfItsBytes()
    {
        var random = new Random(1);
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        for (var i = 0; i < 2_000; i++)
        {
            var (seed, number) = ((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue));
            BinaryPrimitives.WriteUInt64LittleEndian(bytes, number);

            WyHash.OfPrepared(WyHash.Prepare(seed), number).ShouldBe(WyHash.Of(seed, bytes));
        }
    }
}
