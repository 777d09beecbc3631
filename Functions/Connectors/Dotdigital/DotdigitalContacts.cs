using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Dotdigital;

/// <summary>Contacts: imported into a list, and looked up for their ids.</summary>
internal static class DotdigitalContacts
{
    public static readonly IdentifierRule Email = Identifier.Email.As("email").TrimmedLowercase();
    public static readonly IdentifierRule Mobile = Identifier.Phone.As("mobileNumber").DigitsOnly();

    private const int FewestDigits = 7;

    /// <summary>By the email, else by the mobile number.</summary>
    public static (IdentifierRule Rule, string Value) KeyOf(DeliveryRow row) => Email.Of(row.Fields) is { Length: > 0 } email ? (Email, email) : (Mobile, Mobile.Of(row.Fields));

    /// <summary>Without its list an import would only make contacts.</summary>
    public static RowOutcome? CheckRow(DeliveryRow row, DeliveryBatch batch) =>
        batch.Form is DeliveryForm.Membership && batch.Audience.ExternalId is { } list && !list.All(char.IsAsciiDigit)
            ? new(RowFate.Rejected, "invalid_list", "The destination's audience id must be the number of a list.")
        : Mobile.Of(row.Fields).Length is > 0 and < FewestDigits
        ? new(RowFate.Rejected, "invalid_phone", $"A mobile number has a country code and at least {FewestDigits} digits.")
        : null;

    public static HttpRequestMessage BuildImport(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Put, DotdigitalConnector.Address(settings, "/contacts/v3/import"), json =>
        {
            json.WriteStartObject();
            json.WriteString("mergeOption", DotdigitalConnector.MergeOption.In(settings));
            json.WriteStartArray("contacts");
            foreach (var row in batch.Rows)
            {
                WriteContact(json, row, batch.Audience, settings);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });

    public static StepResult ReadImport(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        DotdigitalErrors.Read(response) is { } failure ? failure
        : response.Json?.TextAt("importId") is { Length: > 0 } id ? DotdigitalJobs.Import(id)
        : new RowOutcome(RowFate.Uncertain, "unreadable_answer", "Dotdigital took the import and named no job.");

    public static HttpRequestMessage BuildGet(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var (rule, value) = KeyOf(batch.Rows[0]);
        return new(HttpMethod.Get, DotdigitalConnector.Address(settings, $"/contacts/v3/{rule.Field}/{Uri.EscapeDataString(value)}"));
    }

    /// <summary>Whom the account does not know is on none of its lists.</summary>
    public static StepResult ReadGet(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 ? RowOutcome.Accepted
        : DotdigitalErrors.Read(response) is { } failure ? failure
        : response.Json?.TextAt("contactId") is { } id ? RowAnswer.Known(id)
        : new RowOutcome(RowFate.Uncertain, "unreadable_answer", "Dotdigital knows the contact and did not say under which id.");

    private static void WriteContact(Utf8JsonWriter json, DeliveryRow row, AudienceRef audience, ConnectorSettings settings)
    {
        json.WriteStartObject();
        json.WriteString("matchIdentifier", KeyOf(row).Rule.Field);
        json.WriteStartObject("identifiers");
        foreach (var rule in (ReadOnlySpan<IdentifierRule>)[Email, Mobile])
        {
            if (rule.Of(row.Fields) is { Length: > 0 } value)
            {
                json.WriteString(rule.Field, value);
            }
        }

        json.WriteEndObject();
        var fields = row.Fields.Where(static field => field.Key != Email.Field && field.Key != Mobile.Field).ToList();
        if (fields.Count > 0)
        {
            json.WriteStartObject("dataFields");
            foreach (var (name, cell) in fields)
            {
                json.WritePropertyName(name);
                CellJson.Write(json, cell.Type is CellType.TextList ? Cell.Of(cell.ToString()) : cell);
            }

            json.WriteEndObject();
        }

        json.WriteStartArray("lists");
        if (long.TryParse(audience.ExternalId, NumberStyles.None, CultureInfo.InvariantCulture, out var list))
        {
            json.WriteNumberValue(list);
        }

        json.WriteEndArray();
        if (DotdigitalConnector.OptInType.In(settings) is not "leave" and var optIn && Email.Of(row.Fields).Length > 0)
        {
            json.WriteStartObject("channelProperties");
            json.WriteStartObject("email");
            json.WriteString("optInType", optIn);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
