using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Faults;
using AudienceSync.Runs;

namespace AudienceSync.Segments;

/// <summary>Rules as runs keep them: with their references put in their place they pass every bound of a rule that somebody writes.</summary>
public sealed class StoredRuleTests
{
    [Fact]
    public void Read_LargerAndDeeperThanWritten_IsTheSameRule()
    {
        RuleNode rule = new RuleNode.All([.. Enumerable.Range(0, 2 * RuleReader.MaxNodes).Select(n => new RuleNode.Bucket($"s{n}", 0, 5_000))]);
        for (var depth = 0; depth < 8 * RuleReader.MaxDepth; depth++)
        {
            rule = new RuleNode.Not(rule);
        }

        Roundtrip(rule).ShouldBe(RuleWriter.ToUtf8(rule));
    }

    [Fact]
    public void Read_InternalColumn_IsTheSameRule()
    {
        var rule = new RuleNode.Compare("$journey:j_o_x__y", RuleOperator.Exists, RuleOperand.None.Value);

        Roundtrip(rule).ShouldBe(RuleWriter.ToUtf8(rule));
    }

    [Fact]
    public void Read_NoRule_Throws() =>
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize("""{"attr":"orders"}""", RunsJson.Default.GetTypeInfo(typeof(RuleNode))!));

    /// <summary>What people write keeps its bounds.</summary>
    [Fact]
    public void Read_InternalColumnInARequest_IsRefused()
    {
        var faults = new List<Fault>();

        RuleReader.Read(JsonElement.Parse("""{"attr":"$journey:x","op":"exists"}"""), "/rules", ImmutableDictionary<string, ImmutableArray<Values.CellType>>.Empty, faults).ShouldBeNull();

        faults.ShouldHaveSingleItem().Code.ShouldBe("reserved_attribute");
    }

    private static byte[] Roundtrip(RuleNode rule)
    {
        var type = RunsJson.Default.GetTypeInfo(typeof(RuleNode))!;
        return RuleWriter.ToUtf8((RuleNode)JsonSerializer.Deserialize(JsonSerializer.SerializeToUtf8Bytes(rule, type), type)!);
    }
}
