using System.Buffers;
using System.Collections.Immutable;
using System.Text.Encodings.Web;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Postgres;

/// <summary>One statement over rows of a batch. The rows go along as one JSON parameter, which the server reads by the table's own columns: no value is ever part of the statement.</summary>
/// <param name="Verb">First word of the statement.</param>
/// <param name="Places">Of its rows in the batch.</param>
internal sealed record TableStatement(string Verb, string Sql, ImmutableArray<int> Places)
{
    /// <summary>The statement answers the numbers of the rows it found, from 1; the others are not in the table.</summary>
    public bool AnswersFound { get; init; }

    /// <summary>The second parameter; null where there is none.</summary>
    public DateTimeOffset? Mark { get; init; }

    /// <summary>Writes one row, as members of an object.</summary>
    public required Action<Utf8JsonWriter, DeliveryRow> WriteRow { get; init; }

    /// <summary>The first parameter: an array of objects, columns by name.</summary>
    public ReadOnlyMemory<byte> RowsOf(DeliveryBatch batch)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartArray();
            foreach (var place in Places)
            {
                json.WriteStartObject();
                WriteRow(json, batch.Rows[place]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }

        return buffer.WrittenMemory;
    }

    public static void WriteFields(Utf8JsonWriter json, DeliveryRow row)
    {
        foreach (var (name, cell) in row.Fields)
        {
            json.WritePropertyName(name);
            CellJson.Write(json, cell);
        }
    }
}
