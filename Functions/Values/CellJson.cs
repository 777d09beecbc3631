using System.Collections.Immutable;
using System.Text.Json;

namespace AudienceSync.Values;

/// <summary>JSON ⇄ cells, typed by value: integer, decimal, boolean, RFC 3339 date-time or date, text, list of texts.</summary>
public static class CellJson
{
    /// <summary>Reads one JSON value. <c>null</c> gives an absent cell.</summary>
    /// <returns>False, with the reason, for objects, lists that hold anything but texts, and numbers beyond 28 digits.</returns>
    public static bool TryRead(JsonElement json, out Cell cell, out string? reason)
    {
        (cell, reason) = (default, null);
        switch (json.ValueKind)
        {
            case JsonValueKind.Null:
                return true;
            case JsonValueKind.True or JsonValueKind.False:
                cell = Cell.Of(json.GetBoolean());
                return true;
            case JsonValueKind.Number when json.TryGetInt64(out var integer):
                cell = Cell.Of(integer);
                return true;
            case JsonValueKind.Number when json.TryGetDecimal(out var number):
                cell = Cell.Of(number);
                return true;
            case JsonValueKind.Number:
                reason = $"The number {json.GetRawText()} is out of range: at most 28 digits are kept. Send it as text.";
                return false;
            case JsonValueKind.String:
                cell = ReadText(json.GetString()!);
                return true;
            case JsonValueKind.Array:
                var texts = ImmutableArray.CreateBuilder<string>(json.GetArrayLength());
                foreach (var item in json.EnumerateArray())
                {
                    if (item.ValueKind is not JsonValueKind.String)
                    {
                        reason = $"A list holds texts only, but this one holds a {item.ValueKind.ToString().ToLowerInvariant()}. Send each item as text.";
                        return false;
                    }

                    texts.Add(item.GetString()!);
                }

                cell = Cell.Of(texts.MoveToImmutable());
                return true;
            default:
                reason = "Nested objects are not kept. Flatten it into attributes of its own.";
                return false;
        }
    }

    /// <summary>A text typed by its form: RFC 3339 date-time, date, else text.</summary>
    public static Cell ReadText(string text) =>
        Timestamps.TryParse(text, out var moment) ? Cell.Of(moment)
        : Timestamps.TryParseDate(text, out var day) ? Cell.Of(day)
        : Cell.Of(text);

    /// <summary>Writes the cell as a JSON value; absent as <c>null</c>, bytes as base64.</summary>
    public static void Write(Utf8JsonWriter writer, Cell cell)
    {
        switch (cell.Type)
        {
            case CellType.Absent:
                writer.WriteNullValue();
                break;
            case CellType.Text:
                writer.WriteStringValue(cell.AsText());
                break;
            case CellType.Integer:
                writer.WriteNumberValue(cell.AsInteger());
                break;
            case CellType.Decimal:
                writer.WriteNumberValue(cell.AsDecimal());
                break;
            case CellType.Date:
                Span<byte> day = stackalloc byte[Timestamps.DateBytes];
                Timestamps.Write(cell.AsDate(), day);
                writer.WriteStringValue(day);
                break;
            case CellType.Boolean:
                writer.WriteBooleanValue(cell.AsBoolean());
                break;
            case CellType.TextList:
                writer.WriteStartArray();
                foreach (var text in cell.AsTextList())
                {
                    writer.WriteStringValue(text);
                }

                writer.WriteEndArray();
                break;
            default:
                writer.WriteStringValue(cell.ToString());
                break;
        }
    }
}
