using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;
using AudienceSync.Values;

namespace AudienceSync.Connectors.SendGrid;

/// <summary>Bodies of the calls.</summary>
internal static partial class SendGridBodies
{
    /// <summary>Custom fields of the account, by name: a note.</summary>
    public const string FieldIds = "field ids";

    /// <summary>SendGrid's own fields beside the identifiers; <c>alternate_emails</c> takes a list.</summary>
    public static readonly ImmutableArray<string> Reserved =
    [
        "first_name", "last_name", "address_line_1", "address_line_2", "city", "state_province_region", "country", "postal_code", "phone_number", "whatsapp",
        "line", "facebook", "unique_name",
    ];

    private static readonly FrozenSet<string> Own = [.. Reserved, "alternate_emails"];

    private static readonly ImmutableArray<JsonEncodedText> IdentifierNames =
        [JsonEncodedText.Encode("email"), JsonEncodedText.Encode("phone_number_id"), JsonEncodedText.Encode("external_id"), JsonEncodedText.Encode("anonymous_id")];

    public static HttpContent Contacts(DeliveryBatch batch, Notes notes) => JsonBody.Of(json =>
    {
        using var identifiers = IdentifierTable.Of(batch.Rows, SendGridConnector.Rules.Identifiers);
        var fieldIds = notes.Get<Dictionary<string, string>>(FieldIds);
        json.WriteStartObject();
        json.WriteStartArray("list_ids"u8);
        if (!batch.AttributesOnly)
        {
            json.WriteStringValue(batch.Audience.ExternalId);
        }

        json.WriteEndArray();
        json.WriteStartArray("contacts"u8);
        for (var index = 0; index < batch.Rows.Length; index++)
        {
            json.WriteStartObject();
            for (var rule = 0; rule < IdentifierNames.Length; rule++)
            {
                if (identifiers[index, rule] is { Length: > 0 } value)
                {
                    json.WriteString(IdentifierNames[rule], value);
                }
            }

            WriteFields(json, batch.Rows[index].Fields, fieldIds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static HttpContent Search(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray(batch.Tag == "email" ? "emails"u8 : "identifiers"u8);
        foreach (var value in batch.Rows.Select(row => SendGridConnector.Rules.FirstOf(row.Fields)!.Value.Value).Distinct(StringComparer.Ordinal))
        {
            json.WriteStringValue(value);
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

    /// <summary>Custom fields that the rows name by name rather than by id.</summary>
    public static IReadOnlyCollection<string> CustomNames(DeliveryBatch batch)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in batch.Rows)
        {
            foreach (var (name, _) in row.Fields)
            {
                names.Add(name);
            }
        }

        names.RemoveWhere(name => !IsCustom(name) || FieldId().IsMatch(name));
        return names;
    }

    private static bool IsCustom(string name) => !Own.Contains(name) && !SendGridConnector.Rules.IsIdentifier(name);

    private static void WriteFields(Utf8JsonWriter json, Row fields, Dictionary<string, string>? fieldIds)
    {
        var hasCustom = false;
        foreach (var (name, cell) in fields)
        {
            if (Own.Contains(name))
            {
                json.WritePropertyName(name);
                WriteValue(json, cell, type: cell.Type is CellType.TextList ? 'L' : 'T');
            }
            else
            {
                hasCustom |= !SendGridConnector.Rules.IsIdentifier(name);
            }
        }

        if (!hasCustom)
        {
            return;
        }

        json.WriteStartObject("custom_fields"u8);
        foreach (var (name, cell) in fields)
        {
            if (IsCustom(name))
            {
                var id = fieldIds?.GetValueOrDefault(name) ?? name;
                json.WritePropertyName(id);
                WriteValue(json, cell, id[^1]);
            }
        }

        json.WriteEndObject();
    }

    /// <summary>As the field's type wants it, which the last letter of its id tells: text, number or date (<c>MM/DD/YYYY</c>). An empty text clears.</summary>
    private static void WriteValue(Utf8JsonWriter json, Cell cell, char type)
    {
        if (type == 'L')
        {
            CellJson.Write(json, cell);
        }
        else if (type == 'N' && (cell.TryNumber(out var number) || decimal.TryParse(cell.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out number)))
        {
            json.WriteNumberValue(number);
        }
        else if (type == 'D' && (cell.TryMoment(out var moment) || TryDate(cell.ToString(), out moment)))
        {
            json.WriteStringValue(moment.UtcDateTime.ToString("MM/dd/yyyy", CultureInfo.InvariantCulture));
        }
        else
        {
            json.WriteStringValue(cell.ToString());
        }
    }

    private static bool TryDate(string text, out DateTimeOffset moment) => Timestamps.TryParse(text, out moment)
        || DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd", "MM-dd-yyyy"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);

    [GeneratedRegex("^e[0-9]+_[TND]$", RegexOptions.CultureInvariant)]
    private static partial Regex FieldId();
}
