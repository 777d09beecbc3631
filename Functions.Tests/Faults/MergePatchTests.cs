using System.Text.Json;

namespace AudienceSync.Faults;

/// <summary>The cases of RFC 7396, appendix A, with null kept where the standard removes.</summary>
public sealed class MergePatchTests
{
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", """{"a":null}""")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"a":null,"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d","c":null}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""["a","b"]""", """["c","d"]""", """["c","d"]""")]
    [InlineData("""{"a":"b"}""", """["c"]""", """["c"]""")]
    [InlineData("""{"a":"foo"}""", "null", "null")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("""[1,2]""", """{"a":"b","c":null}""", """{"a":"b","c":null}""")]
    [InlineData("""{}""", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{"ccc":null}}}""")]
    [InlineData("""{"price":1.50}""", """{"name":"x"}""", """{"price":1.50,"name":"x"}""")]
    public void Apply_CasesOfTheStandard_MergesMemberByMember(string current, string patch, string expected) =>
        MergePatch.Apply(JsonElement.Parse(current), JsonElement.Parse(patch)).GetRawText().ShouldBe(expected);
}
