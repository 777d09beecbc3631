using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>A profile as the API shows it.</summary>
/// <param name="Identifiers">Masked unless the caller may see them.</param>
public sealed record ProfileAnswer(
    string Id,
    string TrackingId,
    string UrlToken,
    IReadOnlyDictionary<string, string> Identifiers,
    [property: JsonConverter(typeof(CellsConverter))] IReadOnlyDictionary<string, Cell> Attributes,
    IReadOnlyDictionary<string, Consent> Consents,
    DateTimeOffset UpdatedAt);

/// <summary>Writes cells as a JSON object, each by its type. The API reads cells elsewhere, with faults.</summary>
internal sealed class CellsConverter : JsonConverter<IReadOnlyDictionary<string, Cell>>
{
    public override IReadOnlyDictionary<string, Cell> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Cells are read by CellJson.");

    public override void Write(Utf8JsonWriter writer, IReadOnlyDictionary<string, Cell> value, JsonSerializerOptions options)
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
