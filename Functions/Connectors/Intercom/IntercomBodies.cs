using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Intercom;

/// <summary>Bodies of the calls.</summary>
internal static class IntercomBodies
{
    /// <summary>Keys that the metadata of an event may have.</summary>
    private const int MostMetadata = 10;

    private const int ContactsPerPage = 150;

    /// <summary>Intercom's own fields beside the identifiers; all others are custom attributes.</summary>
    public static readonly ImmutableArray<string> Standard =
        ["name", "phone", "avatar", "signed_up_at", "last_seen_at", "owner_id", "language_override", "unsubscribed_from_emails"];

    /// <summary>Any of the rows' identifiers, which are of one kind: the tag.</summary>
    public static HttpContent Search(DeliveryBatch batch, string? cursor) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("query"u8);
        json.WriteString("operator"u8, "OR"u8);
        json.WriteStartArray("value"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            json.WriteString("field"u8, batch.Tag);
            json.WriteString("operator"u8, "="u8);
            json.WriteString("value"u8, IntercomConnector.Rules.FirstOf(row.Fields)?.Value);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("pagination"u8);
        json.WriteNumber("per_page"u8, ContactsPerPage);
        if (cursor is not null)
        {
            json.WriteString("starting_after"u8, cursor);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <summary>Whether a known contact needs a call of its own: it has fields to write, or an attribute that says it is a member.</summary>
    public static bool ChangesContact(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings)
    {
        if (row.RemoteId is null || row.IsCreated)
        {
            return false;
        }

        var setsMembership = !batch.AttributesOnly && IntercomConnector.Membership.In(settings) is "attribute";
        return setsMembership
            || (row.Operation is not DeliveryOperation.Remove && (row.Operation is DeliveryOperation.Update || row.Fields.Any(field => !IntercomConnector.Rules.IsIdentifier(field.Key))));
    }

    /// <summary>A contact to create or to update. Who leaves has the membership attribute written and nothing else.</summary>
    public static HttpContent Contact(DeliveryBatch batch, ConnectorSettings settings, bool isNew) => JsonBody.Of(json =>
    {
        var row = batch.Rows[0];
        var leaves = row.Operation is DeliveryOperation.Remove;
        json.WriteStartObject();
        if (!leaves)
        {
            WriteContact(json, row, isNew ? IntercomConnector.Role.In(settings) : null);
        }

        WriteCustomAttributes(json, row, leaves, !batch.AttributesOnly && IntercomConnector.Membership.In(settings) is "attribute" ? batch.Audience.ExternalId : null);
        json.WriteEndObject();
    });

    public static HttpContent Tag(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("id"u8, batch.Audience.ExternalId);
        json.WriteEndObject();
    });

    public static HttpContent NewAudience(AudienceRef audience, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        if (IntercomConnector.Membership.In(settings) is "tag")
        {
            json.WriteString("name"u8, audience.Name);
        }
        else
        {
            json.WriteString("name"u8, audience.Key);
            json.WriteString("model"u8, "contact"u8);
            json.WriteString("data_type"u8, "boolean"u8);
        }

        json.WriteEndObject();
    });

    public static HttpContent Event(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        var row = batch.Rows[0];
        json.WriteStartObject();
        json.WriteString("event_name"u8, AudienceEvent.NameOf(row.Operation));
        json.WriteNumber("created_at"u8, batch.AsOf.ToUnixTimeSeconds());
        if (IntercomConnector.Rules.FirstOf(row.Fields) is var (rule, value))
        {
            json.WriteString(rule.Field == "external_id" ? "user_id" : rule.Field, value);
        }

        json.WriteStartObject("metadata"u8);
        AudienceEvent.WriteProperties(json, row, batch.Audience, IntercomConnector.Rules, most: MostMetadata);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <param name="role">Of a new contact; null leaves it. A lead's external id is Intercom's own.</param>
    private static void WriteContact(Utf8JsonWriter json, DeliveryRow row, string? role)
    {
        if (role is not null)
        {
            json.WriteString("role"u8, role);
        }

        foreach (var rule in IntercomConnector.Rules.Identifiers.Where(rule => role is not "lead" || rule.Field != "external_id"))
        {
            if (rule.Of(row.Fields) is { Length: > 0 } value)
            {
                json.WriteString(rule.Field, value);
            }
        }

        foreach (var (name, cell) in row.Fields.Where(field => Standard.Contains(field.Key)))
        {
            json.WritePropertyName(name);
            WriteValue(json, cell);
        }
    }

    private static void WriteCustomAttributes(Utf8JsonWriter json, DeliveryRow row, bool leaves, string? membership)
    {
        var custom = leaves ? [] : row.Fields.Where(field => !IntercomConnector.Rules.IsIdentifier(field.Key) && !Standard.Contains(field.Key) && field.Key != membership).ToList();
        if (custom.Count == 0 && membership is null)
        {
            return;
        }

        json.WriteStartObject("custom_attributes"u8);
        foreach (var (name, cell) in custom)
        {
            json.WritePropertyName(name);
            WriteValue(json, cell);
        }

        if (membership is not null)
        {
            json.WriteBoolean(membership, !leaves);
        }

        json.WriteEndObject();
    }

    /// <summary>Moments are Unix seconds; attributes hold no lists.</summary>
    private static void WriteValue(Utf8JsonWriter json, Cell cell)
    {
        if (cell.TryMoment(out var moment))
        {
            json.WriteNumberValue(moment.ToUnixTimeSeconds());
        }
        else if (cell.Type is CellType.TextList)
        {
            json.WriteStringValue(cell.ToString());
        }
        else
        {
            CellJson.Write(json, cell);
        }
    }
}
