using System.Text.Json;
using System.Text.RegularExpressions;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Salesforce;

/// <summary>Contacts or leads: found by external id or email, updated, created.</summary>
internal static partial class SalesforcePeople
{
    public static readonly IdentifierRule Email = Identifier.Email.As("Email").TrimmedLowercase();
    public static readonly IdentifierRule ExternalId = Identifier.ExternalId.As("ExternalId").Trimmed();
    public static readonly IdentifierRule RecordId = new Identifier("salesforce_id").As("Id").Trimmed();

    /// <summary>The record's id: mapped, else learnt. Null when it is not known.</summary>
    public static string? IdOf(DeliveryRow row) => RecordId.Of(row.Fields) is { Length: > 0 } id ? id : row.RemoteId;

    public static bool HasRecordId(DeliveryRow row) => RecordId.Of(row.Fields).Length > 0;

    /// <summary>Anything to write beside what the person was found by.</summary>
    public static bool HasFields(DeliveryRow row) => row.Fields.Any(field => !SalesforceConnector.Definition.Fields.IsIdentifier(field.Key));

    public static RowOutcome? CheckRow(DeliveryRow row, ConnectorSettings settings) =>
        RecordId.Of(row.Fields) is { Length: > 0 } id ? RecordIdForm().IsMatch(id) ? null : new(RowFate.Rejected, "invalid_id", "A Salesforce ID has 15 or 18 letters and digits.")
        : KeyOf(row, settings).Length == 0 && row.RemoteId is null
            ? new(RowFate.Rejected, "missing_identifier", SalesforceSettings.ExternalIdField.IsSetIn(settings) ? "The connection matches people by external id, and the member has none." : "The member has no email.")
        : null;

    public static HttpRequestMessage BuildLookUp(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (notes.Cursor is { } next)
        {
            return new(HttpMethod.Get, $"https://{SalesforceSettings.LoginHost.In(settings)}{next}");
        }

        var (person, field) = (SalesforceSettings.PersonObject.In(settings), FieldIn(settings));
        var values = string.Join(',', batch.Rows.Select(row => SalesforceAnswers.Quote(KeyOf(row, settings))).Distinct(StringComparer.Ordinal));
        return SalesforceAnswers.Query(
            settings, $"SELECT Id,{field} FROM {person} WHERE {field} IN ({values}){(person is "Lead" ? " AND IsConverted=false" : "")} ORDER BY CreatedDate,Id");
    }

    /// <summary>The first record of each key is the oldest. Whoever is not there is done with when nobody may be created.</summary>
    public static StepResult ReadLookUp(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (SalesforceAnswers.Failure(response) is { } failure)
        {
            return failure;
        }

        var ids = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var record in response.Json?.ItemsAt("records") ?? [])
        {
            if (record.TextAt("Id") is { } id && record.TextAt(FieldIn(settings)) is { } key)
            {
                ids.TryAdd(key, id);
            }
        }

        RowAnswer Learnt(DeliveryRow row) => row.RemoteId is null && ids.TryGetValue(KeyOf(row, settings), out var id) ? RowAnswer.Known(id) : RowAnswer.Next;

        return response.Json?.TextAt("nextRecordsUrl") is { Length: > 0 } next && next.StartsWith('/')
            ? new StepResult.Page(next, [.. batch.Rows.Select(Learnt)])
            : StepResult.ForEach(batch, row =>
                row.RemoteId is not null || ids.ContainsKey(KeyOf(row, settings)) ? Learnt(row)
                : row.Operation is DeliveryOperation.Remove || batch.AttributesOnly ? RowOutcome.Accepted // nobody there
                : SalesforceSettings.CreatePeople.FlagIn(settings) ? RowAnswer.Next
                : new RowOutcome(RowFate.Rejected, "not_found", "Salesforce has no such person, and the connection creates none."));
    }

    public static HttpRequestMessage BuildUpsert(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.Collection(
        HttpMethod.Patch,
        SalesforceSettings.Address(settings, $"composite/sobjects/{SalesforceSettings.PersonObject.In(settings)}/{SalesforceSettings.ExternalIdField.In(settings)}"),
        batch,
        (json, row) => WritePerson(json, row, settings, id: null));

    public static HttpRequestMessage BuildUpdate(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.Collection(
        HttpMethod.Patch, SalesforceSettings.Address(settings, "composite/sobjects"), batch, (json, row) => WritePerson(json, row, settings, IdOf(row)));

    public static HttpRequestMessage BuildCreate(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.Collection(
        HttpMethod.Post, SalesforceSettings.Address(settings, "composite/sobjects"), batch, (json, row) => WritePerson(json, row, settings, id: null));

    /// <summary>Of an id that was remembered and is no longer there, the person is looked for anew.</summary>
    public static StepResult ReadWrite(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) => SalesforceAnswers.ReadRows(
        response,
        batch,
        static (_, record) => record.TextAt("id") is not { } id ? RowAnswer.Next : record.At("created") is { ValueKind: JsonValueKind.True } ? RowAnswer.Created(id) : RowAnswer.Known(id),
        static (row, code, outcome) => row.RemoteId is not null && !HasRecordId(row) && SalesforceAnswers.IsGone(code) ? RowOutcome.Forgotten : outcome);

    private static void WritePerson(Utf8JsonWriter json, DeliveryRow row, ConnectorSettings settings, string? id)
    {
        SalesforceAnswers.WriteType(json, SalesforceSettings.PersonObject.In(settings));
        if (id is not null)
        {
            json.WriteString("id", id);
        }

        foreach (var (name, cell) in row.Fields)
        {
            if (name == ExternalId.Field)
            {
                if (SalesforceSettings.ExternalIdField.IsSetIn(settings))
                {
                    json.WriteString(SalesforceSettings.ExternalIdField.In(settings), ExternalId.Of(row.Fields));
                }
            }
            else if (name == Email.Field)
            {
                json.WriteString(name, Email.Of(row.Fields));
            }
            else if (name != RecordId.Field)
            {
                json.WritePropertyName(name);
                CellJson.Write(json, cell.Type is CellType.TextList ? Cell.Of(string.Join(';', cell.AsTextList())) : cell); // of a multi-select picklist
            }
        }
    }

    private static string FieldIn(ConnectorSettings settings) => SalesforceSettings.ExternalIdField.IsSetIn(settings) ? SalesforceSettings.ExternalIdField.In(settings) : Email.Field;

    private static string KeyOf(DeliveryRow row, ConnectorSettings settings) => (SalesforceSettings.ExternalIdField.IsSetIn(settings) ? ExternalId : Email).Of(row.Fields);

    [GeneratedRegex("^(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{18})$", RegexOptions.CultureInvariant)]
    private static partial Regex RecordIdForm();
}
