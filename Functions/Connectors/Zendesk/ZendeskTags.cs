using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Zendesk;

/// <summary>The mark of a member: a tag, added and taken away without touching the others; or a checkbox field, which must exist.</summary>
internal static class ZendeskTags
{
    public static HttpRequestMessage BuildAdd(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Tags(HttpMethod.Put, batch, settings);

    public static StepResult ReadAdd(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 ? RowOutcome.Forgotten
        : ZendeskUsers.Refusal(response) is { } refusal ? refusal
        : response.Json?.At("tags") is { } tags && !tags.TextsAt().Contains(ZendeskSettings.MarkOf(batch.Audience, settings))
            ? new DeliveryOutcome.Misconfigured("tags_off", "Zendesk took the tag and did not keep it: switch on tags on users and organizations in its Admin Center, or let members have a field.")
        : RowOutcome.Accepted;

    public static HttpRequestMessage BuildRemove(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Tags(HttpMethod.Delete, batch, settings);

    public static StepResult ReadRemove(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 ? RowOutcome.Accepted // the user is gone
        : ZendeskUsers.Refusal(response) is { } refusal ? refusal
        : RowOutcome.Accepted;

    /// <summary>A tag is there once somebody has it, so that there is nothing to find: the call shows that tags may be read. A field is looked for by its key.</summary>
    public static HttpRequestMessage BuildFind(AudienceRef audience, ConnectorSettings settings, Notes notes) => new(
        HttpMethod.Get,
        notes.Cursor ?? ZendeskSettings.Address(settings, ZendeskSettings.UsesTags(settings)
            ? $"autocomplete/tags.json?name={Uri.EscapeDataString(ZendeskSettings.MarkOf(audience, settings))}"
            : "user_fields.json"));

    public static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) => ResponseRules.Read(response, () =>
    {
        var mark = ZendeskSettings.MarkOf(audience, settings);
        if (ZendeskSettings.UsesTags(settings))
        {
            return new StepResult.Found(mark);
        }

        var field = response.Json?.ItemsAt("user_fields").FirstOrDefault(field => field.TextAt("key") == mark);
        return field?.TextAt("type") switch
        {
            "checkbox" => new StepResult.Found(mark),
            { } type => new DeliveryOutcome.Misconfigured("wrong_field_type", $"Zendesk's user field '{mark}' is of the type '{type}'; a checkbox is needed."),
            null => response.Json?.TextAt("next_page") is { Length: > 0 } next && IsTheirs(next, settings) ? new StepResult.Page(next) : StepResult.Next,
        };
    });

    public static HttpRequestMessage BuildField(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Post, ZendeskSettings.Address(settings, "user_fields.json"), json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("user_field");
            json.WriteString("type", "checkbox");
            json.WriteString("title", audience.Name);
            json.WriteString("key", ZendeskSettings.MarkOf(audience, settings));
            json.WriteEndObject();
            json.WriteEndObject();
        });

    public static StepResult ReadField(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response.Status == 422 && response.Text.Contains("taken", StringComparison.OrdinalIgnoreCase) ? new StepResult.Found(ZendeskSettings.MarkOf(audience, settings)) // a lost race
        : ResponseRules.Read(response, () => new StepResult.Found(response.Json?.TextAt("user_field", "key") ?? ZendeskSettings.MarkOf(audience, settings)));

    private static HttpRequestMessage Tags(HttpMethod method, DeliveryBatch batch, ConnectorSettings settings) =>
        JsonBody.Request(method, ZendeskSettings.Address(settings, $"users/{Uri.EscapeDataString(batch.Rows[0].RemoteId!)}/tags.json"), json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("tags");
            json.WriteStringValue(ZendeskSettings.MarkOf(batch.Audience, settings));
            json.WriteEndArray();
            json.WriteEndObject();
        });

    /// <summary>A link in an answer is followed within the account's address only; another would be sent the credentials.</summary>
    private static bool IsTheirs(string link, ConnectorSettings settings) =>
        Uri.TryCreate(link, UriKind.Absolute, out var address)
        && (address.Host == new Uri(ZendeskSettings.Address(settings, "")).Host || address.Authority == BaseUrl.Of(settings)?.Authority);
}
