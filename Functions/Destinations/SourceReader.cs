using System.Text.Json;
using System.Text.Json.Serialization;
using AudienceSync.Faults;

namespace AudienceSync.Destinations;

/// <summary>Reads <c>{"segmentId"}</c>, <c>{"campaignId","subAudienceId","groupId"}</c> or <c>{"journeyId","stepKey"}</c>.</summary>
internal static class SourceReader
{
    public const string SegmentId = "segmentId";
    public const string CampaignId = "campaignId";
    public const string SubAudienceId = "subAudienceId";
    public const string GroupId = "groupId";
    public const string JourneyId = "journeyId";
    public const string StepKey = "stepKey";

    private const int MaxIdLength = 256;

    /// <returns>Null when it names nothing, or was faulty.</returns>
    public static DestinationSource? Read(JsonFields fields)
    {
        var segment = Id(SegmentId);
        var group = (Campaign: Id(CampaignId), SubAudience: Id(SubAudienceId), Group: Id(GroupId));
        var step = (Journey: Id(JourneyId), Step: Id(StepKey));
        fields.RefuseUnknown("a source");
        var (isGroup, isStep) = (group != default, step != default);
        if ((segment is not null ? 1 : 0) + (isGroup ? 1 : 0) + (isStep ? 1 : 0) > 1)
        {
            fields.Refuse(
                isGroup ? CampaignId : JourneyId, "source_ambiguous", "A source is one thing: a segment, a group of a campaign, or a step of a journey. Keep one.");
            return null;
        }

        return (segment, group, step) switch
        {
            ({ } id, _, _) => new DestinationSource.OfSegment(id),
            (_, ({ } campaign, { } subAudience, { } inGroup), _) => new DestinationSource.OfGroup(campaign, subAudience, inGroup),
            (_, _, ({ } journey, { } key)) => new DestinationSource.OfStep(journey, key),
            _ when isGroup => Require((CampaignId, group.Campaign), (SubAudienceId, group.SubAudience), (GroupId, group.Group)),
            _ when isStep => Require((JourneyId, step.Journey), (StepKey, step.Step)),
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
        }

        writer.WriteEndObject();
    }
}
