using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Salesforce;

/// <summary>Members of a campaign: added, found and removed; and the campaign itself.</summary>
internal static class SalesforceMembers
{
    /// <summary>Theirs, of a campaign's name.</summary>
    private const int MostNameLength = 80;

    public static HttpRequestMessage BuildAdd(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.Collection(
        HttpMethod.Post, SalesforceSettings.Address(settings, "composite/sobjects"), batch, (json, row) =>
        {
            SalesforceAnswers.WriteType(json, "CampaignMember");
            json.WriteString("CampaignId", batch.Audience.ExternalId);
            json.WriteString(PersonField(settings), SalesforcePeople.IdOf(row));
            json.WriteString("Status", SalesforceSettings.MemberStatus.In(settings));
        });

    public static StepResult ReadAdd(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.ReadRows(
        response,
        batch,
        static (_, _) => RowOutcome.Accepted,
        static (row, code, outcome) => code is "DUPLICATE_VALUE" ? RowOutcome.Accepted // a member already
            : row.RemoteId is not null && !SalesforcePeople.HasRecordId(row) && SalesforceAnswers.IsGone(code) ? RowOutcome.Forgotten
            : outcome);

    public static HttpRequestMessage BuildFind(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (notes.Cursor is { } next)
        {
            return new(HttpMethod.Get, $"https://{SalesforceSettings.LoginHost.In(settings)}{next}");
        }

        var field = PersonField(settings);
        var people = string.Join(',', batch.Rows.Select(row => SalesforceAnswers.Quote(SalesforcePeople.IdOf(row)!)).Distinct(StringComparer.Ordinal));
        return SalesforceAnswers.Query(
            settings, $"SELECT Id,{field} FROM CampaignMember WHERE CampaignId={SalesforceAnswers.Quote(batch.Audience.ExternalId ?? "")} AND {field} IN ({people})");
    }

    /// <summary>Who is no member has left already.</summary>
    public static StepResult ReadFind(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (SalesforceAnswers.Failure(response) is { } failure)
        {
            return failure;
        }

        foreach (var member in response.Json?.ItemsAt("records") ?? [])
        {
            if (member.TextAt("Id") is { } id && member.TextAt(PersonField(settings)) is { } person)
            {
                notes.Set(NoteOf(person), id);
            }
        }

        return response.Json?.TextAt("nextRecordsUrl") is { Length: > 0 } next && next.StartsWith('/') ? new StepResult.Page(next)
            : StepResult.ForEach(batch, row => MemberOf(row, notes) is null ? RowOutcome.Accepted : RowAnswer.Next);
    }

    public static HttpRequestMessage? BuildRemove(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var ids = string.Join(',', batch.Rows.Select(row => MemberOf(row, notes)).OfType<string>());
        return ids.Length == 0 ? null : new(HttpMethod.Delete, SalesforceSettings.Address(settings, $"composite/sobjects?ids={ids}&allOrNone=false"));
    }

    public static StepResult ReadRemove(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.ReadRows(
        response, batch, static (_, _) => RowOutcome.Accepted, static (_, code, outcome) => SalesforceAnswers.IsGone(code) ? RowOutcome.Accepted : outcome);

    /// <summary>Names are not unique: the oldest campaign is taken.</summary>
    public static HttpRequestMessage BuildCampaignQuery(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        SalesforceAnswers.Query(settings, $"SELECT Id FROM Campaign WHERE Name={SalesforceAnswers.Quote(NameOf(audience))} ORDER BY CreatedDate,Id LIMIT 1");

    public static StepResult ReadCampaignQuery(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        SalesforceAnswers.Failure(response) is { } failure ? failure
        : response.Json?.ItemsAt("records").FirstOrDefault().TextAt("Id") is { } id ? new StepResult.Found(id)
        : StepResult.Next;

    public static HttpRequestMessage BuildCampaign(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Post, SalesforceSettings.Address(settings, "sobjects/Campaign"), json =>
        {
            json.WriteStartObject();
            json.WriteString("Name", NameOf(audience));
            json.WriteBoolean("IsActive", true);
            json.WriteEndObject();
        });

    public static StepResult ReadCampaign(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        SalesforceAnswers.Failure(response) is { } failure ? failure
        : response.Json?.TextAt("id") is { } id ? new StepResult.Found(id)
        : StepResult.Next;

    private static string NameOf(AudienceRef audience) => audience.Name.Length > MostNameLength ? audience.Name[..MostNameLength] : audience.Name;

    private static string PersonField(ConnectorSettings settings) => $"{SalesforceSettings.PersonObject.In(settings)}Id";

    private static string? MemberOf(DeliveryRow row, Notes notes) => SalesforcePeople.IdOf(row) is { } person ? notes.Get<string>(NoteOf(person)) : null;

    /// <summary>An id has 15 characters, or 18 of which the last three are a checksum of their case.</summary>
    private static string NoteOf(string person) => $"member of {(person.Length > 15 ? person[..15] : person)}";
}
