using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Braze;

/// <summary>Bodies of <c>/users/track</c>.</summary>
internal static class BrazeBodies
{
    private static readonly JsonEncodedText UpdateExistingOnly = JsonEncodedText.Encode("_update_existing_only");

    /// <summary>One attributes object a row. An exit writes nothing but the membership, and never creates anybody.</summary>
    public static HttpContent Attributes(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        var audience = batch.Audience.ExternalId ?? batch.Audience.Key;
        var isList = BrazeConnector.Membership.In(settings) is "list";
        var membership = JsonEncodedText.Encode(isList ? BrazeConnector.ListAttribute.In(settings) : audience);
        json.WriteStartObject();
        json.WriteStartArray("attributes"u8);
        foreach (var row in batch.Rows)
        {
            var leaves = row.Operation is DeliveryOperation.Remove;
            json.WriteStartObject();
            var identity = WriteIdentity(json, row, settings, existingOnly: leaves || batch.AttributesOnly);
            if (!leaves)
            {
                WriteFields(json, row, identity, membership.Value);
            }

            if (!batch.AttributesOnly && isList)
            {
                WriteListChange(json, membership, leaves ? "remove"u8 : "add"u8, audience);
            }
            else if (!batch.AttributesOnly)
            {
                json.WriteBoolean(membership, !leaves);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static HttpContent Events(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("events"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            WriteIdentity(json, row, settings, existingOnly: row.Operation is DeliveryOperation.Remove);
            if (BrazeConnector.AppId.In(settings) is { Length: > 0 } app)
            {
                json.WriteString("app_id"u8, app);
            }

            json.WriteString("name"u8, AudienceEvent.NameOf(row.Operation));
            json.WriteString("time"u8, Timestamps.Format(batch.AsOf));
            json.WriteStartObject("properties"u8);
            AudienceEvent.WriteProperties(json, row, batch.Audience, BrazeConnector.Rules);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>Exactly one identity an object: the first of the rules that has a value.</summary>
    private static string? WriteIdentity(Utf8JsonWriter json, DeliveryRow row, ConnectorSettings settings, bool existingOnly)
    {
        var identity = BrazeConnector.Rules.FirstOf(row.Fields);
        existingOnly |= BrazeConnector.UpdateExistingOnly.FlagIn(settings);
        switch (identity)
        {
            case ({ Field: "user_alias" }, var alias):
                json.WriteStartObject("user_alias"u8);
                json.WriteString("alias_name"u8, alias);
                json.WriteString("alias_label"u8, BrazeConnector.AliasLabel.In(settings));
                json.WriteEndObject();
                json.WriteBoolean(UpdateExistingOnly, existingOnly); // true is the default for aliases, so both are said
                break;
            case ({ Field: var field }, var value):
                json.WriteString(field, value);
                if (existingOnly)
                {
                    json.WriteBoolean(UpdateExistingOnly, true);
                }

                break;
        }

        return identity?.Rule.Field;
    }

    /// <summary>All fields but identities; e-mail address and phone number are attributes where another identity names the user.</summary>
    private static void WriteFields(Utf8JsonWriter json, DeliveryRow row, string? identity, string membership)
    {
        foreach (var (name, cell) in row.Fields)
        {
            if (name == identity || name == membership)
            {
                continue;
            }

            if (!BrazeConnector.Rules.IsIdentifier(name))
            {
                json.WritePropertyName(name);
                CellJson.Write(json, cell);
            }
            else if (name is "email" or "phone" && BrazeConnector.Rules.Identifiers.First(rule => rule.Field == name).Of(row.Fields) is { Length: > 0 } value)
            {
                json.WriteString(name, value);
            }
        }
    }

    private static void WriteListChange(Utf8JsonWriter json, JsonEncodedText attribute, ReadOnlySpan<byte> change, string audience)
    {
        json.WriteStartObject(attribute);
        json.WriteStartArray(change);
        json.WriteStringValue(audience);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
