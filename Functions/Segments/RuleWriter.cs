using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Writes a rule as the JSON that <see cref="RuleReader"/> reads.</summary>
public static class RuleWriter
{
    public static JsonElement ToJson(RuleNode rule) => JsonDocument.Parse(ToUtf8(rule), new() { MaxDepth = 4 * RuleReader.MaxDepth }).RootElement;

    /// <summary>The rule as compact JSON, the same for equal rules.</summary>
    public static byte[] ToUtf8(RuleNode rule)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            Write(writer, rule);
        }

        return stream.ToArray();
    }

    /// <summary>Whether two rules are the same, as they are written.</summary>
    public static bool AreSame(RuleNode left, RuleNode right) => ToUtf8(left).AsSpan().SequenceEqual(ToUtf8(right));

    public static void Write(Utf8JsonWriter writer, RuleNode rule)
    {
        writer.WriteStartObject();
        switch (rule)
        {
            case RuleNode.All(var rules):
                WriteList(writer, "all", rules);
                break;
            case RuleNode.Any(var rules):
                WriteList(writer, "any", rules);
                break;
            case RuleNode.Not(var inner):
                writer.WritePropertyName("not");
                Write(writer, inner);
                break;
            case RuleNode.InSegment(var segmentId):
                writer.WriteString("segment", segmentId);
                break;
            case RuleNode.Bucket(var salt, var from, var to):
                writer.WriteStartObject("bucket");
                writer.WriteString("salt", salt);
                writer.WriteNumber("from", from);
                writer.WriteNumber("to", to);
                writer.WriteEndObject();
                break;
            case RuleNode.Compare(var attribute, var @operator, var operand):
                writer.WriteString("attr", attribute);
                writer.WriteString("op", @operator.Name());
                WriteOperand(writer, operand);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, string name, ImmutableArray<RuleNode> rules)
    {
        writer.WriteStartArray(name);
        foreach (var rule in rules)
        {
            Write(writer, rule);
        }

        writer.WriteEndArray();
    }

    /// <summary>Writes <c>value</c>, where the operator takes one.</summary>
    internal static void WriteOperand(Utf8JsonWriter writer, RuleOperand operand)
    {
        if (operand is RuleOperand.None)
        {
            return;
        }

        writer.WritePropertyName("value");
        switch (operand)
        {
            case RuleOperand.One(var value):
                CellJson.Write(writer, value);
                break;
            case RuleOperand.Range(var low, var high):
                WriteCells(writer, [low, high]);
                break;
            case RuleOperand.Many(var values):
                WriteCells(writer, values);
                break;
            case RuleOperand.Span(var duration):
                writer.WriteStartObject();
                writer.WriteNumber(RuleOperandReader.Name(duration.Unit), duration.Count);
                writer.WriteEndObject();
                break;
        }
    }

    private static void WriteCells(Utf8JsonWriter writer, ImmutableArray<Cell> cells)
    {
        writer.WriteStartArray();
        foreach (var cell in cells)
        {
            CellJson.Write(writer, cell);
        }

        writer.WriteEndArray();
    }
}

/// <summary>Rules within answers and stored documents.</summary>
internal sealed class RuleJsonConverter : JsonConverter<RuleNode>
{
    /// <exception cref="JsonException">The JSON is no rule: for stored documents, which were checked when they were written.</exception>
    public override RuleNode Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        return RuleReader.ReadStored(document.RootElement);
    }

    public override void Write(Utf8JsonWriter writer, RuleNode value, JsonSerializerOptions options) => RuleWriter.Write(writer, value);
}
