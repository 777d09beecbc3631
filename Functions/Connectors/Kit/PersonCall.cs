using System.Text.Json;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Kit;

/// <summary>Membership as one call per person, in the message model of the Segment tracking spec (Segment, RudderStack, webhooks).</summary>
/// <remarks>segment.com/docs/connections/spec and .../engage/using-engage-data, read 2026-08: event names, <c>audience_key</c>, <c>context.personas</c>;
/// .../engage/journeys/send-data and .../engage/journeys/event-triggered-journeys, read 2026-08: steps of journeys, whose id is their key.</remarks>
internal static class PersonCall
{
    public const string UserId = "userId";
    public const string AnonymousId = "anonymousId";

    private const string AudienceKey = "audience_key";

    /// <summary>Writes <c>track</c> (Audience Entered, Changed, Exited), or <c>identify</c> with the membership as a trait.</summary>
    /// <param name="idsApart"><c>userId</c> and <c>anonymousId</c> are written as the mapping fills them, and not once more among the properties or traits.</param>
    public static void Write(Utf8JsonWriter json, DeliveryRow row, AudienceRef audience, DateTimeOffset at, bool identify, bool idsApart = false)
    {
        json.WriteStartObject();
        json.WriteString("type", identify ? "identify" : "track");
        if (!identify)
        {
            json.WriteString("event", AudienceEvent.NameOf(row.Operation));
        }

        json.WriteString("messageId", row.OperationId);
        WriteIds(json, row, idsApart);
        json.WriteString("timestamp", Timestamps.Format(at));
        json.WriteStartObject("context");
        json.WriteStartObject("personas");
        WriteComputation(json, audience);
        json.WriteEndObject();
        json.WriteEndObject();
        if (audience.Step is { } step)
        {
            json.WriteStartObject("integrations");
            json.WriteBoolean("All", false);
            json.WriteBoolean(step.Integration, true);
            json.WriteEndObject();
        }

        json.WriteStartObject(identify ? "traits" : "properties");
        if (audience.Step is not null)
        {
            json.WriteString(audience.Key, AudienceEvent.EnteredStep);
        }
        else
        {
            if (!identify)
            {
                json.WriteString(AudienceKey, audience.Key);
            }

            json.WriteBoolean(audience.Key, row.Operation is not DeliveryOperation.Remove);
        }

        // A field named as the membership itself would say it twice, and perhaps otherwise.
        foreach (var (name, cell) in row.Fields.Where(field =>
            field.Key != AudienceKey && field.Key != audience.Key && !(idsApart && field.Key is (UserId or AnonymousId))))
        {
            json.WritePropertyName(name);
            CellJson.Write(json, cell);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteComputation(Utf8JsonWriter json, AudienceRef audience)
    {
        json.WriteString("computation_class", audience.Step is null ? "audience" : "journey_step");
        json.WriteString("computation_id", audience.Step is null ? audience.Id : audience.Key);
        json.WriteString("computation_key", audience.Key);
        if (audience.Step is { SpaceId: var space })
        {
            json.WriteString("namespace", space);
            json.WriteString("space_id", space);
        }
    }

    private static void WriteIds(Utf8JsonWriter json, DeliveryRow row, bool asMapped)
    {
        if (!asMapped)
        {
            json.WriteString(UserId, UserIdOf(row));
            return;
        }

        foreach (var name in (ReadOnlySpan<string>)[UserId, AnonymousId])
        {
            if (row.Fields[name].ToString() is { Length: > 0 } id)
            {
                json.WriteString(name, id);
            }
        }
    }

    /// <summary>The mapped user id, else the profile's id: the spec asks for one of its own.</summary>
    private static string UserIdOf(DeliveryRow row) =>
        row.Fields[UserId].ToString() is { Length: > 0 } camel ? camel
        : row.Fields["user_id"].ToString() is { Length: > 0 } snake ? snake
        : row.ProfileId;
}
