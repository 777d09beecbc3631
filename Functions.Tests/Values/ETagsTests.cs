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
}
