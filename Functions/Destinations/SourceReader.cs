using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>Reads <c>{"segmentId"}</c>, <c>{"campaignId","subAudienceId","groupId"}</c> <c>{"journeyId","stepKey"}</c> or <c>{"connectionId","query","keyColumn"}</c>.</summary>
internal static class SourceReader
{
    public const string SegmentId = "segmentId";
    public const string CampaignId = "campaignId";
    public const string SubAudienceId = "subAudienceId";
    public const string GroupId = "groupId";
    public const string JourneyId = "journeyId";
    public const string StepKey = "stepKey";
    public const string ConnectionId = "connectionId";
    public const string Query = "query";
    public const string KeyColumn = "keyColumn";

    private const int MaxIdLength = 256;

    /// <summary>Characters. It is kept in the destination's document, and in that of each run. Ours.</summary>
    private const int MaxQueryLength = 8_000;

    /// <returns>Null when it names nothing, or was faulty.</returns>
    public static DestinationSource? Read(JsonFields fields)
    {
        var segment = Id(SegmentId);
        var group = (Campaign: Id(CampaignId), SubAudience: Id(SubAudienceId), Group: Id(GroupId));
        var step = (Journey: Id(JourneyId), Step: Id(StepKey));
        var query = (Connection: Id(ConnectionId), Query: fields.Text(Query, MaxQueryLength) is { } text && !string.IsNullOrWhiteSpace(text) ? text : null, Key: Id(KeyColumn));
        fields.RefuseUnknown("a source");
        var (isGroup, isStep, isQuery) = (group != default, step != default, query != default);
        if ((segment is not null ? 1 : 0) + (isGroup ? 1 : 0) + (isStep ? 1 : 0) + (isQuery ? 1 : 0) > 1)
        {
            fields.Refuse(
                isQuery ? Query : isGroup ? CampaignId : JourneyId, "source_ambiguous",
                "A source is one thing: a segment, a group of a campaign, a step of a journey, or a query. Keep one.");
            return null;
        }

        return (segment, group, step, query) switch
        {
            ({ } id, _, _, _) => new DestinationSource.OfSegment(id),
            (_, ({ } campaign, { } subAudience, { } inGroup), _, _) => new DestinationSource.OfGroup(campaign, subAudience, inGroup),
            (_, _, ({ } journey, { } key), _) => new DestinationSource.OfStep(journey, key),
            (_, _, _, ({ } connection, { } sql, { } column)) => new DestinationSource.OfQuery(connection, sql, column),
            _ when isGroup => Require((CampaignId, group.Campaign), (SubAudienceId, group.SubAudience), (GroupId, group.Group)),
            _ when isStep => Require((JourneyId, step.Journey), (StepKey, step.Step)),
            _ when isQuery => Require((ConnectionId, query.Connection), (Query, query.Query), (KeyColumn, query.Key)),
            _ => null,
        };

        string? Id(string name) => fields.Text(name, MaxIdLength) is { Length: > 0 } id ? id : null;

        DestinationSource? Require(params ReadOnlySpan<(string Name, string? Value)> parts)
        {
            foreach (var (name, value) in parts)
            {
                if (value is null)
                {
                    fields.Refuse(name, "required", $"This source needs '{name}' too.");
                }
            }

            return null;
        }
    }
}

/// <summary>Sources within answers and stored documents.</summary>
internal sealed class DestinationSourceConverter : JsonConverter<DestinationSource>
{
    /// <exception cref="JsonException">It is no source: for stored documents, which were checked when they were written.</exception>
    public override DestinationSource Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var faults = new List<Fault>();
        return JsonFields.Open(document.RootElement, "", faults) is { } fields && SourceReader.Read(fields) is { } source && faults.Count == 0
            ? source
            : throw new JsonException("The stored source of a destination cannot be read.");
    }

    public override void Write(Utf8JsonWriter writer, DestinationSource value, JsonSerializerOptions options)
    {
        writer.WriteStartObject();
        switch (value)
        {
            case DestinationSource.OfSegment(var segment):
                writer.WriteString(SourceReader.SegmentId, segment);
                break;
            case DestinationSource.OfGroup(var campaign, var subAudience, var group):
                writer.WriteString(SourceReader.CampaignId, campaign);
                writer.WriteString(SourceReader.SubAudienceId, subAudience);
                writer.WriteString(SourceReader.GroupId, group);
                break;
            case DestinationSource.OfStep(var journey, var step):
                writer.WriteString(SourceReader.JourneyId, journey);
                writer.WriteString(SourceReader.StepKey, step);
                break;
            case DestinationSource.OfQuery(var connection, var query, var column):
                writer.WriteString(SourceReader.ConnectionId, connection);
                writer.WriteString(SourceReader.Query, query);
                writer.WriteString(SourceReader.KeyColumn, column);
                break;
        }

        writer.WriteEndObject();
    }
}
