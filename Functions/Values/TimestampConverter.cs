using System.Text.Json;
using System.Text.Json.Serialization;

namespace AudienceSync.Values;

/// <summary>Spells moments as <see cref="Timestamps"/> does: UTC with <c>Z</c>, where the serializer's own form would be <c>+00:00</c>.</summary>
public sealed class TimestampConverter : JsonConverter<DateTimeOffset>
{
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType is JsonTokenType.String && Timestamps.TryParse(reader.GetString()!, out var moment)
            ? moment
            : throw new JsonException("An RFC 3339 date-time is wanted, such as 2026-10-01T00:00:00Z.");

    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(Timestamps.Format(value));
}
