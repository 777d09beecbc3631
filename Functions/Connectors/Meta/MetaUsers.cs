using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Meta;

/// <summary>The body of adding and of removing people: a schema of columns and a row of equal length for each person, empty texts where there is nothing.</summary>
internal static class MetaUsers
{
    /// <summary>Shorter values stand in a sample by chance. Ours.</summary>
    private const int ShortestSample = 8;

    /// <param name="defaultCountry">Two letters that stand for a person without a country; empty for none.</param>
    public static BodyContent Body(DeliveryBatch batch, string defaultCountry)
    {
        var columns = ColumnsOf(batch, defaultCountry);
        var valued = batch.Rows.Any(row => row.Fields.Has(MetaColumns.LookalikeValue));
        var country = defaultCountry.Length > 0 ? columns.IndexOf(MetaColumns.Country) : -1;
        var ownCountry = country >= 0 ? Encoding.UTF8.GetBytes(HashOf(defaultCountry)) : [];
        using var table = IdentifierTable.Of(batch.Rows, columns);
        return JsonBody.Of(json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("payload");
            json.WriteStartArray("schema");
            foreach (var column in columns)
            {
                json.WriteStringValue(column.Field);
            }

            if (valued)
            {
                json.WriteStringValue(MetaColumns.LookalikeValue);
            }

            json.WriteEndArray();
            json.WriteStartArray("data");
            for (var row = 0; row < batch.Rows.Length; row++)
            {
                json.WriteStartArray();
                for (var column = 0; column < columns.Length; column++)
                {
                    var value = table[row, column];
                    json.WriteStringValue(value.IsEmpty && column == country ? ownCountry : value);
                }

                if (valued)
                {
                    json.WriteNumberValue(ValueOf(batch.Rows[row].Fields[MetaColumns.LookalikeValue]));
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        });
    }

    /// <summary>Why a person cannot be sent: nothing is left to match by. The country alone tells nobody apart.</summary>
    public static RowOutcome? Check(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings)
    {
        foreach (var column in MetaColumns.All)
        {
            if (column != MetaColumns.Country && column.IsFilled(row.Fields))
            {
                return null;
            }
        }

        return new(RowFate.Rejected, "missing_identifier", "No identifier of the member is one that Meta takes.");
    }

    /// <summary>The rows that a sample of the invalid entries shows, by any of the values sent for them.</summary>
    public static bool[] NamedBy(JsonElement samples, DeliveryBatch batch)
    {
        var columns = ColumnsOf(batch, defaultCountry: "").Remove(MetaColumns.Country);
        using var table = IdentifierTable.Of(batch.Rows, columns);
        var text = Encoding.UTF8.GetBytes(samples.GetRawText());
        var named = new bool[batch.Rows.Length];
        for (var row = 0; row < named.Length; row++)
        {
            for (var column = 0; column < columns.Length && !named[row]; column++)
            {
                var value = table[row, column];
                named[row] = value.Length >= ShortestSample && Holds(text, value);
            }
        }

        return named;
    }

    /// <summary>Columns that some row of the batch has, in the order of the documentation.</summary>
    private static ImmutableArray<IdentifierRule> ColumnsOf(DeliveryBatch batch, string defaultCountry) =>
        [.. MetaColumns.All.Where(column => batch.Rows.Any(row => row.Fields.Has(column.Field)) || (defaultCountry.Length > 0 && column == MetaColumns.Country))];

    private static string HashOf(string country) => MetaColumns.Country.Of(new Row([KeyValuePair.Create(MetaColumns.Country.Field, Cell.Of(country))]));

    /// <summary>What is no number of at least 0 counts as 0: the column takes nothing else.</summary>
    private static decimal ValueOf(Cell cell) =>
        cell.TryNumber(out var number) || decimal.TryParse(cell.ToString(), System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out number)
            ? Math.Max(number, 0)
            : 0;

    /// <summary>The value as a whole JSON text.</summary>
    private static bool Holds(ReadOnlySpan<byte> json, ReadOnlySpan<byte> value)
    {
        while (json.IndexOf(value) is >= 0 and var at)
        {
            var end = at + value.Length;
            if (at > 0 && end < json.Length && json[at - 1] is (byte)'"' && json[end] is (byte)'"')
            {
                return true;
            }

            json = json[end..];
        }

        return false;
    }
}
