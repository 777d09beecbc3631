namespace AudienceSync.Values;

public sealed class ETagsTests
{
    [Theory]
    [InlineData("abc", "\"abc\"")]
    [InlineData("\"abc\"", "\"abc\"")]
    [InlineData("W/\"datetime'2026-01-01T00%3A00%3A00Z'\"", "\"datetime'2026-01-01T00%3A00%3A00Z'\"")]
    public void Quote_AnyForm_IsStrongAndQuoted(string tag, string expected) => ETags.Quote(tag).ShouldBe(expected);

    [Theory]
    [InlineData("*", true)]
    [InlineData("\"b\"", true)]
    [InlineData("\"a\", \"b\"", true)]
    [InlineData("\"a\"", false)]
    [InlineData("\"a,\"b\"\"", false)]
    public void Holds_AgainstCurrent_ComparesWholeTags(string ifMatch, bool expected) => ETags.Holds(ifMatch, "\"b\"").ShouldBe(expected);

    [Fact]
    public void Holds_CommaWithinATag_BelongsToIt() => ETags.Holds("\"a,b\", \"c\"", "a,b").ShouldBeTrue();

    /// <summary>What a change is guarded by is the version; what a reader holds is the answer.</summary>
    [Fact]
    public void Cover_OtherAnswerOfTheSameVersion_IsAnotherTagThatStillHolds()
    {
        var (first, second) = (ETags.Cover("\"3\"", "one"u8), ETags.Cover("3", "two"u8));

        first.ShouldMatch("^\"3~[0-9a-f]{16}\"$");
        first.ShouldNotBe(second);
        ETags.Cover("\"3\"", "one"u8).ShouldBe(first);
        ETags.Holds(first, "\"3\"").ShouldBeTrue();
        ETags.Holds($"\"x\", {second}", "\"3\"").ShouldBeTrue();
        ETags.Holds("\"3\"", "\"3\"").ShouldBeTrue();
        ETags.Holds(first, "\"4\"").ShouldBeFalse();
        ETags.Holds(first, "\"13\"").ShouldBeFalse();
    }

    [Theory]
    [InlineData("\"3~\"")]
    [InlineData("\"3~0123\"")]
    [InlineData("\"~0123456789abcdef\"")]
    [InlineData("3~0123456789abcdef")]
    public void Holds_WhatOnlyLooksLikeACover_DoesNot(string tag) => ETags.Holds(tag, "\"3\"").ShouldBeFalse();
}
