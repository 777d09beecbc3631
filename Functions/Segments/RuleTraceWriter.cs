using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>Writes a trace as answers show it: <c>{"pointer","type","result",…}</c>, the condition in the words of the rule.</summary>
internal static class RuleTraceWriter
{
    public static void Write(Utf8JsonWriter writer, RuleTrace trace)
    {
        writer.WriteStartObject();
        writer.WriteString("pointer", trace.Pointer);
        writer.WriteString("type", TypeOf(trace));
        writer.WriteBoolean("result", trace.Result);
        switch (trace)
        {
            case RuleTrace.Group group:
                writer.WriteStartArray("rules");
                foreach (var rule in group.Rules)
                {
                    Write(writer, rule);
                }

                writer.WriteEndArray();
                break;
            case RuleTrace.Not negated:
                writer.WritePropertyName("rule");
                Write(writer, negated.Rule);
                break;
            case RuleTrace.Compare compare:
                WriteCompare(writer, compare);
                break;
            case RuleTrace.Bucket bucket:
                writer.WriteString("salt", bucket.Rule.Salt);
                writer.WriteNumber("from", bucket.Rule.From);
                writer.WriteNumber("to", bucket.Rule.To);
                writer.WriteNumber("actual", bucket.Drawn);
                break;
            case RuleTrace.Segment segment:
                writer.WriteString("segmentId", segment.SegmentId);
                writer.WriteString("key", segment.Key);
                writer.WriteString("name", segment.Name);
                writer.WritePropertyName("rule");
                Write(writer, segment.Rule);
                break;
        }

        writer.WriteEndObject();
    }

    private static void WriteCompare(Utf8JsonWriter writer, RuleTrace.Compare compare)
    {
        writer.WriteString("attr", compare.Rule.Attribute);
        writer.WriteString("op", compare.Rule.Operator.Name());
        RuleWriter.WriteOperand(writer, compare.Rule.Operand);
        writer.WritePropertyName("actual");
        if (compare.Seen.IsAbsent)
        {
            writer.WriteNullValue();
        }
        else
        {
            CellJson.Write(writer, compare.Seen);
        }

        if (compare.AsOf is { } asOf)
        {
            writer.WriteString("asOf", Timestamps.Format(asOf));
        }
    }

    private static string TypeOf(RuleTrace trace) => trace switch
    {
        RuleTrace.Group { IsAll: true } => "all",
        RuleTrace.Group => "any",
        RuleTrace.Not => "not",
        RuleTrace.Bucket => "bucket",
        RuleTrace.Segment => "segment",
        _ => "compare",
    };
}

/// <summary>Traces within answers; nobody sends any.</summary>
internal sealed class RuleTraceConverter : JsonConverter<RuleTrace>
{
    public override RuleTrace Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Traces are written, never read.");

    public override void Write(Utf8JsonWriter writer, RuleTrace value, JsonSerializerOptions options) => RuleTraceWriter.Write(writer, value);
}
