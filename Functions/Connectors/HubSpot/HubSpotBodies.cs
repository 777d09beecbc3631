using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.HubSpot;

/// <summary>Bodies of the calls. HubSpot takes all values of properties as texts.</summary>
internal static class HubSpotBodies
{
    private const string Email = "email";
    private const string Id = "id";

    /// <summary>The value of the match property; empty when the row has none.</summary>
    public static string KeyOf(DeliveryRow row, ConnectorSettings settings) =>
        HubSpotConnector.Rules.Identifiers[HubSpotConnector.IdProperty.In(settings) == Email ? 0 : 1].Of(row.Fields);

    /// <summary>Inputs of an upsert or update. A key that occurs twice would fail the call: the last row of it is sent.</summary>
    public static HttpContent Contacts(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        var property = HubSpotConnector.IdProperty.In(settings);
        json.WriteStartObject();
        json.WriteStartArray("inputs"u8);
        foreach (var row in Distinct(batch, settings))
        {
            json.WriteStartObject();
            json.WriteString(Id, KeyOf(row, settings));
            json.WriteString("idProperty"u8, property);
            json.WriteStartObject("properties"u8);
            if (HubSpotConnector.Rules.Identifiers[0].Of(row.Fields) is { Length: > 0 } email)
            {
                json.WriteString(Email, email);
            }

            foreach (var (name, cell) in row.Fields)
            {
                if (!HubSpotConnector.Rules.IsIdentifier(name) && name != property)
                {
                    json.WriteString(name, TextOf(cell));
                }
            }

            json.WriteEndObject();
            json.WriteString("objectWriteTraceId"u8, row.OperationId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static HttpContent Keys(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        var property = HubSpotConnector.IdProperty.In(settings);
        json.WriteStartObject();
        json.WriteString("idProperty"u8, property);
        json.WriteStartArray("properties"u8);
        json.WriteStringValue(property);
        json.WriteEndArray();
        json.WriteStartArray("inputs"u8);
        foreach (var row in Distinct(batch, settings))
        {
            json.WriteStartObject();
            json.WriteString(Id, KeyOf(row, settings));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static HttpContent Changes(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        WriteIds(json, "recordIdsToAdd", batch.Rows.Where(static row => row.Operation is not DeliveryOperation.Remove));
        WriteIds(json, "recordIdsToRemove", batch.RowsOf(DeliveryOperation.Remove));
        json.WriteEndObject();
    });

    public static HttpContent NewList(AudienceRef audience) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("name"u8, audience.Name);
        json.WriteString("objectTypeId"u8, "0-1"u8);
        json.WriteString("processingType"u8, "MANUAL"u8);
        json.WriteEndObject();
    });

    /// <summary>Events are named by the account and the definition's own name. A contact is named by address, or by its record id where that is what rows are matched by.</summary>
    public static HttpContent Events(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("inputs"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            json.WriteString(
                "eventName"u8, $"pe{HubSpotConnector.HubId.In(settings)}_{AudienceEvent.NameOf(row.Operation).Replace(' ', '_').ToLowerInvariant()}");
            if (HubSpotConnector.Rules.Identifiers[0].Of(row.Fields) is { Length: > 0 } email)
            {
                json.WriteString(Email, email);
            }
            else
            {
                json.WriteString("objectId"u8, KeyOf(row, settings));
            }

            json.WriteString("occurredAt"u8, Timestamps.Format(batch.AsOf));
            json.WriteStartObject("properties"u8);
            AudienceEvent.WriteProperties(json, row, batch.Audience, HubSpotConnector.Rules);
            json.WriteEndObject();
            json.WriteString("uuid"u8, row.OperationId);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Lists are joined by semicolons, as several choices of a property are; nothing clears it.</summary>
    private static string TextOf(Cell cell) => cell.Type is CellType.TextList ? string.Join(';', cell.AsTextList()) : cell.ToString();

    private static IEnumerable<DeliveryRow> Distinct(DeliveryBatch batch, ConnectorSettings settings) =>
        batch.Rows.GroupBy(row => KeyOf(row, settings), StringComparer.Ordinal).Select(rows => rows.Last());

    private static void WriteIds(Utf8JsonWriter json, string name, IEnumerable<DeliveryRow> rows)
    {
        json.WriteStartArray(name);
        foreach (var id in rows.Select(row => row.RemoteId).Distinct())
        {
            json.WriteStringValue(id);
        }

        json.WriteEndArray();
    }
}
