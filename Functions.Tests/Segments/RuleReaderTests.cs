using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class RuleReaderTests
{
    private static readonly IReadOnlyDictionary<string, ImmutableArray<CellType>> Catalog = new Dictionary<string, ImmutableArray<CellType>>
    {
        ["orders"] = [CellType.Integer],
        ["revenue"] = [CellType.Integer, CellType.Decimal],
        ["country"] = [CellType.Text],
        ["lastOrderAt"] = [CellType.DateTime],
        ["birthday"] = [CellType.Date],
        ["vip"] = [CellType.Boolean],
        ["tags"] = [CellType.TextList],
        ["score"] = [CellType.Integer, CellType.Text],
    };

    [Theory]
    [InlineData("3", "", "wrong_type")]
    [InlineData("{}", "", "missing_field")]
    [InlineData("""{"al":[]}""", "/al", "unknown_field")]
    [InlineData("""{"all":[]}""", "/all", "empty_list")]
    [InlineData("""{"any":[]}""", "/any", "empty_list")]
    [InlineData("""{"all":{"attr":"orders","op":"exists"}}""", "/all", "wrong_type")]
    [InlineData("""{"all":[null]}""", "/all/0", "wrong_type")]
    [InlineData("""{"not":[{"attr":"orders","op":"exists"}]}""", "/not", "wrong_type")]
    [InlineData("""{"all":[{"attr":"orders","op":"exists"}],"any":[{"attr":"orders","op":"exists"}]}""", "", "ambiguous_rule")]
    [InlineData("""{"attr":"orders"}""", "/op", "missing_field")]
    [InlineData("""{"op":"exists"}""", "/attr", "missing_field")]
    [InlineData("""{"attr":"orders","op":"gte"}""", "/value", "missing_field")]
    [InlineData("""{"attr":"orders","op":"gte","value":3,"unit":"x"}""", "/unit", "unknown_field")]
    [InlineData("""{"attr":"orders","op":"exists","a/b~c":1}""", "/a~1b~0c", "unknown_field")]
    [InlineData("""{"attr":"orders","op":"exists","value":true}""", "/value", "unexpected_field")]
    [InlineData("""{"attr":"orders","op":"GTE","value":3}""", "/op", "unknown_operator")]
    [InlineData("""{"attr":"orders","op":7,"value":3}""", "/op", "wrong_type")]
    [InlineData("""{"attr":"","op":"exists"}""", "/attr", "empty_text")]
    [InlineData("""{"attr":"$consent:marketing","op":"exists"}""", "/attr", "reserved_attribute")]
    [InlineData("""{"attr":"trackingId","op":"exists"}""", "/attr", "reserved_attribute")]
    [InlineData("""{"attr":"orders","op":"gte","value":null}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"gte","value":true}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"eq","value":[1]}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"eq","value":1e40}""", "/value", "out_of_range")]
    [InlineData("""{"attr":"x","op":"between","value":[1]}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"between","value":[2,1]}""", "/value", "out_of_range")]
    [InlineData("""{"attr":"x","op":"between","value":[1,"2"]}""", "/value", "type_mismatch")]
    [InlineData("""{"attr":"x","op":"between","value":[1,null]}""", "/value/1", "wrong_type")]
    [InlineData("""{"attr":"x","op":"in","value":3}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"in","value":[]}""", "/value", "empty_list")]
    [InlineData("""{"attr":"x","op":"in","value":[1,[2]]}""", "/value/1", "wrong_type")]
    [InlineData("""{"attr":"x","op":"contains","value":""}""", "/value", "empty_text")]
    [InlineData("""{"attr":"x","op":"contains","value":["a"]}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"matches","value":"("}""", "/value", "invalid_pattern")]
    [InlineData("""{"attr":"x","op":"before","value":"yesterday"}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"withinLast","value":60}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{"days":1,"hours":2}}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{}}""", "/value", "wrong_type")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{"day":1}}""", "/value/day", "unknown_field")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{"days":-1}}""", "/value/days", "out_of_range")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{"days":1.5}}""", "/value/days", "out_of_range")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{"days":100001}}""", "/value/days", "out_of_range")]
    [InlineData("""{"attr":"x","op":"anniversaryWithin","value":{"hours":3}}""", "/value/hours", "unknown_field")]
    [InlineData("""{"segment":""}""", "/segment", "empty_text")]
    [InlineData("""{"segment":5}""", "/segment", "wrong_type")]
    [InlineData("""{"bucket":5000}""", "/bucket", "wrong_type")]
    [InlineData("""{"bucket":{"from":0,"to":1}}""", "/bucket/salt", "missing_field")]
    [InlineData("""{"bucket":{"salt":"s","to":1}}""", "/bucket/from", "missing_field")]
    [InlineData("""{"bucket":{"salt":"s","from":-1,"to":1}}""", "/bucket/from", "out_of_range")]
    [InlineData("""{"bucket":{"salt":"s","from":0,"to":10001}}""", "/bucket/to", "out_of_range")]
    [InlineData("""{"bucket":{"salt":"s","from":5,"to":5}}""", "/bucket/to", "out_of_range")]
    [InlineData("""{"bucket":{"salt":"s","from":0,"to":5,"seed":1}}""", "/bucket/seed", "unknown_field")]
    [InlineData("""{"attr":"orders","op":"gte","value":"3"}""", "/value", "type_mismatch")]
    [InlineData("""{"attr":"country","op":"eq","value":49}""", "/value", "type_mismatch")]
    [InlineData("""{"attr":"country","op":"in","value":["DE",49]}""", "/value/1", "type_mismatch")]
    [InlineData("""{"attr":"lastOrderAt","op":"eq","value":"soon"}""", "/value", "type_mismatch")]
    [InlineData("""{"attr":"tags","op":"eq","value":"vip"}""", "/value", "type_mismatch")]
    [InlineData("""{"attr":"orders","op":"contains","value":"3"}""", "/op", "type_mismatch")]
    [InlineData("""{"attr":"tags","op":"startsWith","value":"v"}""", "/op", "type_mismatch")]
    [InlineData("""{"attr":"orders","op":"matches","value":"3"}""", "/op", "type_mismatch")]
    [InlineData("""{"attr":"country","op":"withinLast","value":{"days":1}}""", "/op", "type_mismatch")]
    [InlineData("""{"attr":"vip","op":"before","value":"2026-01-01"}""", "/op", "type_mismatch")]
    [InlineData("""{"attr":"id","op":"eq","value":12}""", "/value", "type_mismatch")]
    [InlineData("""{"attr":"email","op":"withinLast","value":{"days":1}}""", "/op", "type_mismatch")]
    public void Read_OneFault_IsFoundAtItsPointer(string rule, string pointer, string code)
    {
        var (read, faults) = Read(rule, "/rules");

        read.ShouldBeNull();
        var fault = faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe(($"/rules{pointer}", code));
        fault.Detail.ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData("""{"attr":"orders","op":"gtee","value":3}""", "Did you mean 'gte'?")]
    [InlineData("""{"attr":"orders","op":"startswith","value":"a"}""", "Did you mean 'startsWith'?")]
    [InlineData("""{"al":[{"attr":"orders","op":"exists"}]}""", "Did you mean 'all'?")]
    [InlineData("""{"attr":"x","op":"withinLast","value":{"day":1}}""", "Did you mean 'days'?")]
    [InlineData("""{"attr":"x","op":"eq","valeu":1,"value":1}""", "Did you mean 'value'?")]
    public void Read_Misspelling_SuggestsTheNearestName(string rule, string suggestion) =>
        Read(rule).Faults.ShouldHaveSingleItem().Detail.ShouldContain(suggestion);

    [Fact]
    public void Read_ManyFaults_ReportsThemAllAtOnce()
    {
        var (_, faults) = Read("""
            {"all":[{"attr":"orders","op":"gte","value":"3"},
                    {"any":[{"attr":"country","op":"equals","value":"DE"},{"not":{"attr":"x","op":"in","value":[]}}]},
                    {"bucket":{"salt":"","from":-1,"to":20000}},
                    {"attr":"x","op":"exists"}]}
            """, "/rules");

        faults.Select(fault => fault.Pointer).ShouldBe(
            ["/rules/all/0/value", "/rules/all/1/any/0/op", "/rules/all/1/any/1/not/value", "/rules/all/2/bucket/salt", "/rules/all/2/bucket/from", "/rules/all/2/bucket/to"]);
    }

    [Fact]
    public void Read_FieldTwice_IsAFault()
    {
        var fault = Read("""{"attr":"x","op":"exists","op":"exists"}""").Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe(("/op", "duplicate_field"));
    }

    [Theory]
    [InlineData("""{"attr":"not-yet-seen","op":"gte","value":3}""")]
    [InlineData("""{"attr":"revenue","op":"eq","value":3}""")]
    [InlineData("""{"attr":"score","op":"in","value":["high",10]}""")]
    [InlineData("""{"attr":"birthday","op":"before","value":"2000-01-01T00:00:00Z"}""")]
    [InlineData("""{"attr":"tags","op":"notContains","value":"staff"}""")]
    [InlineData("""{"attr":"email","op":"endsWith","value":"@example.com"}""")]
    [InlineData("""{"attr":"external_id","op":"eq","value":"2026-10-01"}""")] // an identifier is text, whatever it reads like
    public void Read_TypesThatFit_AreTaken(string rule) => Read(rule).Faults.ShouldBeEmpty();

    [Fact]
    public void Read_ThirtyTwoDeep_IsTheLimit()
    {
        Read(Nested(31)).Faults.ShouldBeEmpty();
        var fault = Read(Nested(32)).Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe((string.Concat(Enumerable.Repeat("/not", 32)), "too_deep"));

        static string Nested(int nots) => string.Concat(Enumerable.Repeat("{\"not\":", nots)) + """{"attr":"x","op":"exists"}""" + new string('}', nots);
    }

    [Fact]
    public void Read_FiveHundredRules_IsTheLimit()
    {
        Read(Many(499)).Faults.ShouldBeEmpty();
        var fault = Read(Many(500), "/rules").Faults.ShouldHaveSingleItem();
        (fault.Pointer, fault.Code).ShouldBe(("/rules", "too_many_rules"));

        static string Many(int rules) => $$"""{"all":[{{string.Join(',', Enumerable.Repeat("""{"attr":"x","op":"exists"}""", rules))}}]}""";
    }

    [Fact]
    public void Read_TenThousandValues_IsTheLimit()
    {
        Read(In(10_000)).Faults.ShouldBeEmpty();
        Read(In(10_001)).Faults.ShouldHaveSingleItem().Code.ShouldBe("too_many_values");

        static string In(int values) => $$"""{"attr":"x","op":"in","value":[{{string.Join(',', Enumerable.Range(0, values))}}]}""";
    }

    [Fact]
    public void Read_EightKibibytesOfText_IsTheLimit()
    {
        Read(Eq(new('ü', 4_096))).Faults.ShouldBeEmpty();
        Read(Eq(new string('ü', 4_096) + "x")).Faults.ShouldHaveSingleItem().Code.ShouldBe("too_long");

        static string Eq(string text) => $$"""{"attr":"x","op":"eq","value":"{{text}}"}""";
    }

    [Fact]
    public void Read_ThousandsOfFaults_ReportsTheFirstHundred() =>
        Read($$"""{"attr":"country","op":"in","value":[{{string.Join(',', Enumerable.Range(0, 5_000))}}]}""").Faults.Count.ShouldBe(RuleReader.MaxFaults);

    [Fact]
    public void Write_RandomRules_ReadsBackTheSame()
    {
        var random = new RandomRules(seed: 99);
        for (var i = 0; i < 2_000; i++)
        {
            var json = random.Rule();
            var rule = Read(json.ToJsonString(), catalog: ImmutableDictionary<string, ImmutableArray<CellType>>.Empty).Rule.ShouldNotBeNull();
            JsonNode.DeepEquals(JsonNode.Parse(RuleWriter.ToUtf8(rule)), json).ShouldBeTrue(json.ToJsonString());
        }
    }

    [Fact]
    public void Write_ReferencesAndOffsets_KeepsTheMeaning()
    {
        var rule = Read("""{"any":[{"segment":"seg_1"},{"attr":"when","op":"after","value":"2026-10-01T02:00:00+02:00"}]}""").Rule.ShouldNotBeNull();

        RuleWriter.ToJson(rule).GetRawText().ShouldBe("""{"any":[{"segment":"seg_1"},{"attr":"when","op":"after","value":"2026-10-01T00:00:00Z"}]}""");
    }

    private static (RuleNode? Rule, List<Fault> Faults) Read(string rule, string pointer = "", IReadOnlyDictionary<string, ImmutableArray<CellType>>? catalog = null)
    {
        var faults = new List<Fault>();
        using var document = JsonDocument.Parse(rule, new() { MaxDepth = 128 });
        return (RuleReader.Read(document.RootElement, pointer, catalog ?? Catalog, faults), faults);
    }
}
