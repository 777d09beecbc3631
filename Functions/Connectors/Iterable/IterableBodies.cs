using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Iterable;

/// <summary>Bodies of the lists, users and events calls.</summary>
internal static class IterableBodies
{
    private const string DateForm = "yyyy-MM-dd HH:mm:ss +00:00";

    public static HttpContent Subscribe(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        WriteListId(json, batch.Audience);
        WritePeople(json, "subscribers", batch, settings, withFields: true);
        json.WriteBoolean("updateExistingUsersOnly"u8, IterableConnector.UpdateExistingOnly.FlagIn(settings));
        json.WriteEndObject();
    });

    /// <summary>Whether channels are left alone is said, for sources differ on the default.</summary>
    public static HttpContent Unsubscribe(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        WriteListId(json, batch.Audience);
        WritePeople(json, "subscribers", batch, settings, withFields: false);
        json.WriteBoolean("channelUnsubscribe"u8, false);
        json.WriteEndObject();
    });

    public static HttpContent Update(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        WritePeople(json, "users", batch, settings, withFields: true);
        json.WriteEndObject();
    });

    public static HttpContent Events(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            WriteIdentity(json, row, settings);
            json.WriteString("eventName"u8, AudienceEvent.NameOf(row.Operation));
            json.WriteString("id"u8, row.OperationId);
            json.WriteNumber("createdAt"u8, batch.AsOf.ToUnixTimeSeconds());
            json.WriteStartObject("dataFields"u8);
            AudienceEvent.WriteProperties(json, row, batch.Audience, IterableConnector.Rules);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static HttpContent NewList(AudienceRef audience) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("name"u8, audience.Name);
        json.WriteEndObject();
    });

    /// <summary>The identifiers of the project's type; empty for those that a row or the project has not.</summary>
    public static (string Email, string UserId) IdentityOf(DeliveryRow row, ConnectorSettings settings)
    {
        var type = IterableConnector.ProjectType.In(settings);
        return (
            type is "userId" ? "" : IterableConnector.Rules.Identifiers[0].Of(row.Fields),
            type is "email" ? "" : IterableConnector.Rules.Identifiers[1].Of(row.Fields));
    }

    public static bool HasIdentity(DeliveryRow row, ConnectorSettings settings) => IdentityOf(row, settings) is not ("", "");

    private static void WritePeople(Utf8JsonWriter json, string name, DeliveryBatch batch, ConnectorSettings settings, bool withFields)
    {
        json.WriteStartArray(name);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            WriteIdentity(json, row, settings);
            if (withFields)
            {
                WriteFields(json, row);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteIdentity(Utf8JsonWriter json, DeliveryRow row, ConnectorSettings settings)
    {
        var (email, userId) = IdentityOf(row, settings);
        if (email.Length > 0)
        {
            json.WriteString("email"u8, email);
        }

        if (userId.Length > 0)
        {
            json.WriteString("userId"u8, userId);
        }
    }

    private static void WriteFields(Utf8JsonWriter json, DeliveryRow row)
    {
        var began = false;
        foreach (var (name, cell) in row.Fields)
        {
            if (IterableConnector.Rules.IsIdentifier(name))
            {
                continue;
            }

            if (!began)
            {
                json.WriteStartObject("dataFields"u8);
                began = true;
            }

            json.WritePropertyName(name);
            if (cell.TryMoment(out var moment))
            {
                json.WriteStringValue(moment.UtcDateTime.ToString(DateForm, CultureInfo.InvariantCulture));
            }
            else
            {
                CellJson.Write(json, cell);
            }
        }

        if (began)
        {
            json.WriteEndObject();
        }
    }

    /// <exception cref="FormatException">The list's id is no number.</exception>
    private static void WriteListId(Utf8JsonWriter json, AudienceRef audience) =>
        json.WriteNumber("listId"u8, long.Parse(audience.ExternalId ?? "", NumberStyles.None, CultureInfo.InvariantCulture));
}
