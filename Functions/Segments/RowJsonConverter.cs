using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Segments;

/// <summary>A row as a JSON object of its cells. For answers: it is never read.</summary>
internal sealed class RowJsonConverter : JsonConverter<Row>
{
    public override Row Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Members are answered, not read.");

    public override void Write(Utf8JsonWriter writer, Row value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        foreach (var (name, cell) in value)
        {
            writer.WritePropertyName(name);
            CellJson.Write(writer, cell);
        }

        writer.WriteEndObject();
    }
}
