using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Klaviyo;

/// <summary>Bodies and queries of the calls.</summary>
internal static class KlaviyoBodies
{
    private const string MediaType = "application/vnd.api+json";
    private const string LocationPrefix = "location.";

    /// <summary>Klaviyo's own attributes beside the identifiers; all others are custom properties.</summary>
    public static readonly ImmutableArray<string> Standard = ["first_name", "last_name", "organization", "title", "image", "locale"];

    public static readonly ImmutableArray<string> Location =
    [
        .. ((string[])["address1", "address2", "city", "region", "country", "zip", "timezone", "ip", "latitude", "longitude"]).Select(part => LocationPrefix + part),
    ];

    private enum Place
    {
        /// <summary>Written beforehand, normalised.</summary>
        Identifier,
        Attribute,
        Location,
        Property,
    }

    private static readonly FrozenDictionary<string, (Place Place, JsonEncodedText Name)> Places = Standard.Select(name => (Key: name, Place.Attribute, Name: name))
        .Concat(Location.Select(name => (Key: name, Place.Location, Name: name[LocationPrefix.Length..])))
        .Concat(((string[])["email", "external_id", "phone_number"]).Select(name => (Key: name, Place.Identifier, Name: name)))
        .ToFrozenDictionary(place => place.Key, place => (place.Item2, JsonEncodedText.Encode(place.Name)), StringComparer.Ordinal);

    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText Profile = JsonEncodedText.Encode("profile");
    private static readonly JsonEncodedText Attributes = JsonEncodedText.Encode("attributes");
    private static readonly JsonEncodedText Data = JsonEncodedText.Encode("data");
    private static readonly ImmutableArray<JsonEncodedText> IdentifierNames = [JsonEncodedText.Encode("email"), JsonEncodedText.Encode("external_id"), JsonEncodedText.Encode("phone_number")];

    /// <summary>A bulk import; onto the list, unless people are updated only.</summary>
    public static HttpContent Import(DeliveryBatch batch) => JsonBody.Of(
        json =>
        {
            using var identifiers = IdentifierTable.Of(batch.Rows, KlaviyoConnector.Rules.Identifiers);
            json.WriteStartObject();
            json.WriteStartObject(Data);
            json.WriteString(Type, "profile-bulk-import-job"u8);
            json.WriteStartObject(Attributes);
            json.WriteStartObject("profiles"u8);
            json.WriteStartArray(Data);
            for (var index = 0; index < batch.Rows.Length; index++)
            {
                json.WriteStartObject();
                json.WriteString(Type, Profile);
                json.WriteStartObject(Attributes);
                WriteIdentifiers(json, identifiers, index);
                WriteFields(json, batch.Rows[index].Fields);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            if (!batch.AttributesOnly)
            {
                WriteListRelationship(json, batch.Audience);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        },
        MediaType);

    /// <summary>References to profiles by Klaviyo's ids.</summary>
    public static HttpContent Ids(DeliveryBatch batch) => JsonBody.Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteStartArray(Data);
            foreach (var row in batch.Rows)
            {
                json.WriteStartObject();
                json.WriteString(Type, Profile);
                json.WriteString("id"u8, row.RemoteId);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        },
        MediaType);

    public static HttpContent NewList(AudienceRef audience) => JsonBody.Of(
        json =>
        {
            json.WriteStartObject();
            json.WriteStartObject(Data);
            json.WriteString(Type, "list"u8);
            json.WriteStartObject(Attributes);
            json.WriteString("name"u8, audience.Name);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        },
        MediaType);

    public static HttpContent Events(DeliveryBatch batch) => JsonBody.Of(
        json =>
        {
            using var identifiers = IdentifierTable.Of(batch.Rows, KlaviyoConnector.Rules.Identifiers);
            json.WriteStartObject();
            json.WriteStartObject(Data);
            json.WriteString(Type, "event-bulk-create-job"u8);
            json.WriteStartObject(Attributes);
            json.WriteStartObject("events-bulk-create"u8);
            json.WriteStartArray(Data);
            for (var index = 0; index < batch.Rows.Length; index++)
            {
                WriteEvent(json, batch.Rows[index], batch, identifiers, index);
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        },
        MediaType);

    /// <summary>The query that finds the profiles of the rows, which are named by one kind of identifier: the tag.</summary>
    public static string LookUp(DeliveryBatch batch, string? cursor)
    {
        var values = batch.Rows.Select(row => Quoted(KlaviyoConnector.Rules.FirstOf(row.Fields)!.Value.Value));
        return $"filter={Uri.EscapeDataString($"any({batch.Tag},[{string.Join(',', values)}])")}&fields[profile]={batch.Tag}&page[size]=100{PageAfter(cursor)}";
    }

    public static string FindList(AudienceRef audience, string? cursor) => $"filter={Uri.EscapeDataString($"equals(name,{Quoted(audience.Name)})")}{PageAfter(cursor)}";

    public static string PageAfter(string? cursor) => cursor is null ? "" : $"&page[cursor]={Uri.EscapeDataString(cursor)}";

    private static string Quoted(string value) => $"\"{value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static void WriteIdentifiers(Utf8JsonWriter json, IdentifierTable identifiers, int index)
    {
        for (var rule = 0; rule < IdentifierNames.Length; rule++)
        {
            if (identifiers[index, rule] is { Length: > 0 } value)
            {
                json.WriteString(IdentifierNames[rule], value);
            }
        }
    }

    /// <summary>Klaviyo's own attributes in place, then those of the address, then all else as properties.</summary>
    private static void WriteFields(Utf8JsonWriter json, Row fields)
    {
        var (hasLocation, hasProperties) = (false, false);
        foreach (var (name, cell) in fields)
        {
            if (!Places.TryGetValue(name, out var place))
            {
                hasProperties = true;
            }
            else if (place.Place is Place.Attribute)
            {
                json.WritePropertyName(place.Name);
                CellJson.Write(json, cell);
            }
            else
            {
                hasLocation |= place.Place is Place.Location;
            }
        }

        if (hasLocation)
        {
            json.WriteStartObject("location"u8);
            foreach (var (name, cell) in fields)
            {
                if (Places.TryGetValue(name, out var place) && place.Place is Place.Location)
                {
                    json.WritePropertyName(place.Name);
                    CellJson.Write(json, cell);
                }
            }

            json.WriteEndObject();
        }

        if (hasProperties)
        {
            json.WriteStartObject("properties"u8);
            foreach (var (name, cell) in fields)
            {
                if (!Places.ContainsKey(name))
                {
                    json.WritePropertyName(name);
                    CellJson.Write(json, cell);
                }
            }

            json.WriteEndObject();
        }
    }

    private static void WriteListRelationship(Utf8JsonWriter json, AudienceRef audience)
    {
        json.WriteStartObject("relationships"u8);
        json.WriteStartObject("lists"u8);
        json.WriteStartArray(Data);
        json.WriteStartObject();
        json.WriteString(Type, "list"u8);
        json.WriteString("id"u8, audience.ExternalId);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter json, DeliveryRow row, DeliveryBatch batch, IdentifierTable identifiers, int index)
    {
        json.WriteStartObject();
        json.WriteString(Type, "event-bulk-create"u8);
        json.WriteStartObject(Attributes);
        json.WriteStartObject(Profile);
        json.WriteStartObject(Data);
        json.WriteString(Type, Profile);
        json.WriteStartObject(Attributes);
        WriteIdentifiers(json, identifiers, index);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("events"u8);
        json.WriteStartArray(Data);
        json.WriteStartObject();
        json.WriteString(Type, "event"u8);
        json.WriteStartObject(Attributes);
        json.WriteStartObject("metric"u8);
        json.WriteStartObject(Data);
        json.WriteString(Type, "metric"u8);
        json.WriteStartObject(Attributes);
        json.WriteString("name"u8, AudienceEvent.NameOf(row.Operation));
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteStartObject("properties"u8);
        AudienceEvent.WriteProperties(json, row, batch.Audience, KlaviyoConnector.Rules);
        json.WriteEndObject();
        json.WriteString("time"u8, Timestamps.Format(batch.AsOf));
        json.WriteString("unique_id"u8, row.OperationId);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
    }
}
