using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit.Files;

/// <summary>Writes the rows of a batch as one file. The same batch gives the same bytes, so that a retry overwrites a part with itself.</summary>
internal static class DeliveryFile
{
    /// <summary>The first column of deltas: <c>add</c>, <c>update</c> or <c>remove</c>.</summary>
    public const string OperationColumn = "_op";

    private const string NewLine = "\r\n"; // RFC 4180, 2.1

    /// <summary>The columns of every part of a run: the mapping's targets and whatever else a row has (a removal by the keys of an older mapping), ordinally.</summary>
    public static ImmutableArray<string> ColumnsOf(DeliveryBatch batch) =>
        [.. batch.FieldNames.Concat(batch.Rows.SelectMany(row => row.Fields.Select(field => field.Key))).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    /// <summary>How many rows the file has: a full file lists who is there, so no removals.</summary>
    public static int RowsOf(DeliveryBatch batch, FileShape shape) => Rows(batch, shape).Count();

    public static byte[] Render(DeliveryBatch batch, FileShape shape)
    {
        using var file = new MemoryStream();
        if (shape.Gzip)
        {
            // Its header carries neither name nor time: equal rows, equal bytes.
            using var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true);
            Write(gzip, batch, shape);
        }
        else
        {
            Write(file, batch, shape);
        }

        return file.ToArray();
    }

    private static IEnumerable<DeliveryRow> Rows(DeliveryBatch batch, FileShape shape) =>
        batch.Rows.Where(row => !shape.IsFull || row.Operation is not DeliveryOperation.Remove);

    private static void Write(Stream stream, DeliveryBatch batch, FileShape shape)
    {
        if (shape.Format is FileFormat.Csv)
        {
            WriteCsv(stream, batch, shape);
        }
        else
        {
            WriteNdJson(stream, batch, shape);
        }
    }

    private static void WriteCsv(Stream stream, DeliveryBatch batch, FileShape shape)
    {
        using var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true) { NewLine = NewLine };
        var columns = ColumnsOf(batch);
        if (shape.Header)
        {
            var names = shape.IsFull ? columns : columns.Insert(0, OperationColumn);
            text.WriteLine(string.Join(shape.Delimiter, names.Select(name => Quoted(name, shape.Delimiter))));
        }

        foreach (var row in Rows(batch, shape))
        {
            var cells = columns.Select(column => row.Fields[column] is { IsAbsent: false } cell ? Quoted(cell.ToString(), shape.Delimiter) : "");
            text.WriteLine(string.Join(shape.Delimiter, shape.IsFull ? cells : cells.Prepend(Name(row.Operation))));
        }
    }

    /// <summary>Quoted where it must be. An empty text is quoted too: it is not the same as no value. Values are data for machines: formulas stay as they are.</summary>
    private static string Quoted(string value, char delimiter) =>
        value.Length == 0 || value.AsSpan().ContainsAny('"', '\r', '\n') || value.Contains(delimiter) || value[0] == ' ' || value[^1] == ' '
            ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : value;

    private static void WriteNdJson(Stream stream, DeliveryBatch batch, FileShape shape)
    {
        var columns = ColumnsOf(batch);
        foreach (var row in Rows(batch, shape))
        {
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                if (!shape.IsFull)
                {
                    json.WriteString(OperationColumn, Name(row.Operation));
                }

                foreach (var column in columns.Where(row.Fields.Has))
                {
                    json.WritePropertyName(column);
                    CellJson.Write(json, row.Fields[column]);
                }

                json.WriteEndObject();
            }

            stream.WriteByte((byte)'\n');
        }
    }

    private static string Name(DeliveryOperation operation) => operation switch
    {
        DeliveryOperation.Add => "add",
        DeliveryOperation.Update => "update",
        _ => "remove",
    };
}
