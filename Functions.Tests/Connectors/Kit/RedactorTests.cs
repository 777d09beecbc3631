using System.Collections.Immutable;
using System.Text;

namespace AudienceSync.Connectors.Kit;

public sealed class RedactorTests
{
    private const int MaxLetters = 16 * 1024;
    private const string Secret = "s3cret-of-the-connection";
    private const string Text = "text/plain";

    private readonly Redactor _redactor = new(new("con_1", ImmutableDictionary<string, string>.Empty, ImmutableDictionary.CreateRange<string, string>([new("key", Secret)])));

    [Theory]
    [InlineData("a")]
    [InlineData("é")]
    [InlineData("€")]
    [InlineData("😀")]
    public void Body_LongerThanIsRecorded_IsCutAndSaysHowLongItIs(string letter)
    {
        var text = string.Concat(Enumerable.Repeat(letter, 100_000));

        var recorded = _redactor.Body(Encoding.UTF8.GetBytes(text), Text);

        recorded.ShouldBe($"{text[..MaxLetters]}… ({Encoding.UTF8.GetByteCount(text)} bytes in all)");
    }

    [Fact]
    public void Body_AsLongAsIsRecorded_IsWhole()
    {
        var text = new string('a', MaxLetters);

        _redactor.Body(Encoding.UTF8.GetBytes(text), Text).ShouldBe(text);
    }

    /// <summary>Wherever the cut falls, nothing of the secret is left.</summary>
    [Fact]
    public void Body_SecretAcrossTheCut_IsTakenOut()
    {
        for (var before = MaxLetters - Secret.Length - 1; before <= MaxLetters + 1; before++)
        {
            var text = $"{new string('a', before)}{Secret}{new string('b', 50_000)}";

            var recorded = _redactor.Body(Encoding.UTF8.GetBytes(text), Text).ShouldNotBeNull();

            recorded.ShouldNotContain(Secret[..8]);
            recorded.ShouldEndWith($"({text.Length} bytes in all)");
        }
    }

    /// <summary>What is taken out makes room for what stands behind the cut: a secret that begins there must not come in halves.</summary>
    [Fact]
    public void Body_FullOfSecrets_KeepsNoPartOfOne()
    {
        for (var between = 0; between < 60; between++)
        {
            var text = string.Concat(Enumerable.Repeat(Secret + new string('a', between), 2_000));

            _redactor.Body(Encoding.UTF8.GetBytes(text), Text).ShouldNotBeNull().ShouldNotContain(Secret[..2]);
        }
    }

    [Fact]
    public void Body_NotUtf8_HasMarksInItsPlace() => _redactor.Body([(byte)'a', 0xFF, (byte)'b', 0xE2, 0x82], Text).ShouldBe("a\uFFFDb\uFFFD");
}
