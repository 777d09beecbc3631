using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Faults;
using AudienceSync.Pages;
using AudienceSync.Values;

namespace AudienceSync.Segments;

public sealed class RuleTracerTests
{
    private static readonly DateTimeOffset AsOf = RandomRules.AsOf;

    /// <summary>5,000 random rules, some of whose parts stand in segments of their own: the verdict is that of the compiled rule on a page of that one profile, and each node's of its own part.</summary>
    [Fact]
    public async Task Trace_RandomRules_SaysWhatTheCompiledRuleSays()
    {
        var random = new RandomRules(seed: 712);
        var shuffle = new Random(712);
        var (held, failed) = (0, 0);
        for (var number = 0; number < 5_000; number++)
        {
            var rule = Read(random.Rule());
            var profile = random.Profile(number);
            var segments = new Dictionary<string, Segment>();
            var written = MoveOut(rule, segments, shuffle);
            var expected = RuleCompiler.Compile(rule, AsOf).Select(SinglePage.Of(profile))[0];

            var trace = await new RuleTracer(profile, AsOf, (id, _) => Task.FromResult(segments.GetValueOrDefault(id)), isUnmasked: true).TraceAsync(written, "/rules", default);

            trace.Result.ShouldBe(expected, RuleWriter.ToJson(written).GetRawText());
            Check(trace, written, profile, segments);
            (held, failed) = expected ? (held + 1, failed) : (held, failed + 1);
        }

        held.ShouldBeGreaterThan(1_000);
        failed.ShouldBeGreaterThan(1_000);
    }

    [Fact]
    public async Task Trace_Shown_TellsPointersOperandsAndValues()
    {
        var inner = Segment("seg_inner", """{"not":{"attr":"tags","op":"contains","value":"staff"}}""");
        var rule = Read("""
            {"all":[{"attr":"orders","op":"gte","value":3},{"segment":"seg_inner"},{"attr":"lastOrderAt","op":"withinLast","value":{"days":60}},
             {"any":[{"bucket":{"salt":"spring","from":0,"to":5000}},{"attr":"city","op":"exists"}]}]}
            """);
        var profile = new Row
        {
            ["id"] = Cell.Of("c-1"),
            ["orders"] = Cell.Of(2),
            ["tags"] = Cell.Of(["vip"]),
            ["lastOrderAt"] = Cell.Of(AsOf.AddDays(-10)),
        };

        (await ShowAsync(rule, profile, inner)).ShouldBe(JsonNode.Parse($$$$"""
            {"pointer":"/rules","type":"all","result":false,"rules":[
              {"pointer":"/rules/all/0","type":"compare","result":false,"attr":"orders","op":"gte","value":3,"actual":2},
              {"pointer":"/rules/all/1","type":"segment","result":true,"segmentId":"seg_inner","key":"seg_inner","name":"Name of seg_inner",
               "rule":{"pointer":"/rules","type":"not","result":true,
                       "rule":{"pointer":"/rules/not","type":"compare","result":false,"attr":"tags","op":"contains","value":"staff","actual":["vip"]}}},
              {"pointer":"/rules/all/2","type":"compare","result":true,"attr":"lastOrderAt","op":"withinLast","value":{"days":60},"actual":"{{{{Timestamps.Format(AsOf.AddDays(-10))}}}}",
               "asOf":"{{{{Timestamps.Format(AsOf)}}}}"},
              {"pointer":"/rules/all/3","type":"any","result":false,"rules":[
                {"pointer":"/rules/all/3/any/0","type":"bucket","result":false,"salt":"spring","from":0,"to":5000,"actual":6489},
                {"pointer":"/rules/all/3/any/1","type":"compare","result":false,"attr":"city","op":"exists","actual":null}]}]}
            """)!.ToJsonString());
    }

    [Fact]
    public async Task Trace_BelowEditor_MasksWhatNamesAPerson()
    {
        var rule = Read("""{"any":[{"attr":"email","op":"endsWith","value":"@example.com"},{"attr":"phone","op":"exists"},{"attr":"id","op":"exists"},{"attr":"billing","op":"exists"}]}""");
        var profile = new Row
        {
            ["id"] = Cell.Of("ana@example.com"),
            ["email"] = Cell.Of("ana@example.com"),
            ["phone"] = Cell.Of("+14155550100"),
            ["billing"] = Cell.Of("ana@example.com"),
        };

        var masked = await ShowAsync(rule, profile, isUnmasked: false);

        masked.ShouldNotContain("ana@");
        masked.ShouldNotContain("4155550100");
        JsonNode.Parse(masked)!["rules"]!.AsArray().Select(part => (part!["actual"]!.GetValue<string>(), part["result"]!.GetValue<bool>())).ShouldBe(
            [("a…@example.com", true), ("+…00", true), ("a…@example.com", true), ("a…@example.com", true)]);
        (await ShowAsync(rule, profile)).ShouldContain("ana@example.com");
    }

    /// <summary>Every node of the trace stands where its rule does and says what that part alone comes to.</summary>
    private static void Check(RuleTrace trace, RuleNode rule, Row profile, Dictionary<string, Segment> segments)
    {
        var resolved = RuleReferences.Replace(rule, segments.ToDictionary(pair => pair.Key, pair => Resolve(pair.Value.Rules, segments)));
        trace.Result.ShouldBe(RuleCompiler.Compile(resolved, AsOf).Select(SinglePage.Of(profile))[0]);
        switch (trace, rule)
        {
            case (RuleTrace.Group group, RuleNode.All(var rules)):
                Check(group, rules, "all", profile, segments);
                break;
            case (RuleTrace.Group group, RuleNode.Any(var rules)):
                Check(group, rules, "any", profile, segments);
                break;
            case (RuleTrace.Not negated, RuleNode.Not(var inner)):
                negated.Rule.Pointer.ShouldBe($"{trace.Pointer}/not");
                Check(negated.Rule, inner, profile, segments);
                break;
            case (RuleTrace.Segment reference, RuleNode.InSegment(var id)):
                (reference.SegmentId, reference.Rule.Pointer).ShouldBe((id, "/rules"));
                Check(reference.Rule, segments[id].Rules, profile, segments);
                break;
            case (RuleTrace.Compare compare, RuleNode.Compare comparison):
                (compare.Rule, compare.Seen).ShouldBe((comparison, profile[comparison.Attribute]));
                break;
            case (RuleTrace.Bucket bucket, RuleNode.Bucket draw):
                bucket.Rule.ShouldBe(draw);
                break;
            default:
                throw new InvalidOperationException($"{trace.GetType().Name} is no trace of {rule.GetType().Name}.");
        }
    }

    private static void Check(RuleTrace.Group group, ImmutableArray<RuleNode> rules, string word, Row profile, Dictionary<string, Segment> segments)
    {
        group.Rules.Length.ShouldBe(rules.Length);
        foreach (var (index, part) in group.Rules.Index())
        {
            part.Pointer.ShouldBe($"{group.Pointer}/{word}/{index}");
            Check(part, rules[index], profile, segments);
        }
    }

    private static RuleNode Resolve(RuleNode rule, Dictionary<string, Segment> segments) =>
        RuleReferences.Replace(rule, RuleReferences.IdsOf(rule).ToDictionary(id => id, id => Resolve(segments[id].Rules, segments)));

    /// <summary>Puts some parts of a rule into segments of their own.</summary>
    private static RuleNode MoveOut(RuleNode rule, Dictionary<string, Segment> segments, Random random)
    {
        var kept = rule switch
        {
            RuleNode.All(var rules) => new RuleNode.All([.. rules.Select(part => MoveOut(part, segments, random))]),
            RuleNode.Any(var rules) => new RuleNode.Any([.. rules.Select(part => MoveOut(part, segments, random))]),
            RuleNode.Not(var inner) => new RuleNode.Not(MoveOut(inner, segments, random)),
            _ => rule,
        };
        if (random.Next(6) > 0)
        {
            return kept;
        }

        var id = $"seg_{segments.Count}";
        segments[id] = Segment(id, kept);
        return new RuleNode.InSegment(id);
    }

    private static async Task<string> ShowAsync(RuleNode rule, Row profile, Segment? segment = null, bool isUnmasked = true)
    {
        var trace = await new RuleTracer(profile, AsOf, (_, _) => Task.FromResult(segment), isUnmasked).TraceAsync(rule, "/rules", default);
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            RuleTraceWriter.Write(writer, trace);
        }

        return JsonNode.Parse(stream.ToArray())!.ToJsonString();
    }

    private static Segment Segment(string id, string rule) => Segment(id, Read(rule));

    private static Segment Segment(string id, RuleNode rule) => new()
    {
        Id = id,
        Key = id,
        Name = $"Name of {id}",
        Description = "",
        Visibility = SegmentVisibility.Private,
        Rules = rule,
        CreatedAt = default,
        UpdatedAt = default,
    };

    private static RuleNode Read(JsonObject rule) => Read(rule.ToJsonString());

    private static RuleNode Read(string rule)
    {
        var faults = new List<Fault>();
        return RuleReader.Read(JsonElement.Parse(rule), "", ImmutableDictionary<string, ImmutableArray<CellType>>.Empty, faults).ShouldNotBeNull(string.Join(' ', faults));
    }
}
