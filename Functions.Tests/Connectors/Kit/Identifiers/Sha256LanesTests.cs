using System.Security.Cryptography;
using System.Text;

namespace AudienceSync.Connectors.Kit.Identifiers;

public sealed class Sha256LanesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Hash_RandomTexts_GivesWhatTheFrameworkGives(bool lanes)
    {
        var random = new Random(7);
        for (var round = 0; round < 400; round++)
        {
            var texts = new TextRange[random.Next(0, 40)];
            var longest = round % 2 == 0 ? 60 : 301;
            var start = 0;
            for (var i = 0; i < texts.Length; i++)
            {
                texts[i] = new(start, random.Next(0, longest));
                start += texts[i].Length + random.Next(0, 3);
            }

            var text = new byte[start];
            random.NextBytes(text);

            Check(text, texts, lanes);
        }
    }

    /// <summary>Every length around the ends of blocks, and those too long for the lanes, eight and fewer at a time.</summary>
    [Fact]
    public void Hash_EveryLength_GivesWhatTheFrameworkGives()
    {
        var text = new byte[400];
        new Random(8).NextBytes(text);
        for (var length = 0; length <= 330; length++)
        {
            Check(text, [.. Enumerable.Range(0, (length % 12) + 1).Select(at => new TextRange(at, length))], lanes: true);
        }
    }

    [Theory]
    [InlineData("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    public void Hash_VectorsOfTheStandard_AreMet(string text, string digest)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        var hex = new byte[8 * 64];

        Sha256Lanes.Hash(bytes, [.. Enumerable.Repeat(new TextRange(0, bytes.Length), 8)], hex);

        Encoding.ASCII.GetString(hex).ShouldBe(string.Concat(Enumerable.Repeat(digest, 8)));
    }

    private static void Check(byte[] text, TextRange[] texts, bool lanes)
    {
        var hex = new byte[texts.Length * 64];

        Sha256Lanes.Hash(text, texts, hex, lanes);

        Encoding.ASCII.GetString(hex).ShouldBe(string.Concat(texts.Select(range => Convert.ToHexStringLower(SHA256.HashData(range.In(text))))));
    }
}
