using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Values;

namespace AudienceSync.Profiles;

/// <summary>A profile as the API shows it.</summary>
/// <param name="Identifiers">The value of each that was seen last. Masked unless the caller may see them.</param>
/// <param name="IdentifierValues">All values of each in the order of first sight, masked likewise.</param>
/// <param name="Suppression">Why the profile is sent to nobody; absent when it is not on the suppression list.</param>
public sealed record ProfileAnswer(
    string Id,
    string TrackingId,
    string UrlToken,
    IReadOnlyDictionary<string, string> Identifiers,
    IReadOnlyDictionary<string, ImmutableArray<SeenValueAnswer>> IdentifierValues,
    [property: JsonConverter(typeof(CellsConverter))] IReadOnlyDictionary<string, Cell> Attributes,
    IReadOnlyDictionary<string, Consent> Consents,
    ProfileSuppression? Suppression,
    DateTimeOffset UpdatedAt);

/// <summary>One value that a profile had for an identifier.</summary>
public sealed record SeenValueAnswer(string Value, DateTimeOffset FirstSeenAt, DateTimeOffset LastSeenAt);

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
