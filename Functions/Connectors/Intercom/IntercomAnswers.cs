using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Intercom;

/// <summary>What Intercom says, one contact at a time; errors come as an <c>error.list</c>.</summary>
internal static class IntercomAnswers
{
    /// <summary>The failure of an answer, or what <paramref name="success"/> reads from it. A refused contact goes by Intercom's own code.</summary>
    public static StepResult Read(ConnectorResponse response, Func<StepResult> success) => ResponseRules.Failure(response) switch
    {
        null => success(),
        DeliveryOutcome.Refused refused => refused with { Code = CodeOf(response) ?? refused.Code },
        var failure => failure,
    };

    /// <summary>Contact ids by identifier. Somebody unknown who leaves has no tag to lose; somebody unknown in an update-only run stays unknown.</summary>
    public static StepResult ReadContacts(ConnectorResponse response, DeliveryBatch batch) => Read(response, () =>
    {
        if (response.Json is not { } answer)
        {
            return new DeliveryOutcome.Failed("answer_unreadable", "The answer is no JSON, or too long to be read whole.");
        }

        var found = new Dictionary<string, JsonElement>(batch.Tag == "email" ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var contact in answer.ItemsAt("data"))
        {
            if (contact.TextAt(batch.Tag) is { } identifier && (!found.TryGetValue(identifier, out var other) || Rank(contact).CompareTo(Rank(other)) > 0))
            {
                found[identifier] = contact;
            }
        }

        string? Find(DeliveryRow row) =>
            row.RemoteId ?? (found.TryGetValue(IntercomConnector.Rules.FirstOf(row.Fields)!.Value.Value, out var contact) ? contact.TextAt("id") : null);
        return answer.TextAt("pages", "next", "starting_after") is { } cursor
            ? new StepResult.Page(cursor, [.. batch.Rows.Select(row => Find(row) is { } id ? RowAnswer.Known(id) : RowAnswer.Next)])
            : StepResult.ForEach(batch, row => Find(row) is { } id ? RowAnswer.Known(id)
                : row.Operation is DeliveryOperation.Remove ? RowOutcome.Accepted
                : batch.AttributesOnly ? new RowOutcome(RowFate.Rejected, "not_found", "Intercom does not know the contact, and an update creates nobody.")
                : RowAnswer.Next);
    });

    /// <summary>404 is an id that was merged into another or archived since we learnt it.</summary>
    public static StepResult ReadContact(ConnectorResponse response, DeliveryBatch batch) =>
        response.Status == 404 ? GoneOr(batch) : Read(response, static () => StepResult.Next);

    public static StepResult ReadTag(ConnectorResponse response, DeliveryBatch batch)
    {
        if (response.Status == 404)
        {
            return batch.Rows[0].Operation is not DeliveryOperation.Remove && response.Text.Contains("tag", StringComparison.OrdinalIgnoreCase)
                ? new DeliveryOutcome.Misconfigured("tag_gone", "The tag does not exist. Name another, or let it be created anew.")
                : GoneOr(batch);
        }

        return Read(response, () => RowOutcome.AcceptedAs(batch.Rows[0].RemoteId));
    }

    /// <summary>Names of tags do not tell cases apart. An attribute is named by the destination's key.</summary>
    public static StepResult ReadAudiences(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings) => ResponseRules.Read(response, () =>
    {
        var items = (response.Json ?? default).ItemsAt("data");
        var found = IntercomConnector.Membership.In(settings) is "tag"
            ? items.FirstOrDefault(tag => string.Equals(tag.TextAt("name"), audience.Name, StringComparison.OrdinalIgnoreCase)).TextAt("id")
            : items.FirstOrDefault(attribute => attribute.TextAt("name") == audience.Key && attribute.At("custom") is not { ValueKind: JsonValueKind.False }).TextAt("name");
        return found is not null ? new StepResult.Found(found)
            : response.IsCut ? new DeliveryOutcome.Failed("answer_too_large", "The workspace has more tags than can be read. Give the tag's id.")
            : StepResult.Next;
    });

    private static RowOutcome GoneOr(DeliveryBatch batch) => batch.Rows[0].Operation is DeliveryOperation.Remove ? RowOutcome.Accepted : RowOutcome.Forgotten;

    /// <summary>Users before leads, then the one that changed last.</summary>
    private static (bool, long) Rank(JsonElement contact) => (contact.TextAt("role") == "user", contact.NumberAt("updated_at") ?? contact.NumberAt("created_at") ?? 0);

    private static string? CodeOf(ConnectorResponse response) => (response.Json ?? default).ItemsAt("errors").FirstOrDefault().TextAt("code");
}
