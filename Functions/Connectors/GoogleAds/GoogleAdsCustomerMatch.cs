using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.GoogleAds;

/// <summary>Google Ads Customer Match over the Data Manager API: adds members to, and removes them from, a user list; each call is a job that is asked after.</summary>
/// <remarks>
/// Wire facts (Data Manager API v1, read 2026-08): developers.google.com/data-manager/api, audienceMembers.ingest and .remove (10,000 members a request),
/// requestStatus.retrieve, accountTypes.accounts.userLists, limits (300 requests a minute, 100,000 a day); protos in googleapis/googleapis, google/ads/datamanager/v1.
/// </remarks>
internal static class GoogleAdsCustomerMatch
{
    /// <summary>Until a job is asked after for the first time, and from then on. Ours: Google takes minutes to half an hour.</summary>
    private static readonly TimeSpan FirstPoll = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan NextPoll = TimeSpan.FromMinutes(2);

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "google-ads-customer-match",
        DisplayName = "Google Ads Customer Match",
        DocsUrl = new("https://developers.google.com/data-manager/api/devguides/audiences"),
        Summary = "Adds members to, and removes them from, a Customer Match list of a Google Ads account, matched by hashed contact data, device ids or your own ids.",
        RowAnswers = "A call is refused with the positions of members at fault; once taken, it is a job that ends with counts only: a few members at fault are found by sending halves again.",
        Notes =
        [
            "The Data Manager API must be on in the Google Cloud project, and the Customer Match terms accepted.",
            "Contact data is normalised and hashed here; values that are such digests already are passed on. An address counts with given name, family name, region and postal code only.",
            "A list shows its size once about 1,000 members matched.",
        ],
        Sources =
        [
            new("Data Manager API: send audience members", "https://developers.google.com/data-manager/api/devguides/audiences", "2026-08"),
            new("Data Manager API: formatting", "https://developers.google.com/data-manager/api/devguides/concepts/formatting", "2026-08"),
            new("Google Ads API: Customer Match", "https://developers.google.com/google-ads/api/docs/remarketing/audience-segments/customer-match/get-started", "2026-08"),
            new("Data Manager API: limits", "https://developers.google.com/data-manager/api/devguides/limits", "2026-08"),
        ],
        Settings = GoogleAdsSettings.All,
        CheckSettings = GoogleAdsSettings.Check,
        Fields = new() { Identifiers = GoogleAdsMembers.All, Need = IdentifierNeed.AtLeastOneOf, OnlyKnown = true },
        DefaultMapping = [new("email", "emailAddress", IsIdentifier: true), new("phone", "phoneNumber", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 10_000,
            ConcurrentCalls = 2, // ours
            CallsPerSecond = 5, // 300 a minute for the whole project
            CallsPerDay = 100_000,
            CallTimeout = TimeSpan.FromMinutes(2), // ours
            MaxResponseBytes = 4 * 1024 * 1024, // ours: a refusal may name thousands of members
        },
        CheckRow = GoogleAdsMembers.Check,
        Steps = [new() { Name = "members", BuildRequest = Members, ReadResponse = ReadMembers }, .. GoogleAdsOfflineJobs.Steps],
        PollJob = [new() { Name = "status", BuildRequest = Status, ReadResponse = ReadStatus }],
        Check = new()
        {
            Name = "lists",
            BuildRequest = static (_, settings, _) => GoogleAdsSettings.IsAdsApi(settings)
                ? GoogleAdsOfflineJobs.Check(settings)
                : Request(settings, HttpMethod.Get, $"{Lists(settings)}?pageSize=1"),
            ReadResponse = static (response, _, _, _) => GoogleAdsErrors.Read(response) ?? StepResult.Next,
        },
        FindAudience = [new() { Name = "find list", BuildRequest = Find, ReadResponse = ReadFind }],
        CreateAudience =
        [
            new() { Name = "create list", BuildRequest = Create, ReadResponse = ReadCreate },
            new() { Name = "find list created meanwhile", BuildRequest = Find, ReadResponse = ReadFind },
        ],
        Token = GoogleAdsSettings.Token,
        Authorize = GoogleAdsSettings.Authorize,
    };

    private static HttpRequestMessage? Members(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => GoogleAdsSettings.IsAdsApi(settings) ? null : JsonBody.Request(
        HttpMethod.Post,
        Address(settings, batch.Rows[0].Operation is DeliveryOperation.Remove ? "audienceMembers:remove" : "audienceMembers:ingest"),
        json => GoogleAdsMembers.Write(json, batch, settings));

    private static StepResult ReadMembers(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        GoogleAdsErrors.Read(response, batch) is { } failure ? failure
        : response.Json?.TextAt("requestId") is { Length: > 0 } id ? new DeliveryOutcome.Pending(id, FirstPoll)
        : new DeliveryOutcome.Failed("unexpected_answer", "Google gave no id for the request.");

    private static HttpRequestMessage Status(DeliveryJob job, ConnectorSettings settings, Notes notes) => GoogleAdsSettings.IsAdsApi(settings)
        ? GoogleAdsOfflineJobs.Status(job, settings)
        : Request(settings, HttpMethod.Get, $"requestStatus:retrieve?requestId={Uri.EscapeDataString(job.JobId)}");

    private static StepResult ReadStatus(ConnectorResponse response, DeliveryJob job, ConnectorSettings settings, Notes notes)
    {
        if (GoogleAdsErrors.Read(response) is { } failure)
        {
            return failure;
        }

        if (GoogleAdsSettings.IsAdsApi(settings))
        {
            return GoogleAdsOfflineJobs.ReadStatus(response, job);
        }

        var status = (response.Json ?? default).ItemsAt("requestStatusPerDestination").FirstOrDefault();
        return status.TextAt("requestStatus") switch
        {
            "SUCCESS" => DeliveryOutcome.AllAccepted(job.Batch),
            "PARTIAL_SUCCESS" or "FAILED" => ReadCounts(status, job.Batch),
            _ => new DeliveryOutcome.Pending(job.JobId, NextPoll),
        };
    }

    /// <summary>Counts by reason, of which the most frequent is told.</summary>
    private static StepResult ReadCounts(JsonElement status, DeliveryBatch batch)
    {
        var counts = status.ItemsAt("errorInfo", "errorCounts")
            .Select(item => (Reason: Bare(item.TextAt("reason")), Count: long.TryParse(item.TextAt("recordCount"), CultureInfo.InvariantCulture, out var count) ? count : 0))
            .OrderByDescending(item => item.Count).ToArray();
        var (reason, isAll) = (counts.Length > 0 ? counts[0].Reason : "FAILED", status.TextAt("requestStatus") is "FAILED");
        return reason switch
        {
            "INTERNAL_ERROR" => new DeliveryOutcome.Failed(reason, "Google could not process the members."),
            "TERMS_AND_CONDITIONS_NOT_SIGNED" => new DeliveryOutcome.Misconfigured(reason, "The Customer Match terms are not accepted in the Google Ads account."),
            _ => RowAnswers.Counted(batch, isAll ? batch.Rows.Length : counts.Sum(item => item.Count), [], reason, "Google did not take the member."),
        };
    }

    private static string Bare(string? reason) => reason is null ? "FAILED" : reason.Replace("PROCESSING_ERROR_REASON_", "", StringComparison.Ordinal);

    private static HttpRequestMessage Find(AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (GoogleAdsSettings.IsAdsApi(settings))
        {
            return GoogleAdsOfflineJobs.Find(audience, settings, notes.Cursor);
        }

        var name = audience.Name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        var page = notes.Cursor is { } cursor ? $"&pageToken={Uri.EscapeDataString(cursor)}" : "";
        return Request(settings, HttpMethod.Get, $"{Lists(settings)}?filter={Uri.EscapeDataString($"display_name=\"{name}\"")}&pageSize=1000{page}");
    }

    private static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        GoogleAdsErrors.Read(response) is { } failure ? failure
        : GoogleAdsSettings.IsAdsApi(settings) ? GoogleAdsOfflineJobs.ReadFind(response, audience)
        : response.Json is not { } json ? StepResult.Next
        : json.ItemsAt("userLists").FirstOrDefault(item => item.TextAt("displayName") == audience.Name).TextAt("id") is { } id ? new StepResult.Found(id)
        : json.TextAt("nextPageToken") is { Length: > 0 } next ? new StepResult.Page(next)
        : StepResult.Next;

    private static HttpRequestMessage Create(AudienceRef audience, ConnectorSettings settings, Notes notes)
    {
        if (GoogleAdsSettings.IsAdsApi(settings))
        {
            return GoogleAdsOfflineJobs.Create(audience, settings);
        }

        var request = Request(settings, HttpMethod.Post, Lists(settings));
        request.Content = JsonBody.Of(json =>
        {
            json.WriteStartObject();
            json.WriteString("displayName", audience.Name);
            json.WriteString("description", $"Kept by AudienceSync ({audience.Key}).");
            json.WriteString("membershipDuration", $"{GoogleAdsSettings.Days.NumberIn(settings) * 86_400L}s");
            json.WriteString("integrationCode", audience.Id);
            json.WriteStartObject("ingestedUserListInfo");
            json.WriteStartArray("uploadKeyTypes");
            json.WriteStringValue(GoogleAdsSettings.KeyType.In(settings));
            json.WriteEndArray();
            WriteKind(json, settings);
            json.WriteEndObject();
            json.WriteEndObject();
        });
        return request;
    }

    private static void WriteKind(Utf8JsonWriter json, ConnectorSettings settings)
    {
        const string source = "dataSourceType";
        const string firstParty = "DATA_SOURCE_TYPE_FIRST_PARTY";
        switch (GoogleAdsSettings.KeyType.In(settings))
        {
            case GoogleAdsSettings.ContactList:
                json.WriteStartObject("contactIdInfo");
                json.WriteString(source, firstParty);
                json.WriteEndObject();
                break;
            case GoogleAdsSettings.MobileList:
                json.WriteStartObject("mobileIdInfo");
                json.WriteString(source, firstParty);
                json.WriteString("keySpace", GoogleAdsSettings.KeySpace.In(settings));
                json.WriteString("appId", GoogleAdsSettings.AppId.In(settings));
                json.WriteEndObject();
                break;
            default:
                json.WriteStartObject("userIdInfo");
                json.WriteString(source, firstParty);
                json.WriteEndObject();
                break;
        }
    }

    private static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        GoogleAdsErrors.IsAlreadyThere(response) ? StepResult.Next
        : GoogleAdsErrors.Read(response) is { } failure ? failure
        : GoogleAdsSettings.IsAdsApi(settings) ? GoogleAdsOfflineJobs.ReadCreate(response)
        : response.Json?.TextAt("id") is { } id ? new StepResult.Found(id)
        : new DeliveryOutcome.Failed("unexpected_answer", "Google gave no id for the new list.");

    /// <summary>A request to an account's lists; where access goes through a manager account, a header says so.</summary>
    private static HttpRequestMessage Request(ConnectorSettings settings, HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, Address(settings, path));
        if (GoogleAdsSettings.ManagerId.IsSetIn(settings))
        {
            request.Headers.Add("login-account", $"accountTypes/GOOGLE_ADS/accounts/{GoogleAdsSettings.Digits(GoogleAdsSettings.ManagerId, settings)}");
        }

        return request;
    }

    private static string Lists(ConnectorSettings settings) => $"accountTypes/GOOGLE_ADS/accounts/{GoogleAdsSettings.Digits(GoogleAdsSettings.CustomerId, settings)}/userLists";

    private static string Address(ConnectorSettings settings, string path) => $"https://datamanager.googleapis.com/{GoogleAdsSettings.ApiVersion.In(settings)}/{path}";
}
