namespace AudienceSync.Segments;

public sealed class RulePatternTests
{
    [Theory]
    [InlineData(@"^\+49\d{3,12}$")]
    [InlineData(@"^[a-z0-9.]{2,64}@[a-z-]{2,63}\.[a-z]{2,}$")]
    [InlineData(@"(?i)^(ab|c){20}x")]
    [InlineData(@"a{,5}b{x}{}")] // braces that stand for themselves
    [InlineData(@"\{400}[{]900}")]
    [InlineData(@"(a{10}){20}")]
    public void TryCreate_OrdinaryPattern_IsTaken(string pattern)
    {
        RulePattern.TryCreate(pattern, out var regex, out var reason).ShouldBeTrue(reason);
        regex.ShouldNotBeNull();
    }

    [Theory]
    [InlineData("(", "cannot be read")]
    [InlineData("[a", "cannot be read")]
    [InlineData(@"(a)\1", "back reference")]
    [InlineData("(?=a)b", "look-around")]
    [InlineData("(?<!a)b", "look-around")]
    [InlineData("(?>a)b", "atomic")]
    [InlineData("a{201}", "unroll")]
    [InlineData("(a{10}){21}", "unroll")]
    [InlineData("(ab[cd]){67}", "unroll")]
    [InlineData("a{100}b{101}", "unroll")]
    [InlineData("(.*a.{400}){5}b", "unroll")]
    [InlineData("(((a{9}){9}){9}){9}", "unroll")]
    [InlineData("a{99999999999}", "")]
    public void TryCreate_PatternThatCouldHurt_IsRefusedWithTheReason(string pattern, string reason)
    {
        RulePattern.TryCreate(pattern, out _, out var said).ShouldBeFalse();
        said.ShouldNotBeNull().ShouldContain(reason);
    }

    [Fact]
    public void TryCreate_TooLong_NamesTheLimit()
    {
        RulePattern.TryCreate(new('a', 512), out _, out _).ShouldBeTrue();
        RulePattern.TryCreate(new('a', 513), out _, out var reason).ShouldBeFalse();
        reason.ShouldNotBeNull().ShouldContain("512");
    }
}
