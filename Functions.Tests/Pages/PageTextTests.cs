using System.Text;

namespace AudienceSync.Pages;

public sealed class PageTextTests
{
    [Fact]
    public void Write_AnyText_IsReadBackAndUtf8WhereThereIsAny()
    {
        var random = new RandomRows(1);
        Span<byte> buffer = new byte[2_000];
        for (var round = 0; round < 5_000; round++)
        {
            var text = random.Text();

            var bytes = buffer[..PageText.Write(text, buffer)];

            bytes.Length.ShouldBe(PageText.ByteCount(text));
            PageText.Read(bytes).ShouldBe(text);
            if (Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)) == text)
            {
                bytes.SequenceEqual(Encoding.UTF8.GetBytes(text)).ShouldBeTrue();
            }
        }
    }

    [Theory]
    [InlineData("ff")]
    [InlineData("c3")]
    [InlineData("eda0")]
    [InlineData("eda041")]
    public void Read_NeitherUtf8NorSurrogates_IsNull(string hex) => PageText.Read(Convert.FromHexString(hex)).ShouldBeNull();
}
