using System.Text.Json;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit.Files;

/// <summary>The file that is written last: readers who wait for it see whole sets only.</summary>
internal static class FileManifest
{
    /// <summary>The same completion gives the same bytes: it is written again when the run's last step is repeated.</summary>
    public static byte[] Render(DeliveryCompletion completion, FileShape shape)
    {
        var files = completion.Receipts.Select(FileReceipt.Parse).ToArray();
        var columns = completion.FieldNames.Concat(files.SelectMany(file => file.Columns)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new() { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("runId", completion.RunId);
            json.WriteString("mode", FileNames.ModeOf(shape));
            json.WriteStartObject("audience");
            json.WriteString("id", completion.Audience.Id);
            json.WriteString("key", completion.Audience.Key);
            json.WriteString("name", completion.Audience.Name);
            json.WriteEndObject();
            json.WriteStartArray("files");
            foreach (var file in files)
            {
                json.WriteStartObject();
                json.WriteString("name", file.Name);
                json.WriteNumber("rows", file.Rows);
                json.WriteNumber("bytes", file.Bytes);
                json.WriteString("sha256", file.Sha256);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartArray("schema");
            foreach (var column in shape.IsFull ? columns : columns.Prepend(DeliveryFile.OperationColumn))
            {
                json.WriteStringValue(column);
            }

            json.WriteEndArray();
            json.WriteString("createdAt", Timestamps.Format(completion.AsOf));
            json.WriteEndObject();
        }

        return stream.ToArray();
    }
}
