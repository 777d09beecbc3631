using System.Buffers.Text;
using AudienceSync.Fakes;
using Microsoft.Extensions.Options;

namespace AudienceSync.Access;

public sealed class SecretSealerTests
{
    private static readonly string FirstKey = Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)]);
    private static readonly string SecondKey = Convert.ToBase64String([.. Enumerable.Repeat((byte)2, 32)]);

    [Theory]
    [InlineData("")]
    [InlineData("whsec_abc")]
    [InlineData("pässwörd 🔑")]
    public void Open_Sealed_IsTheText(string text)
    {
        var sealer = Sealer();

        var sealedText = sealer.Seal(text, "con_1", "signingSecret");

        sealer.Open(sealedText, "con_1", "signingSecret").ShouldBe(text);
        sealedText.ShouldStartWith("s1.");
        sealer.Seal(text, "con_1", "signingSecret").ShouldNotBe(sealedText);
    }

    [Theory]
    [InlineData("con_2", "signingSecret")]
    [InlineData("con_1", "apiKey")]
    [InlineData("con_1s", "igningSecret")]
    public void Open_MovedElsewhere_Fails(string owner, string name)
    {
        var sealedText = Sealer().Seal("secret", "con_1", "signingSecret");

        Should.Throw<SealBrokenException>(() => Sealer().Open(sealedText, owner, name)).Message.ShouldContain(owner);
    }

    [Fact]
    public void Open_AnyByteChanged_Fails()
    {
        var sealer = Sealer();
        var parts = sealer.Seal("secret", "con_1", "s").Split('.');
        var bytes = Base64Url.DecodeFromChars(parts[2]);
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = (byte[])bytes.Clone();
            changed[i] ^= 1;
            Should.Throw<SealBrokenException>(() => sealer.Open($"{parts[0]}.{parts[1]}.{Base64Url.EncodeToString(changed)}", "con_1", "s"));
        }
    }

    [Theory]
    [InlineData("plain text")]
    [InlineData("s2.00000000.AAAA")]
    [InlineData("s1.00000000.!!")]
    [InlineData("s1.00000000.AAAA")]
    public void Open_NotSealedByUs_Fails(string text) => Should.Throw<SealBrokenException>(() => Sealer().Open(text, "con_1", "s"));

    [Fact]
    public void Open_CutShort_Fails()
    {
        var parts = Sealer().Seal("secret", "con_1", "s").Split('.');

        Should.Throw<SealBrokenException>(() => Sealer().Open($"{parts[0]}.{parts[1]}.AAAA", "con_1", "s"));
    }

    [Fact]
    public void Open_AfterRotation_RetiredKeyOpensAndIsOutdated()
    {
        var underFirst = Sealer(FirstKey).Seal("secret", "con_1", "s");
        var rotated = Sealer(SecondKey, retired: $"{FirstKey} , ");

        rotated.Open(underFirst, "con_1", "s").ShouldBe("secret");
        rotated.IsOutdated(underFirst).ShouldBeTrue();
        rotated.IsOutdated(rotated.Seal("secret", "con_1", "s")).ShouldBeFalse();
        Should.Throw<SealBrokenException>(() => Sealer(SecondKey).Open(underFirst, "con_1", "s")).Message.ShouldContain("Secrets__RetiredKeys");
    }

    [Fact]
    public void Open_SealedBeforeAKeyWasConfigured_StillOpens()
    {
        var underDerived = Sealer().Seal("secret", "con_1", "s");

        Sealer(FirstKey).Open(underDerived, "con_1", "s").ShouldBe("secret");
    }

    [Fact]
    public void Open_AnotherInstallation_Fails()
    {
        var elsewhere = new SecretSealer(MemoryInstallationKeyStore.LoadedKeys(seed: 2), Options.Create(new SecretsOptions()));

        Should.Throw<SealBrokenException>(() => elsewhere.Open(Sealer().Seal("secret", "con_1", "s"), "con_1", "s"));
    }

    [Theory]
    [InlineData("short", null, false)]
    [InlineData("AAAA", null, false)]
    [InlineData(null, "AAAA", false)]
    [InlineData(null, null, true)]
    public void Validate_Keys_AreBase64Of32Bytes(string? key, string? retired, bool isTaken) =>
        new SecretsOptionsValidator().Validate(name: null, new() { SealingKey = key, RetiredKeys = retired }).Succeeded.ShouldBe(isTaken);

    [Fact]
    public void Validate_GoodKeys_AreTaken() =>
        new SecretsOptionsValidator().Validate(name: null, new() { SealingKey = FirstKey, RetiredKeys = $"{FirstKey},{SecondKey}" }).Succeeded.ShouldBeTrue();

    private static SecretSealer Sealer(string? key = null, string? retired = null) =>
        new(MemoryInstallationKeyStore.LoadedKeys(), Options.Create(new SecretsOptions { SealingKey = key, RetiredKeys = retired }));
}
