using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit.Identifiers;

/// <summary>The steps that platforms share. Each platform's own table, with digests, is with its connector's tests.</summary>
public sealed class IdentifierRuleTests
{
    private static readonly IdentifierRule Field = Identifier.Email.As("field");

    [Theory]
    [InlineData("  Ana@Example.COM\t", "ana@example.com")]
    [InlineData("\u00a0\ufeffÄNNE@exämple.de\u3000", "änne@exämple.de")]
    [InlineData(" a b ", "a b")]
    [InlineData(" \t\n ", "")]
    [InlineData("Ⱥ", "ⱥ")] // longer in lower case: two bytes become three
    public void TrimmedLowercase_Text_IsBareAndLow(string value, string expected) => Of(Field.TrimmedLowercase(), value).ShouldBe(expected);

    [Theory]
    [InlineData(" A n a@\u00a0Example.com ", "ana@example.com")]
    public void WithoutWhitespace_SpaceWithin_GoesToo(string value, string expected) => Of(Field.WithoutWhitespace().Lowercase(), value).ShouldBe(expected);

    [Theory]
    [InlineData("+1 (650) 555-1234", "16505551234")]
    [InlineData("0044 207 123 4567", "442071234567")]
    [InlineData("+0000000000", "")]
    [InlineData("no digits", "")]
    [InlineData("١٢٣", "")] // Arabic digits are none of a phone number as platforms take it
    public void DigitsOnly_Phone_IsCountryCodeAndNumber(string value, string expected) => Of(Field.DigitsOnly(), value).ShouldBe(expected);

    [Theory]
    [InlineData("+1 (650) 555-1234", "+16505551234")]
    [InlineData("1.650.555.1234", "+16505551234")]
    [InlineData("0044 207 123 4567", "+442071234567")]
    [InlineData("912382193", "+912382193")]
    [InlineData("  -  ", "")]
    [InlineData("00", "")]
    public void E164_Phone_HasPlusAndDigits(string value, string expected) => Of(Field.E164(), value).ShouldBe(expected);

    [Theory]
    [InlineData("j.o.h.n@gmail.com", "john@gmail.com")]
    [InlineData("john+news@gmail.com", "john@gmail.com")]
    [InlineData("J.O.H.N+a.b+c@GoogleMail.com", "john@googlemail.com")]
    [InlineData("john+ne.ws@example.com", "john+ne.ws@example.com")]
    [InlineData("j.d@gmail.com.example", "j.d@gmail.com.example")]
    [InlineData("no address", "noaddress")]
    public void GmailMailbox_Address_IsCutAtGmailOnly(string value, string expected) =>
        Of(Field.WithoutWhitespace().Lowercase().GmailMailbox(), value).ShouldBe(expected);

    [Theory]
    [InlineData("B94D27B9934D3E08A52E52D7DA7DABFAC484EFE04294E576CA48E1CB0D7D6267")]
    [InlineData(" b94d27b9934d3e08a52e52d7da7dabfac484efe04294e576ca48e1cb0d7d6267\n")]
    public void Sha256Hex_DigestInAnyCase_IsPassedOnInLowerCase(string value)
    {
        Of(Field.DigitsOnly().Sha256Hex(), value).ShouldBe("b94d27b9934d3e08a52e52d7da7dabfac484efe04294e576ca48e1cb0d7d6267");
    }

    /// <summary>A digest of letters only has no digit that a phone's steps would leave.</summary>
    [Fact]
    public void Sha256Hex_DigestWithoutDigits_IsRecognisedBeforeTheSteps()
    {
        var digest = string.Concat(Enumerable.Repeat("abcdef", 11))[..64];

        Of(Field.DigitsOnly().Sha256Hex(), digest).ShouldBe(digest);
    }

    [Theory]
    [InlineData("b94d27b9934d3e08a52e52d7da7dabfac484efe04294e576ca48e1cb0d7d62")] // 62
    [InlineData("g94d27b9934d3e08a52e52d7da7dabfac484efe04294e576ca48e1cb0d7d6267")]
    [InlineData("xb94d27b9934d3e08a52e52d7da7dabfac484efe04294e576ca48e1cb0d7d6267")] // 64 within 65
    public void Sha256Hex_AlmostADigest_IsHashed(string value) => Of(Field.Sha256Hex(), value).ShouldNotBe(value);

    [Fact]
    public void Md5Hex_TextAndDigest_GiveTheSame()
    {
        var rule = Field.TrimmedLowercase().Md5Hex();

        Of(rule, "John.Doe@gmail.com").ShouldBe("e13743a7f1db7f4246badd6fd6ff54ff");
        Of(rule, "E13743A7F1DB7F4246BADD6FD6FF54FF").ShouldBe("e13743a7f1db7f4246badd6fd6ff54ff");
    }

    [Fact]
    public void Of_AbsentOrEmpty_IsEmptyAndNotTheDigestOfNothing()
    {
        var rule = Field.TrimmedLowercase().Sha256Hex();

        rule.Of(new Row()).ShouldBeEmpty();
        Of(rule, "   ").ShouldBeEmpty();
        rule.IsFilled(new Row([KeyValuePair.Create("field", Cell.Of("  "))])).ShouldBeFalse();
    }

    private static string Of(IdentifierRule rule, string value) => rule.Of(new Row([KeyValuePair.Create("field", Cell.Of(value))]));
}
