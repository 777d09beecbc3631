using System.Globalization;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Dotdigital;

/// <summary>Lists (once called address books): found, made, left.</summary>
internal static class DotdigitalLists
{
    /// <summary>Theirs, of a page of lists and of a list's name.</summary>
    private const int PageSize = 1_000;
    private const int MostNameLength = 128;

    /// <summary>Off this list and nothing else: one contact at once, several as a job.</summary>
    public static HttpRequestMessage? BuildLeave(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var contacts = $"/v2/address-books/{Uri.EscapeDataString(batch.Audience.ExternalId ?? "")}/contacts";
        var ids = batch.Rows.Select(row => row.RemoteId).OfType<string>().ToList();
        return ids switch
        {
            [] => null,
            [var id] => new(HttpMethod.Delete, DotdigitalConnector.Address(settings, $"{contacts}/{Uri.EscapeDataString(id)}")),
            _ => JsonBody.Request(HttpMethod.Post, DotdigitalConnector.Address(settings, $"{contacts}/delete"), json =>
            {
                json.WriteStartArray();
                foreach (var id in ids.Distinct(StringComparer.Ordinal))
                {
                    if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                    {
                        json.WriteNumberValue(number);
                    }
                    else
                    {
                        json.WriteStringValue(id);
                    }
                }

                json.WriteEndArray();
            }),
        };
    }

    public static StepResult ReadLeave(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response.Status == 404 && DotdigitalErrors.TokenIn(response) is not "ERROR_ADDRESSBOOK_NOT_FOUND" ? RowOutcome.Accepted // the contact is gone
        : DotdigitalErrors.Read(response) is { } failure ? failure
        : response.Status == 202 && response.Json?.TextAt("id") is { Length: > 0 } job ? DotdigitalJobs.Removal(job)
        : RowOutcome.Accepted;

    /// <summary>There is no filter by name: pages are read to the first empty one.</summary>
    public static HttpRequestMessage BuildFind(AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        new(HttpMethod.Get, DotdigitalConnector.Address(settings, $"/v2/address-books?select={PageSize.ToString(CultureInfo.InvariantCulture)}&skip={notes.Cursor ?? "0"}"));

    public static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (DotdigitalErrors.Read(response) is { } failure)
        {
            return failure;
        }

        var lists = response.Json?.ItemsAt().ToList() ?? [];
        return lists.FirstOrDefault(list => string.Equals(list.TextAt("name"), NameOf(audience), StringComparison.OrdinalIgnoreCase)).TextAt("id") is { } id ? new StepResult.Found(id)
            : lists.Count == 0 ? StepResult.Next
            : new StepResult.Page((int.Parse(notes.Cursor ?? "0", CultureInfo.InvariantCulture) + PageSize).ToString(CultureInfo.InvariantCulture));
    }

    public static HttpRequestMessage BuildCreate(AudienceRef audience, ConnectorSettings settings, string visibility) =>
        JsonBody.Request(HttpMethod.Post, DotdigitalConnector.Address(settings, "/v2/address-books"), json =>
        {
            json.WriteStartObject();
            json.WriteString("name", NameOf(audience));
            json.WriteString("visibility", visibility);
            json.WriteEndObject();
        });

    /// <summary>A list of that name was made in the meantime: it is looked up again.</summary>
    public static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        DotdigitalErrors.TokenIn(response) is "ERROR_ADDRESSBOOK_DUPLICATE" ? StepResult.Next
        : DotdigitalErrors.Read(response) is { } failure ? failure is DeliveryOutcome.Refused(var code, var detail) ? new DeliveryOutcome.Misconfigured(code, detail) : failure
        : response.Json?.TextAt("id") is { } id ? new StepResult.Found(id)
        : StepResult.Next;

    private static string NameOf(AudienceRef audience) => audience.Name.Length > MostNameLength ? audience.Name[..MostNameLength] : audience.Name;
}
