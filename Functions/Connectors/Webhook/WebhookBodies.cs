using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Webhook;

/// <summary>Bodies of the calls. The same batch gives the same bytes: receivers may compare them on a retry.</summary>
internal static class WebhookBodies
{
    private const int Version = 1;

    public static BodyContent Membership(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        WriteHead(json, "audience.membership", batch.MessageId, batch.AsOf);
        json.WriteStartObject("audience");
        json.WriteString("id", batch.Audience.Id);
        json.WriteString("name", batch.Audience.Name);
        json.WriteEndObject();
        json.WriteStartArray("records");
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            json.WriteString("recordId", row.OperationId);
            json.WriteString("operation", row.Operation switch
            {
                DeliveryOperation.Add => "add",
                DeliveryOperation.Update => "update",
                _ => "remove",
            });
            json.WriteStartObject("fields");
            foreach (var (name, cell) in row.Fields)
            {
                json.WritePropertyName(name);
                CellJson.Write(json, cell);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>One call of the Segment tracking spec per row; bare when there is one and batching is off.</summary>
    public static BodyContent Events(DeliveryBatch batch, bool identify, bool asBatch) => JsonBody.Of(json =>
    {
        if (!asBatch && batch.Rows is [var only])
        {
            PersonCall.Write(json, only, batch.Audience, batch.AsOf, identify);
            return;
        }

        json.WriteStartObject();
        json.WriteStartArray("batch");
        foreach (var row in batch.Rows)
        {
            PersonCall.Write(json, row, batch.Audience, batch.AsOf, identify);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>A call about nobody, for the connection check.</summary>
    public static BodyContent Test(ConnectionProbe probe) => JsonBody.Of(json =>
    {
        WriteHead(json, "test", probe.Id, probe.At);
        json.WriteStartArray("records");
        json.WriteEndArray();
        json.WriteEndObject();
    });

    private static void WriteHead(Utf8JsonWriter json, string type, string id, DateTimeOffset at)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteNumber("version", Version);
        json.WriteString("id", id);
        json.WriteString("sentAt", Timestamps.Format(at));
    }
}
