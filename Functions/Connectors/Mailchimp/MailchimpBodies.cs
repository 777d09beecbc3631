using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Mailchimp;

/// <summary>Bodies of the calls.</summary>
internal static class MailchimpBodies
{
    /// <summary>Parts without which Mailchimp refuses an address.</summary>
    private static readonly ImmutableArray<string> NeededParts = ["addr1", "city", "state", "zip"];

    public static string AddressOf(DeliveryRow row) => MailchimpConnector.Rules.Identifiers[0].Of(row.Fields);

    // How Mailchimp addresses a member; it protects nothing.
#pragma warning disable CA5351
    public static string HashOf(DeliveryRow row) => Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes(AddressOf(row))));
#pragma warning restore CA5351

    /// <summary>Contacts to create; who exists stays as they are.</summary>
    public static HttpContent NewContacts(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        var status = MailchimpConnector.NewStatus.In(settings);
        json.WriteStartObject();
        json.WriteStartArray("members"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            json.WriteString("email_address"u8, AddressOf(row));
            json.WriteString("status"u8, status);
            WriteMergeFields(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteBoolean("update_existing"u8, false);
        json.WriteBoolean("sync_tags"u8, false);
        json.WriteEndObject();
    });

    /// <summary>One contact, without a status: it keeps its own.</summary>
    public static HttpContent Contact(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        if (!batch.AttributesOnly)
        {
            json.WriteString("email_address"u8, AddressOf(batch.Rows[0]));
            json.WriteString("status_if_new"u8, MailchimpConnector.NewStatus.In(settings));
        }

        WriteMergeFields(json, batch.Rows[0]);
        json.WriteEndObject();
    });

    public static HttpContent Changes(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        WriteAddresses(json, "members_to_add", batch.Rows.Where(row => row.Operation is not DeliveryOperation.Remove));
        WriteAddresses(json, "members_to_remove", batch.RowsOf(DeliveryOperation.Remove));
        json.WriteEndObject();
    });

    public static HttpContent Tag(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("tags"u8);
        json.WriteStartObject();
        json.WriteString("name"u8, batch.Audience.ExternalId ?? batch.Audience.Name);
        json.WriteString("status"u8, batch.Rows[0].Operation is DeliveryOperation.Remove ? "inactive"u8 : "active"u8);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteBoolean("is_syncing"u8, false);
        json.WriteEndObject();
    });

    /// <summary>Names of events have 2 to 30 characters without spaces; properties are texts.</summary>
    public static HttpContent Event(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        var row = batch.Rows[0];
        json.WriteStartObject();
        json.WriteString("name"u8, AudienceEvent.NameOf(row.Operation).Replace(' ', '_').ToLowerInvariant());
        json.WriteStartObject("properties"u8);
        AudienceEvent.WriteProperties(json, row, batch.Audience, MailchimpConnector.Rules, asText: true);
        json.WriteEndObject();
        json.WriteString("occurred_at"u8, batch.AsOf.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture));
        json.WriteBoolean("is_syncing"u8, false);
        json.WriteEndObject();
    });

    public static HttpContent NewSegment(AudienceRef audience) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteString("name"u8, audience.Name);
        json.WriteStartArray("static_segment"u8);
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteAddresses(Utf8JsonWriter json, string name, IEnumerable<DeliveryRow> rows)
    {
        json.WriteStartArray(name);
        foreach (var row in rows)
        {
            json.WriteStringValue(AddressOf(row));
        }

        json.WriteEndArray();
    }

    /// <summary>Merge fields by their tags; without any the member is left out.</summary>
    private static void WriteMergeFields(Utf8JsonWriter json, DeliveryRow row)
    {
        var began = false;
        HashSet<string>? addresses = null;
        foreach (var (name, cell) in row.Fields)
        {
            if (MailchimpConnector.Rules.IsIdentifier(name))
            {
                continue;
            }

            var dot = name.IndexOf('.', StringComparison.Ordinal);
            if (dot >= 0 && (!(addresses ??= []).Add(name[..dot]) || !HasAddress(row, name[..dot])))
            {
                continue;
            }

            if (!began)
            {
                json.WriteStartObject("merge_fields"u8);
                began = true;
            }

            if (dot >= 0)
            {
                WriteAddress(json, row, name[..dot]);
            }
            else
            {
                json.WritePropertyName(name);
                WriteValue(json, cell);
            }
        }

        if (began)
        {
            json.WriteEndObject();
        }
    }

    private static bool HasAddress(DeliveryRow row, string tag) => NeededParts.All(part => row.Fields[$"{tag}.{part}"].ToString().Length > 0);

    private static void WriteAddress(Utf8JsonWriter json, DeliveryRow row, string tag)
    {
        json.WriteStartObject(tag);
        foreach (var (name, cell) in row.Fields.Where(field => field.Key.StartsWith($"{tag}.", StringComparison.Ordinal)))
        {
            json.WriteString(name[(tag.Length + 1)..], cell.ToString());
        }

        json.WriteEndObject();
    }

    /// <summary>Numbers as numbers, all else as text; nothing at all clears the field.</summary>
    private static void WriteValue(Utf8JsonWriter json, Cell cell)
    {
        if (cell.Type is CellType.Integer or CellType.Decimal)
        {
            CellJson.Write(json, cell);
        }
        else
        {
            json.WriteStringValue(cell.ToString());
        }
    }
}
