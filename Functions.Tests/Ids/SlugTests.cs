using AudienceSync.Fakes;

namespace AudienceSync.Ids;

public sealed class SlugTests
{
    [Theory]
    [InlineData("Lapsed loyal → Hook", "lapsed-loyal-hook")]
    [InlineData("  Über-Kunden  ", "uber-kunden")]
    [InlineData("VIP (2026)", "vip-2026")]
    [InlineData("顧客", "main")]
    [InlineData("", "main")]
    public void From_Name_GivesAValidKey(string name, string expected)
    {
        Slug.From(name, "main").ShouldBe(expected);
        Slug.IsValid(expected).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("-a")]
    [InlineData("A")]
    [InlineData("a b")]
    [InlineData("a/b")]
    [InlineData("ä")]
    public void IsValid_OtherTexts_IsFalse(string text) => Slug.IsValid(text).ShouldBeFalse();

    [Fact]
    public void Candidates_LongName_AreAllValidAndDifferent()
    {
        var keys = Slug.Candidates(new string('x', 500), "main", new ManualTimeProvider(DateTimeOffset.UnixEpoch)).ToList();

        keys.ShouldBeUnique();
        keys.ShouldAllBe(key => Slug.IsValid(key));
        keys.Count.ShouldBe(10);
    }
}
