using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class RuleCompilerTests
{
    private static readonly DateTimeOffset AsOf = RandomRules.AsOf;

    [Fact]
    public void Compile_RandomRulesOverRandomProfiles_HoldsExactlyWhereTheNaiveInterpreterDoes()
    {
        const int Rules = 5_000;
        var random = new RandomRules(seed: 20281);
        // Pages of few rows lack columns now and then; pages of many hold one name in several types.
        var pages = Enumerable.Range(0, 40).Select(page => Enumerable.Range(0, 1 + page).Select(random.Profile).ToArray()).Select(rows => (rows, PageOf(rows))).ToArray();
        var (held, failed) = (0, 0);
        for (var i = 0; i < Rules; i++)
        {
            var rule = random.Rule();
            var compiled = RuleCompiler.Compile(Read(rule), AsOf);
            var (rows, page) = pages[i % pages.Length];
            var holds = compiled.Select(page);
            for (var row = 0; row < rows.Length; row++)
            {
                var expected = NaiveRules.Holds(rule, rows[row], AsOf);
                holds[row].ShouldBe(expected, $"{rule.ToJsonString()} on {string.Join(", ", rows[row].Select(cell => $"{cell.Key}={cell.Value}"))}");
                (held, failed) = expected ? (held + 1, failed) : (held, failed + 1);
            }
        }

        // Were nearly all of one kind, the comparison would prove little.
        held.ShouldBeGreaterThan(Rules * 4);
        failed.ShouldBeGreaterThan(Rules * 4);
    }

    [Theory]
    [InlineData("ne", "eq")]
    [InlineData("notIn", "in")]
    [InlineData("notContains", "contains")]
    [InlineData("notExists", "exists")]
    [InlineData("notWithinLast", "withinLast")]
    [InlineData("notWithinNext", "withinNext")]
    public void Compile_NegativeOperator_IsTheExactNegationOfItsTwin(string negative, string positive)
    {
        var random = new RandomRules(seed: 7);
        var page = PageOf([.. Enumerable.Range(0, 30).Select(random.Profile)]);
        for (var i = 0; i < 1_000; i++)
        {
            var rule = random.Comparison(positive);
            var twin = rule.DeepClone().AsObject();
            twin["op"] = negative;
            var (holds, negated) = (RuleCompiler.Compile(Read(rule), AsOf).Select(page), RuleCompiler.Compile(Read(twin), AsOf).Select(page));
            for (var row = 0; row < page.Count; row++)
            {
                negated[row].ShouldBe(!holds[row], twin.ToJsonString());
            }
        }
    }

    [Fact]
    public void Columns_OfARule_AreThoseItNames()
    {
        var rule = Read("""
            {"all":[{"attr":"orders","op":"gte","value":3},{"any":[{"attr":"country","op":"eq","value":"DE"},{"not":{"attr":"orders","op":"notExists"}}]},
             {"bucket":{"salt":"s","from":0,"to":5000}}]}
            """);

        RuleCompiler.Compile(rule, AsOf).Columns.ShouldBe(["country", "id", "orders"]);
    }

    [Fact]
    public void Bind_PageWithoutAnyOfTheColumns_HoldsForNegativesAlone()
    {
        var page = PageOf([new() { ["id"] = Cell.Of("a") }]);

        Holds("""{"attr":"x","op":"eq","value":1}""", page).ShouldBeFalse();
        Holds("""{"attr":"x","op":"ne","value":1}""", page).ShouldBeTrue();
        Holds("""{"all":[{"attr":"id","op":"exists"},{"attr":"x","op":"notExists"}]}""", page).ShouldBeTrue();
        Holds("""{"all":[{"attr":"id","op":"exists"},{"attr":"x","op":"exists"}]}""", page).ShouldBeFalse();
        Holds("""{"any":[{"attr":"x","op":"exists"},{"not":{"attr":"y","op":"lt","value":1}}]}""", page).ShouldBeTrue();
        Holds("""{"any":[{"attr":"x","op":"exists"},{"attr":"y","op":"exists"}]}""", page).ShouldBeFalse();
    }

    [Fact]
    public void Compile_ReferenceLeftIn_Throws() =>
        Should.Throw<ArgumentException>(() => RuleCompiler.Compile(new RuleNode.InSegment("seg_1"), AsOf)).Message.ShouldContain("seg_1");

    [Theory]
    [InlineData("""{"attr":"n","op":"eq","value":3.00}""", "3", true)]
    [InlineData("""{"attr":"n","op":"eq","value":3}""", "3.00", true)]
    [InlineData("""{"attr":"n","op":"eq","value":9007199254740993}""", "9007199254740992", false)] // equal as doubles
    [InlineData("""{"attr":"n","op":"between","value":[1,3]}""", "1", true)]
    [InlineData("""{"attr":"n","op":"between","value":[1,3]}""", "3.0", true)]
    [InlineData("""{"attr":"n","op":"between","value":[1,3]}""", "3.01", false)]
    [InlineData("""{"attr":"n","op":"in","value":["3",2.50]}""", "2.5", true)]
    [InlineData("""{"attr":"n","op":"in","value":["3"]}""", "3", false)]
    [InlineData("""{"attr":"n","op":"gt","value":"2"}""", "3", false)]
    [InlineData("""{"attr":"n","op":"ne","value":"3"}""", "3", true)]
    [InlineData("""{"attr":"n","op":"contains","value":"LOYAL"}""", "\"very loyal\"", true)]
    [InlineData("""{"attr":"n","op":"contains","value":"VIP"}""", "[\"vip\"]", false)]
    [InlineData("""{"attr":"n","op":"contains","value":"vip"}""", "[\"news\",\"vip\"]", true)]
    [InlineData("""{"attr":"n","op":"contains","value":"vi"}""", "[\"vip\"]", false)]
    [InlineData("""{"attr":"n","op":"eq","value":"vip"}""", "[\"vip\"]", false)]
    [InlineData("""{"attr":"n","op":"exists"}""", "[]", true)]
    [InlineData("""{"attr":"n","op":"startsWith","value":"PRE"}""", "\"prefix\"", true)]
    [InlineData("""{"attr":"n","op":"endsWith","value":"FIX"}""", "\"prefix\"", true)]
    [InlineData("""{"attr":"n","op":"gt","value":"a"}""", "\"B\"", false)] // ordinal: capitals first
    [InlineData("""{"attr":"n","op":"matches","value":"ef"}""", "\"prefix\"", true)]
    [InlineData("""{"attr":"n","op":"matches","value":"EF"}""", "\"prefix\"", false)]
    [InlineData("""{"attr":"n","op":"eq","value":true}""", "true", true)]
    [InlineData("""{"attr":"n","op":"eq","value":true}""", "1", false)]
    [InlineData("""{"attr":"n","op":"eq","value":"2026-10-01"}""", "\"2026-10-01T00:00:00Z\"", true)]
    [InlineData("""{"attr":"n","op":"eq","value":"2026-10-01T02:00:00+02:00"}""", "\"2026-10-01\"", true)]
    [InlineData("""{"attr":"n","op":"before","value":"2026-10-01"}""", "\"2026-10-01\"", false)]
    [InlineData("""{"attr":"n","op":"after","value":"2026-10-01"}""", "\"2026-10-01T00:00:00.0000001Z\"", true)]
    [InlineData("""{"attr":"n","op":"gte","value":"2026-10-01"}""", "\"2026-10-01\"", true)]
    public void Compile_OneComparison_HoldsAsDocumented(string rule, string value, bool expected) => HoldsOn(rule, value, AsOf).ShouldBe(expected);

    [Theory]
    [InlineData("withinLast", "\"2026-09-23T12:00:00Z\"", false)] // asOf − 60 d itself
    [InlineData("withinLast", "\"2026-09-23T12:00:00.0000001Z\"", true)]
    [InlineData("withinLast", "\"2026-11-22T12:00:00Z\"", true)] // asOf itself
    [InlineData("withinLast", "\"2026-11-22T12:00:00.0000001Z\"", false)]
    [InlineData("notWithinLast", "\"2026-11-22T12:00:00.0000001Z\"", true)]
    [InlineData("withinNext", "\"2026-11-22T12:00:00Z\"", false)]
    [InlineData("withinNext", "\"2026-11-22T12:00:00.0000001Z\"", true)]
    [InlineData("withinNext", "\"2027-01-21T12:00:00Z\"", true)]
    [InlineData("withinNext", "\"2027-01-21T12:00:00.0000001Z\"", false)]
    [InlineData("notWithinNext", "\"2026-11-22T12:00:00Z\"", true)]
    [InlineData("withinLast", "\"sixty days\"", false)]
    [InlineData("notWithinLast", "\"sixty days\"", true)]
    public void Compile_SixtyDays_IncludesTheLaterEndOnly(string op, string value, bool expected) =>
        HoldsOn($$$"""{"attr":"n","op":"{{{op}}}","value":{"days":60}}""", value, new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero)).ShouldBe(expected);

    [Theory]
    [InlineData("2026-11-22", "1990-11-22", 0, true)]
    [InlineData("2026-11-22", "1990-11-21", 300, false)]
    [InlineData("2026-11-22", "1990-11-29", 7, true)]
    [InlineData("2026-11-22", "1990-11-30", 7, false)]
    [InlineData("2026-12-28", "1990-01-03", 6, true)] // over the new year
    [InlineData("2026-12-28", "1990-01-04", 6, false)]
    [InlineData("2026-02-28", "1992-02-29", 0, true)] // 29 February returns on the 28th in common years
    [InlineData("2026-03-01", "1992-02-29", 0, false)]
    [InlineData("2028-02-28", "1992-02-29", 0, false)]
    [InlineData("2028-02-28", "1992-02-29", 1, true)]
    [InlineData("2026-11-22", "2027-11-25", 3, true)] // still to come
    [InlineData("9999-12-31", "1990-01-01", 3, false)] // the calendar ends
    public void Compile_AnniversaryWithin_LooksAtMonthAndDay(string today, string value, int days, bool expected)
    {
        var asOf = new DateTimeOffset(DateOnly.Parse(today, System.Globalization.CultureInfo.InvariantCulture), new TimeOnly(23, 59), TimeSpan.Zero);
        HoldsOn($$$"""{"attr":"n","op":"anniversaryWithin","value":{"days":{{{days}}}}}""", $"\"{value}\"", asOf).ShouldBe(expected);
    }

    [Fact]
    public void Compile_DurationBeyondTheCalendar_ReachesToItsEnd()
    {
        HoldsOn("""{"attr":"n","op":"withinLast","value":{"years":100000}}""", "\"0001-01-02\"", AsOf).ShouldBeTrue();
        HoldsOn("""{"attr":"n","op":"withinNext","value":{"months":100000}}""", "\"9999-12-31\"", AsOf).ShouldBeTrue();
    }

    [Fact]
    public void Compile_AsOfWithAnOffset_CountsDaysInUtc()
    {
        // 23:30 in New York is the next day in UTC.
        var asOf = new DateTimeOffset(2026, 11, 21, 23, 30, 0, TimeSpan.FromHours(-5));
        HoldsOn("""{"attr":"n","op":"anniversaryWithin","value":{"days":0}}""", "\"1990-11-22\"", asOf).ShouldBeTrue();
    }

    private static bool HoldsOn(string rule, string value, DateTimeOffset asOf)
    {
        CellJson.TryRead(JsonDocument.Parse(value).RootElement, out var cell, out _).ShouldBeTrue();
        return RuleCompiler.Compile(Read(rule), asOf).Select(PageOf([new() { ["id"] = Cell.Of("a"), ["n"] = cell }]))[0];
    }

    private static bool Holds(string rule, PageReader page) => RuleCompiler.Compile(Read(rule), AsOf).Select(page)[0];

    private static RuleNode Read(JsonObject rule) => Read(rule.ToJsonString());

    private static RuleNode Read(string rule)
    {
        var faults = new List<Fault>();
        var read = RuleReader.Read(JsonDocument.Parse(rule).RootElement, "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults);
        faults.ShouldBeEmpty(rule);
        return read!;
    }

    private static PageReader PageOf(Row[] rows)
    {
        var builder = new PageBuilder();
        foreach (var (index, row) in rows.Index())
        {
            builder.TryAppend((ulong)index, 0, row).ShouldBeTrue();
        }

        return PageReader.Open(builder.Seal(0).Single(), "test");
    }
}
