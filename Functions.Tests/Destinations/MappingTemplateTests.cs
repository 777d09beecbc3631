using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Destinations;

public sealed class MappingTemplateTests
{
    private static readonly Row Ana = new()
    {
        ["country"] = Cell.Of("DE"),
        ["orders"] = Cell.Of(3L),
        ["revenue"] = Cell.Of(120.50m),
        ["name"] = Cell.Of("  Ana Ünal "),
        ["empty"] = Cell.Of(""),
        ["upper case"] = Cell.Of("éLISE"),
        ["vip"] = Cell.Of(true),
        ["tags"] = Cell.Of(["a", "b"]),
        ["last order"] = Cell.Of(new DateTimeOffset(2026, 10, 1, 22, 30, 0, TimeSpan.Zero)),
        ["birthday"] = Cell.Of(new DateOnly(1990, 2, 3)),
        ["day"] = Cell.Of("2026-05-06"),
    };

    [Theory]
    [InlineData("{{country}}-{{orders}}", "DE-3")]
    [InlineData("{{ country }} {{revenue}}", "DE 120.50")]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("{{name | trim | upper}}", "ANA ÜNAL")]
    [InlineData("{{name|lower|trim}}", "ana ünal")]
    [InlineData("{{name | trim | capitalize}}", "Ana ünal")]
    [InlineData("{{upper case | capitalize}}", "Élise")]
    [InlineData("{{country}} {{missing | capitalize}}", "DE ")]
    [InlineData("{{empty | capitalize}}", "")]
    [InlineData("{{missing | default: \"none\"}}", "none")]
    [InlineData("{{empty | default: \"none\"}}", "none")]
    [InlineData("{{missing | default: \"say \\\"}}\\\" \\\\\"}}!", "say \"}}\" \\!")]
    [InlineData("{{country}}/{{missing}}", "DE/")]
    [InlineData("{{missing | upper}}{{country}}", "DE")]
    [InlineData("{{last order | date: \"dd.MM.yyyy HH:mm\"}}", "01.10.2026 22:30")]
    [InlineData("{{birthday | date: \"yyyy\"}}", "1990")]
    [InlineData("{{day | date: \"dd.MM.\"}}", "06.05.")]
    [InlineData("{{country | date: \"yyyy\"}}", "DE")]
    [InlineData("{{vip}} {{tags}}", "true a,b")]
    [InlineData("}} {single} {{country}}", "}} {single} DE")]
    public void Render_Templates_FillsTheirPlaces(string template, string expected) => Render(template).AsText().ShouldBe(expected);

    [Fact]
    public void Render_Sha256_IsTheDigestInHex() =>
        Parse("{{text | lower | sha256}}").Render(_ => Cell.Of("ABC")).AsText()
            .ShouldBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", "FIPS 180-2, example B.1: the digest of 'abc'");

    /// <summary>Digests of "abc": FIPS 180-2 example B.1 and RFC 1321, A.5.</summary>
    [Theory]
    [InlineData("sha256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256: \"hex\"", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData("sha256: \"base64\"", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")]
    [InlineData("md5", "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData("md5: \"base64\"", "kAFQmDzST7DWlj99KOF/cg==")]
    public void Render_Digests_AreWrittenAsAskedFor(string filter, string expected)
    {
        Parse($"{{{{text | {filter}}}}}").Render(_ => Cell.Of("abc")).AsText().ShouldBe(expected);
        Parse($"{{{{text | {filter}}}}}").Render(_ => default).IsAbsent.ShouldBeTrue();
    }

    /// <summary>Each filter sees the whole value, so that a digest is that of the value; what is shown is bounded.</summary>
    [Fact]
    public void Render_HugeValueInManyPlaces_IsBounded()
    {
        var huge = Cell.Of(new string('a', 1_000_000));

        var text = Parse(string.Concat(Enumerable.Repeat("{{text | upper}}", MappingTemplate.MaxPlaces))).Render(_ => huge).AsText();

        text.ShouldBe(new string('A', MappingTemplate.MaxRenderedBytes));
        Parse("{{text | sha256}}").Render(_ => huge).AsText()
            .ShouldBe("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0", "FIPS 180-2, example B.3: a million times 'a'");
    }

    [Fact]
    public void Render_CharactersOfSeveralBytes_CutAtTheBoundInBytes()
    {
        var row = new Row { ["text"] = Cell.Of(string.Concat(Enumerable.Repeat("\U0001F600", 20_000))) };

        var text = Parse("{{text}}{{text}}").Render(name => row[name]).AsText();

        System.Text.Encoding.UTF8.GetByteCount(text).ShouldBe(MappingTemplate.MaxRenderedBytes);
        text.Length.ShouldBe(MappingTemplate.MaxRenderedBytes / 4 * 2);
    }

    [Fact]
    public void Parse_MorePlacesOrFiltersThanAllowed_IsRefused()
    {
        Detail(string.Concat(Enumerable.Repeat("{{a}}", MappingTemplate.MaxPlaces + 1))).ShouldStartWith("The template has 101 places; at most 100");
        Detail($"{{{{a{string.Concat(Enumerable.Repeat("|trim", MappingTemplate.MaxFilters + 1))}}}}}").ShouldStartWith("Character 1: The place has 11 filters; at most 10");

        static string Detail(string template)
        {
            var faults = new List<Fault>();
            MappingTemplate.Parse(template, "", faults).ShouldBeNull();
            return faults.ShouldHaveSingleItem().Detail;
        }
    }

    [Theory]
    [InlineData("{{missing}}")]
    [InlineData("{{missing}}-{{gone | upper}}")]
    public void Render_EveryPlaceMissing_IsAbsent(string template) => Render(template).IsAbsent.ShouldBeTrue();

    [Fact]
    public void Render_LongValue_IsCutAtAWholeCharacter()
    {
        var row = new Row { ["text"] = Cell.Of(string.Concat(Enumerable.Repeat("€", 5_000))) };

        var text = Parse("x{{text}}").Render(name => row[name]).AsText();

        System.Text.Encoding.UTF8.GetByteCount(text).ShouldBe(1 + (8_191 / 3 * 3));
        text.ShouldEndWith("€");
    }

    [Theory]
    [InlineData("{{}}", "Character 1: Nothing is named")]
    [InlineData("ab {{country", "Character 4: '{{' is never closed")]
    [InlineData("{{country | uper}}", "Character 13: 'uper' is not a filter")]
    [InlineData("{{country | upper: \"x\"}}", "Character 13: The filter 'upper' takes no argument")]
    [InlineData("{{country | default}}", "Character 13: The filter 'default' needs an argument")]
    [InlineData("{{country | default: x}}", "Character 22: The argument of 'default' is a text in double quotes")]
    [InlineData("{{country | default: \"x}}", "Character 22: The text is never closed")]
    [InlineData("{{country | default: \"x\" y}}", "Character 25: Only '|'")]
    [InlineData("{{country | sha256: \"hax\"}}", "Character 13: 'hax' is not a form of a digest")]
    [InlineData("{{country | date: \"%\"}}", "Character 13: '%' is not a date format")]
    [InlineData("{{country | }}", "Character 13: '' is not a filter")]
    public void Parse_FaultyTemplate_TellsTheCharacter(string template, string detail)
    {
        var faults = new List<Fault>();

        MappingTemplate.Parse(template, "/mapping/0/template", faults).ShouldBeNull();

        faults[0].ShouldSatisfyAllConditions(
            fault => fault.Pointer.ShouldBe("/mapping/0/template"),
            fault => fault.Code.ShouldBe("template_invalid"),
            fault => fault.Detail.ShouldStartWith(detail));
    }

    [Fact]
    public void Parse_SeveralFaults_TellsThemAll()
    {
        var faults = new List<Fault>();

        MappingTemplate.Parse("{{}} {{a | loer}} {{b | upper: \"x\"}}", "", faults);

        faults.Count.ShouldBe(3);
        faults[1].Detail.ShouldContain("Did you mean 'lower'?");
    }

    [Fact]
    public void Names_RepeatedPlaces_AreEachNamedOnce() => Parse("{{a}}{{b | upper}}{{a}}").Names.ShouldBe(["a", "b"]);

    [Fact]
    public void Parse_AnyText_NeitherThrowsNorHangs()
    {
        var random = new Random(7);
        string[] pieces = ["{{", "}}", "|", ":", "\"", "\\", " ", "name", "upper", "default", "date", "{", "}", "€"];
        for (var i = 0; i < 5_000; i++)
        {
            var template = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            var faults = new List<Fault>();

            var parsed = MappingTemplate.Parse(template, "", faults);

            (parsed is null).ShouldBe(faults.Count > 0, template);
            parsed?.Render(_ => Cell.Of("x"));
        }
    }

    private static Cell Render(string template) => Parse(template).Render(name => Ana[name]);

    private static MappingTemplate Parse(string template)
    {
        var faults = new List<Fault>();
        return MappingTemplate.Parse(template, "", faults) ?? throw new ShouldAssertException(string.Join(" | ", faults));
    }
}
