using System.Text.Json;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>What an event about membership says on platforms with event shapes of their own: the name of the event and its properties.</summary>
internal static class AudienceEvent
{
    /// <summary>The value of a step's key in its events: a text, as Segment writes it.</summary>
    public const string EnteredStep = "true";

    private const string Audience = "audience";
    private const string AudienceKey = "audience_key";

    public static string NameOf(DeliveryOperation operation) => operation switch
    {
        DeliveryOperation.Add => "Audience Entered",
        DeliveryOperation.Update => "Audience Changed",
        _ => "Audience Exited",
    };

    /// <summary>Writes the members of a properties object, without its braces: the audience, then the fields that are not <paramref name="identifiers"/>.</summary>
    /// <param name="asText">Every value as a text, for platforms whose properties are texts.</param>
    /// <param name="most">Most properties the platform takes; fields beyond are left out.</param>
    public static void WriteProperties(
        Utf8JsonWriter json, DeliveryRow row, AudienceRef audience, FieldRules identifiers, bool asText = false, int most = int.MaxValue)
    {
        json.WriteString(Audience, audience.Name);
        json.WriteString(AudienceKey, audience.Key);
        var ours = 2;
        if (audience.Step is not null)
        {
            json.WriteString(audience.Key, EnteredStep);
            ours = 3;
        }

        foreach (var (name, cell) in row.Fields
            .Where(field => field.Key is not (Audience or AudienceKey) && !(ours == 3 && field.Key == audience.Key) && !identifiers.IsIdentifier(field.Key)).Take(most - ours))
        {
            json.WritePropertyName(name);
            if (asText)
            {
                json.WriteStringValue(cell.ToString());
            }
            else
            {
                CellJson.Write(json, cell);
            }
        }
    }
}
