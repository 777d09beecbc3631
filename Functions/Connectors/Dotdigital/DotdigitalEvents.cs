using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Dotdigital;

/// <summary>Events about contacts: up to 5,000 in a call, which is taken as a whole and not answered for.</summary>
internal static class DotdigitalEvents
{
    /// <summary>Theirs, of the line that a contact's timeline shows.</summary>
    private const int MostSummaryLength = 160;

    public static HttpRequestMessage Build(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Post, DotdigitalConnector.Address(settings, "/events/v3/import"), json =>
        {
            json.WriteStartArray();
            foreach (var row in batch.Rows)
            {
                var (rule, value) = DotdigitalContacts.KeyOf(row);
                json.WriteStartObject();
                json.WriteStartObject("contactIdentity");
                json.WriteString("identifier", rule.Field);
                json.WriteString("value", value);
                json.WriteEndObject();
                json.WriteString("type", AudienceEvent.NameOf(row.Operation));
                json.WriteString("id", row.OperationId);
                json.WriteString("eventTimestamp", Timestamps.Format(batch.AsOf));
                json.WriteStartObject("timelineDetails");
                json.WriteString("summary", SummaryOf(row.Operation, batch.Audience));
                json.WriteEndObject();
                json.WriteStartObject("eventData");
                AudienceEvent.WriteProperties(json, row, batch.Audience, DotdigitalConnector.Definition.Fields);
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });

    public static StepResult Read(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        DotdigitalErrors.Read(response) is { } failure ? failure : RowOutcome.Accepted;

    private static string SummaryOf(DeliveryOperation operation, AudienceRef audience)
    {
        var verb = operation switch { DeliveryOperation.Add => "Entered", DeliveryOperation.Update => "Changed in", _ => "Left" };
        var summary = $"{verb} {audience.Name}";
        return summary.Length > MostSummaryLength ? summary[..MostSummaryLength] : summary;
    }
}
