using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.CustomerIo;

/// <summary>Bodies of the Track API.</summary>
internal static class CustomerIoBodies
{
    private const string Crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

    /// <summary>One operation a row: <c>identify</c>, or <c>event</c> in the form of events.</summary>
    public static HttpContent People(DeliveryBatch batch, ConnectorSettings settings) => JsonBody.Of(json =>
    {
        var attribute = CustomerIoConnector.Membership.In(settings) is "attribute" && !batch.AttributesOnly ? batch.Audience.ExternalId ?? batch.Audience.Key : null;
        json.WriteStartObject();
        json.WriteStartArray("batch"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, "person"u8);
            json.WriteString("action"u8, batch.Form is DeliveryForm.Events ? "event"u8 : "identify"u8);
            json.WriteStartObject("identifiers"u8);
            var identity = CustomerIoConnector.Rules.FirstOf(row.Fields);
            if (identity is var (rule, value))
            {
                json.WriteString(rule.Field, value);
            }

            json.WriteEndObject();
            if (batch.Form is DeliveryForm.Events)
            {
                WriteEvent(json, row, batch);
            }
            else
            {
                WriteAttributes(json, row, batch, identity?.Rule.Field, attribute);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The identities of the rows, which are of one kind.</summary>
    public static HttpContent Ids(DeliveryBatch batch) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("ids"u8);
        foreach (var row in batch.Rows)
        {
            json.WriteStringValue(CustomerIoConnector.Rules.FirstOf(row.Fields)?.Value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    });

    public static HttpContent NewSegment(AudienceRef audience) => JsonBody.Of(json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("segment"u8);
        json.WriteString("name"u8, audience.Name);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    /// <param name="membership">The attribute that says so; null when a segment does. Who leaves has it cleared, and nothing else is written.</param>
    private static void WriteAttributes(Utf8JsonWriter json, DeliveryRow row, DeliveryBatch batch, string? identity, string? membership)
    {
        var leaves = row.Operation is DeliveryOperation.Remove;
        json.WriteStartObject("attributes"u8);
        foreach (var (name, cell) in row.Fields)
        {
            if (leaves || name == identity || name == membership || name is "cio_id" or "id")
            {
                continue;
            }

            json.WritePropertyName(name);
            if (name == "email")
            {
                json.WriteStringValue(CustomerIoConnector.Rules.Identifiers[^1].Of(row.Fields));
            }
            else if (cell.TryMoment(out var moment))
            {
                json.WriteNumberValue(moment.ToUnixTimeSeconds());
            }
            else
            {
                CellJson.Write(json, cell);
            }
        }

        if (membership is not null && leaves)
        {
            json.WriteNull(membership);
        }
        else if (membership is not null)
        {
            json.WriteBoolean(membership, true);
        }

        if (leaves || batch.AttributesOnly)
        {
            json.WriteBoolean("_update"u8, true); // only people who exist
        }

        json.WriteEndObject();
    }

    private static void WriteEvent(Utf8JsonWriter json, DeliveryRow row, DeliveryBatch batch)
    {
        json.WriteString("name"u8, AudienceEvent.NameOf(row.Operation));
        json.WriteNumber("timestamp"u8, batch.AsOf.ToUnixTimeSeconds());
        json.WriteString("id"u8, UlidOf(row.OperationId));
        json.WriteStartObject("attributes"u8);
        AudienceEvent.WriteProperties(json, row, batch.Audience, CustomerIoConnector.Rules);
        json.WriteEndObject();
    }

    /// <summary>The dedupe id has the form of a ULID; all of it comes from the operation, so that a later run's repeat has the same.</summary>
    private static string UlidOf(string operationId) =>
        string.Create(26, BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(operationId))), static (text, bits) =>
        {
            for (var place = text.Length - 1; place >= 0; place--, bits >>= 5)
            {
                text[place] = Crockford[(int)(bits & 31)];
            }
        });
}
