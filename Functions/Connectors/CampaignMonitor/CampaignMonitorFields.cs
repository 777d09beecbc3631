using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.CampaignMonitor;

/// <summary>Writes what is known of a subscriber beside the address: name, mobile number, custom fields.</summary>
/// <remarks>campaignmonitor.com/api/v3-3/subscribers (read 2026-08): dates as yyyy/mm/dd, a field of several choices once for each, Clear to empty one, 250 characters.</remarks>
internal static class CampaignMonitorFields
{
    public const string MobileNumber = "MobileNumber";

    private const string Name = "Name";
    private const int MostValueLength = 250;

    private static readonly IdentifierRule Mobile = Identifier.Phone.As(MobileNumber).E164();

    public static void Write(Utf8JsonWriter json, Row fields, string except)
    {
        if (fields.Has(Name))
        {
            json.WriteString(Name, fields[Name].ToString());
        }

        if (fields.Has(MobileNumber))
        {
            json.WriteString(MobileNumber, Mobile.Of(fields)); // empty clears it
        }

        if (!fields.Any(field => IsCustom(field.Key)))
        {
            return;
        }

        json.WriteStartArray("CustomFields");
        foreach (var (key, cell) in fields.Where(field => IsCustom(field.Key)))
        {
            if (cell.IsAbsent || (cell.Type is CellType.TextList && cell.AsTextList().IsEmpty))
            {
                json.WriteStartObject();
                json.WriteString("Key", key);
                json.WriteBoolean("Clear", true);
                json.WriteEndObject();
                continue;
            }

            foreach (var value in cell.Type is CellType.TextList ? cell.AsTextList() : [TextOf(cell)])
            {
                json.WriteStartObject();
                json.WriteString("Key", key);
                json.WriteString("Value", value.Length > MostValueLength ? value.AsSpan(0, char.IsHighSurrogate(value[MostValueLength - 1]) ? MostValueLength - 1 : MostValueLength) : value);
                json.WriteEndObject();
            }
        }

        json.WriteEndArray();

        bool IsCustom(string key) => key != except && key is not (Name or MobileNumber);
    }

    private static string TextOf(Cell cell) => cell.TryMoment(out var moment) ? moment.UtcDateTime.ToString("yyyy/MM/dd", CultureInfo.InvariantCulture) : cell.ToString();
}
