using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.GoogleAds;

/// <summary>Customer Match over the Google Ads API: a job is created, filled and run; members at fault are named when it is filled.</summary>
/// <remarks>
/// Wire facts (Google Ads API v23, read 2026-08): developers.google.com/google-ads/api/docs/remarketing/audience-segments/customer-match, offlineUserDataJobs
/// (create, addOperations with partial failures, run), googleAds:search, userLists:mutate. The older way, for accounts that have a developer token for it.
/// </remarks>
internal static class GoogleAdsOfflineJobs
{
    private const string Job = "job";

    /// <summary>A job takes six hours and more. Ours.</summary>
    private static readonly TimeSpan FirstPoll = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan NextPoll = TimeSpan.FromMinutes(30);

    public static ImmutableArray<Step<DeliveryBatch>> Steps { get; } =
    [
        new() { Name = "create job", BuildRequest = CreateJob, ReadResponse = ReadJob },
        new() { Name = "add operations", BuildRequest = AddOperations, ReadResponse = ReadOperations },
        new() { Name = "run job", BuildRequest = Run, ReadResponse = ReadRun },
    ];

    public static HttpRequestMessage Check(ConnectorSettings settings) => new(HttpMethod.Get, Address(settings, "customers:listAccessibleCustomers"));

    public static HttpRequestMessage Status(DeliveryJob job, ConnectorSettings settings) => Search(
        settings,
        $"SELECT offline_user_data_job.status, offline_user_data_job.failure_reason FROM offline_user_data_job WHERE offline_user_data_job.resource_name = '{job.JobId}'",
        page: null);

    public static StepResult ReadStatus(ConnectorResponse response, DeliveryJob job)
    {
        var found = (response.Json ?? default).ItemsAt("results").FirstOrDefault();
        return found.TextAt("offlineUserDataJob", "status") switch
        {
            "SUCCESS" => DeliveryOutcome.AllAccepted(job.Batch),
            "FAILED" => new DeliveryOutcome.Failed(found.TextAt("offlineUserDataJob", "failureReason") ?? "FAILED", "Google could not process the job."),
            _ => new DeliveryOutcome.Pending(job.JobId, NextPoll),
        };
    }

    public static HttpRequestMessage Find(AudienceRef audience, ConnectorSettings settings, string? page) => Search(
        settings, $"SELECT user_list.id, user_list.name FROM user_list WHERE user_list.name = '{Escaped(audience.Name)}'", page);

    public static StepResult ReadFind(ConnectorResponse response, AudienceRef audience) =>
        response.Json is not { } json ? StepResult.Next
        : json.ItemsAt("results").FirstOrDefault(item => item.TextAt("userList", "name") == audience.Name).TextAt("userList", "id") is { } id ? new StepResult.Found(id)
        : json.TextAt("nextPageToken") is { Length: > 0 } next ? new StepResult.Page(next)
        : StepResult.Next;

    public static HttpRequestMessage Create(AudienceRef audience, ConnectorSettings settings) => JsonBody.Request(HttpMethod.Post, Address(settings, $"{Customer(settings)}/userLists:mutate"), json =>
    {
        json.WriteStartObject();
        json.WriteStartArray("operations");
        json.WriteStartObject();
        json.WriteStartObject("create");
        json.WriteString("name", audience.Name);
        json.WriteString("membershipLifeSpan", GoogleAdsSettings.Days.NumberIn(settings).ToString(CultureInfo.InvariantCulture));
        json.WriteStartObject("crmBasedUserList");
        json.WriteString("uploadKeyType", GoogleAdsSettings.KeyType.In(settings) switch
        {
            GoogleAdsSettings.MobileList => "MOBILE_ADVERTISING_ID",
            GoogleAdsSettings.UserList => "CRM_ID",
            _ => "CONTACT_INFO",
        });
        if (GoogleAdsSettings.KeyType.In(settings) is GoogleAdsSettings.MobileList)
        {
            json.WriteString("appId", GoogleAdsSettings.AppId.In(settings));
        }

        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The id is the end of the list's resource name.</summary>
    public static StepResult ReadCreate(ConnectorResponse response) =>
        (response.Json ?? default).ItemsAt("results").FirstOrDefault().TextAt("resourceName")?.Split('/')[^1] is { Length: > 0 } id
            ? new StepResult.Found(id)
            : new DeliveryOutcome.Failed("unexpected_answer", "Google gave no id for the new list.");

    private static HttpRequestMessage? CreateJob(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => !GoogleAdsSettings.IsAdsApi(settings) ? null : JsonBody.Request(
        HttpMethod.Post, Address(settings, $"{Customer(settings)}/offlineUserDataJobs:create"), json =>
        {
            json.WriteStartObject();
            json.WriteStartObject("job");
            json.WriteString("type", "CUSTOMER_MATCH_USER_LIST");
            json.WriteStartObject("customerMatchUserListMetadata");
            json.WriteString("userList", $"{Customer(settings)}/userLists/{batch.Audience.ExternalId}");
            if (batch.Rows.Any(row => row.Operation is not DeliveryOperation.Remove))
            {
                GoogleAdsMembers.WriteConsent(json, settings, prefix: "");
            }

            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private static StepResult ReadJob(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (GoogleAdsErrors.Read(response) is { } failure)
        {
            return failure;
        }

        if (response.Json?.TextAt("resourceName") is not { Length: > 0 } name)
        {
            return new DeliveryOutcome.Failed("unexpected_answer", "Google gave no name for the job.");
        }

        notes.Set(Job, name);
        return StepResult.Next;
    }

    /// <summary>One operation a person, never several people in one.</summary>
    private static HttpRequestMessage? AddOperations(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (notes.Get<string>(Job) is not { } job)
        {
            return null;
        }

        using var table = IdentifierTable.Of(batch.Rows, GoogleAdsMembers.All);
        return JsonBody.Request(HttpMethod.Post, Address(settings, $"{job}:addOperations"), json =>
        {
            json.WriteStartObject();
            json.WriteBoolean("enablePartialFailure", true);
            json.WriteBoolean("enableWarnings", true);
            json.WriteStartArray("operations");
            for (var row = 0; row < batch.Rows.Length; row++)
            {
                json.WriteStartObject();
                json.WriteStartObject(batch.Rows[row].Operation is DeliveryOperation.Remove ? "remove" : "create");
                json.WriteStartArray("userIdentifiers");
                GoogleAdsMembers.WriteUserIdentifiers(json, table, row, GoogleAdsSettings.KeyType.In(settings));
                json.WriteEndArray();
                json.WriteEndObject();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    /// <summary>Operations that failed are named by their positions in this call; the others go on.</summary>
    private static StepResult ReadOperations(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (GoogleAdsErrors.Read(response) is { } failure)
        {
            return failure;
        }

        if (response.Json?.At("partialFailureError") is not { ValueKind: JsonValueKind.Object } partial || partial.NumberAt("code") is 0)
        {
            return StepResult.Next;
        }

        var answers = Enumerable.Repeat(RowAnswer.Next, batch.Rows.Length).ToArray();
        foreach (var error in partial.ItemsAt("details").SelectMany(detail => detail.ItemsAt("errors")))
        {
            var place = error.ItemsAt("location", "fieldPathElements").FirstOrDefault(element => element.TextAt("fieldName") == "operations");
            if (place.ValueKind is JsonValueKind.Undefined || (place.NumberAt("index") ?? 0) is var index && (index < 0 || index >= answers.Length))
            {
                return new DeliveryOutcome.Refused("partial_failure", partial.TextAt("message") ?? "Google refused some of the operations.");
            }

            var code = error.At("errorCode") is { ValueKind: JsonValueKind.Object } codes ? codes.EnumerateObject().Select(member => member.Value.ToString()).FirstOrDefault() : null;
            answers[index] = new RowOutcome(code is "CONCURRENT_MODIFICATION" ? RowFate.Retryable : RowFate.Rejected, code ?? "partial_failure", error.TextAt("message"));
        }

        return new StepResult.PerRow([.. answers]);
    }

    private static HttpRequestMessage? Run(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        notes.Get<string>(Job) is { } job ? new(HttpMethod.Post, Address(settings, $"{job}:run")) { Content = new ByteArrayContent([]) } : null;

    private static StepResult ReadRun(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        GoogleAdsErrors.Read(response) ?? new DeliveryOutcome.Pending(notes.Get<string>(Job)!, FirstPoll);

    private static HttpRequestMessage Search(ConnectorSettings settings, string query, string? page) => JsonBody.Request(HttpMethod.Post, Address(settings, $"{Customer(settings)}/googleAds:search"), json =>
    {
        json.WriteStartObject();
        json.WriteString("query", query);
        if (page is not null)
        {
            json.WriteString("pageToken", page);
        }

        json.WriteEndObject();
    });

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal);

    private static string Customer(ConnectorSettings settings) => $"customers/{GoogleAdsSettings.Digits(GoogleAdsSettings.CustomerId, settings)}";

    private static string Address(ConnectorSettings settings, string path) => $"https://googleads.googleapis.com/{GoogleAdsSettings.AdsApiVersion.In(settings)}/{path}";
}
