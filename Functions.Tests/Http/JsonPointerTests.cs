namespace AudienceSync.Http;

public sealed class JsonPointerTests
{
    [Theory]
    [InlineData(null, "")]
    [InlineData("$", "")]
    [InlineData("$.name", "/name")]
    [InlineData("$.mapping[12].to", "/mapping/12/to")]
    [InlineData("$['odd.name'].x", "/odd.name/x")]
    [InlineData("$['a/b~c']", "/a~1b~0c")]
    [InlineData("$[0][1]", "/0/1")]
    public void FromPath_PathOfTheSerializer_IsThePointer(string? path, string expected) => JsonPointer.FromPath(path).ShouldBe(expected);
}
