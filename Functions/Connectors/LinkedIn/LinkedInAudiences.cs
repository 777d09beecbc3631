using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Identifiers;

namespace AudienceSync.Connectors.LinkedIn;

/// <summary>LinkedIn matched audiences: adds people to, and removes them from, a DMP segment of one ad account.</summary>
/// <remarks>
/// Wire facts (version 202604, read 2026-08): learn.microsoft.com/linkedin/marketing/matched-audiences, create-and-manage-segments (found by our own key, the id
/// of a new one is in a header), create-and-manage-segment-users (BATCH_CREATE of 5,000, one status for each element, in order). Versions end after a year.
/// </remarks>
internal static class LinkedInAudiences
{
    private const int NameLength = 35;
    private const int TitleLength = 50;

    private static readonly SettingField AdAccount = SettingField.Text("adAccountId", "Ad account ID", "The digits in the address of Campaign Manager.", required: true, pattern: "[0-9]{1,20}");

    private static readonly SettingField ClientId = SettingField.Text("clientId", "Client ID", "Of the app, which needs LinkedIn's approval for rw_dmp_segments.", required: true, pattern: "[A-Za-z0-9._-]{1,128}");

    private static readonly SettingField ClientSecret = SettingField.Secret("clientSecret", "Client secret", "Of that app.", required: true);

    private static readonly SettingField RefreshToken = SettingField.Secret(
        "refreshToken", "Refresh token", "Of a member with a role other than viewer on the ad account; it ends after a year.", required: true);

    private static readonly SettingField SourcePlatform = SettingField.Text(
        "sourcePlatform", "Source platform", "The name LinkedIn granted to the app's owner.", pattern: "[A-Z0-9_]{1,64}", @default: "LIST_UPLOAD");

    private static readonly SettingField ApiVersion = SettingField.Text("apiVersion", "API version", "Year and month. LinkedIn ends a version about a year after it came.", pattern: "20[0-9]{2}[01][0-9]", @default: "202604");

    private static readonly IdentifierRule Email = Identifier.Email.As("SHA256_EMAIL").WithoutWhitespace().Lowercase().Sha256Hex();

    private static readonly ImmutableArray<IdentifierRule> Identifiers =
    [
        Email,
        Email.Source.As("SHA512_EMAIL").WithoutWhitespace().Lowercase().Sha512Hex(),
        Identifier.Gaid.As("GOOGLE_AID").Trimmed(), // plain, as issued
    ];

    /// <summary>Plain texts beside the identifiers, with the length LinkedIn takes.</summary>
    private static readonly ImmutableArray<(string Name, int Length)> Texts =
        [("firstName", NameLength), ("lastName", NameLength), ("title", TitleLength), ("company", 1_000), ("country", 1_000)];

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "linkedin-audiences",
        DisplayName = "LinkedIn matched audiences",
        DocsUrl = new("https://learn.microsoft.com/linkedin/marketing/matched-audiences/create-and-manage-segment-users"),
        Summary = "Adds members to, and removes them from, a matched audience of a LinkedIn ad account, matched by hashed e-mail or Google advertising id.",
        RowAnswers = "Each member has a status of its own, in the order sent; an empty answer accepts all.",
        Notes =
        [
            "The app needs LinkedIn's approval for the Audiences program, and the member a role other than viewer.",
            "A new audience takes members after some seconds, at times after a minute or two; the first call is repeated until then.",
            "An audience needs 300 matched members to be used, and is built within one to two days.",
        ],
        Sources =
        [
            new("DMP segment users, 2026-04", "https://learn.microsoft.com/linkedin/marketing/matched-audiences/create-and-manage-segment-users", "2026-08"),
            new("DMP segments, 2026-04", "https://learn.microsoft.com/linkedin/marketing/matched-audiences/create-and-manage-segments", "2026-08"),
            new("Programmatic refresh tokens", "https://learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens", "2026-08"),
        ],
        Settings = [AdAccount, ClientId, ClientSecret, RefreshToken, SourcePlatform, ApiVersion],
        Fields = new() { Identifiers = Identifiers, Need = IdentifierNeed.AtLeastOneOf, Known = [.. Texts.Select(text => text.Name)], OnlyKnown = true },
        DefaultMapping = [new("email", "SHA256_EMAIL", IsIdentifier: true)],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 5_000,
            ConcurrentCalls = 2, // ours
            CallsPerSecond = 10, // 600 a minute and member
            CallTimeout = TimeSpan.FromMinutes(1), // ours
            MaxResponseBytes = 4 * 1024 * 1024, // ours: 5,000 elements, each with room for an error
            MixesOperations = true,
        },
        CheckRow = static (row, _, _) => Identifiers.Any(rule => rule.IsFilled(row.Fields))
            ? null
            : new(RowFate.Rejected, "missing_identifier", "The member has neither an e-mail address nor a Google advertising id."),
        Steps = [new() { Name = "users", BuildRequest = Users, ReadResponse = ReadUsers }],
        Check = new() { Name = "role", BuildRequest = Who, ReadResponse = ReadWho },
        FindAudience = [new() { Name = "find segment", BuildRequest = Find, ReadResponse = ReadFind }],
        CreateAudience =
        [
            new() { Name = "create segment", BuildRequest = Create, ReadResponse = ReadCreate },
            new() { Name = "find segment created meanwhile", BuildRequest = Find, ReadResponse = ReadFind },
        ],
        Token = new()
        {
            BuildRequest = static settings => OAuthTokens.Refresh(
                new("https://www.linkedin.com/oauth/v2/accessToken"), RefreshToken.In(settings), ClientId.In(settings), ClientSecret.In(settings)),
            ReadResponse = OAuthTokens.Read,
            RefreshToken = RefreshToken,
        },
        Authorize = static context =>
        {
            var headers = context.Request.Headers;
            headers.Authorization = new("Bearer", context.Token);
            headers.Add("LinkedIn-Version", ApiVersion.In(context.Settings));
            headers.Add("X-Restli-Protocol-Version", "2.0.0");
        },
    };

    private static HttpRequestMessage Users(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        using var table = IdentifierTable.Of(batch.Rows, Identifiers);
        var request = JsonBody.Request(HttpMethod.Post, Address($"dmpSegments/{batch.Audience.ExternalId}/users"), json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("elements");
            for (var row = 0; row < batch.Rows.Length; row++)
            {
                json.WriteStartObject();
                json.WriteString("action", batch.Rows[row].Operation is DeliveryOperation.Remove ? "REMOVE" : "ADD");
                json.WriteStartArray("userIds");
                for (var rule = 0; rule < Identifiers.Length; rule++)
                {
                    if (table[row, rule] is { IsEmpty: false } id)
                    {
                        json.WriteStartObject();
                        json.WriteString("idType", Identifiers[rule].Field);
                        json.WriteString("idValue", id);
                        json.WriteEndObject();
                    }
                }

                json.WriteEndArray();
                foreach (var (name, length) in Texts)
                {
                    if (batch.Rows[row].Fields[name].ToString().Trim() is { Length: > 0 } text)
                    {
                        json.WriteString(name, text.Length > length ? text[..length] : text);
                    }
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
        request.Headers.Add("X-RestLi-Method", "BATCH_CREATE");
        return request;
    }

    private static StepResult ReadUsers(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (!response.IsSuccess)
        {
            // A new segment is not there for its users at once.
            return response.Status == 404 ? new DeliveryOutcome.Failed("segment_not_ready", Detail(response)) : Failure(response);
        }

        if (response.Body.IsEmpty)
        {
            return DeliveryOutcome.AllAccepted(batch);
        }

        if (response.Json?.At("elements") is not { ValueKind: JsonValueKind.Array } elements)
        {
            return new DeliveryOutcome.Failed("unexpected_answer", "LinkedIn's answer has no elements.");
        }

        var answers = elements.EnumerateArray().ToArray();
        return new DeliveryOutcome.Settled([.. batch.Rows.Select((row, index) => index < answers.Length
            ? Read(answers[index], row)
            : new(RowFate.Retryable, "no_answer", "LinkedIn gave no answer for the member."))]);
    }

    /// <summary>Who is on no list need not be taken off it.</summary>
    private static RowOutcome Read(JsonElement element, DeliveryRow row) => element.NumberAt("status") switch
    {
        null => new(RowFate.Retryable, "no_answer", "LinkedIn gave no status for the member."),
        404 when row.Operation is DeliveryOperation.Remove => RowOutcome.Accepted,
        var status => RowAnswers.FromStatus((int)Math.Clamp(status.Value, 0, 599), element.TextAt("error", "code"), element.TextAt("error", "message")),
    };

    /// <summary>The member first, then the member's role on the account.</summary>
    private static HttpRequestMessage Who(ConnectionProbe probe, ConnectorSettings settings, Notes notes) => new(
        HttpMethod.Get, Address(notes.Cursor is { } person ? $"adAccountUsers/account=urn:li:sponsoredAccount:{AdAccount.In(settings)}&user=urn:li:person:{Uri.EscapeDataString(person)}" : "me"));

    private static StepResult ReadWho(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes)
    {
        if (!response.IsSuccess)
        {
            return response.Status == 404 && notes.Cursor is not null
                ? new DeliveryOutcome.Misconfigured("account_not_visible", $"The member has no role on the ad account {AdAccount.In(settings)}.")
                : Failure(response);
        }

        return notes.Cursor is null
            ? response.Json?.TextAt("id") is { } id ? new StepResult.Page(id) : new DeliveryOutcome.Failed("unexpected_answer", "LinkedIn did not say who the member is.")
            : response.Json?.TextAt("role") is "VIEWER" ? new DeliveryOutcome.Unauthorized("viewer", "The member may only view the ad account; another role is needed.")
            : StepResult.Next;
    }

    private static HttpRequestMessage Find(AudienceRef audience, ConnectorSettings settings, Notes notes) => new(
        HttpMethod.Get,
        Address($"dmpSegments?q=account&account={Uri.EscapeDataString(Account(settings))}&sourceSegmentId={Uri.EscapeDataString(audience.Key)}&sourcePlatform={SourcePlatform.In(settings)}"));

    /// <summary>Segments of people and of companies may share a key.</summary>
    private static StepResult ReadFind(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        !response.IsSuccess ? Failure(response)
        : response.Json is { } json && json.ItemsAt("elements").FirstOrDefault(item => item.TextAt("type") is null or "USER").TextAt("id") is { } id ? new StepResult.Found(id)
        : StepResult.Next;

    private static HttpRequestMessage Create(AudienceRef audience, ConnectorSettings settings, Notes notes) => JsonBody.Request(HttpMethod.Post, Address("dmpSegments"), json =>
    {
        json.WriteStartObject();
        json.WriteString("name", audience.Name);
        json.WriteString("sourcePlatform", SourcePlatform.In(settings));
        json.WriteString("sourceSegmentId", audience.Key);
        json.WriteString("account", Account(settings));
        json.WriteString("type", "USER");
        json.WriteStartArray("destinations");
        json.WriteStartObject();
        json.WriteString("destination", "LINKEDIN");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    });

    /// <summary>The id is in a header, whose name changed with the versions. 409: somebody was faster.</summary>
    private static StepResult ReadCreate(ConnectorResponse response, AudienceRef audience, ConnectorSettings settings, Notes notes) =>
        response.Status == 409 ? StepResult.Next
        : !response.IsSuccess ? Failure(response)
        : (response.Header("x-restli-id") ?? response.Header("x-linkedin-id")) is { Length: > 0 } id ? new StepResult.Found(id)
        : StepResult.Next;

    /// <summary>403 is a permission that the app or the member lacks; a version that ended is 426.</summary>
    private static DeliveryOutcome Failure(ConnectorResponse response)
    {
        var code = response.Json is { } json && (json.TextAt("code") ?? json.TextAt("serviceErrorCode")) is { } given ? $"linkedin_{given}" : $"http_{response.Status}";
        return ResponseRules.Failure(response) switch
        {
            DeliveryOutcome.Throttled throttled => throttled,
            DeliveryOutcome.Failed => new DeliveryOutcome.Failed(code, Detail(response)),
            DeliveryOutcome.Unauthorized => new DeliveryOutcome.Unauthorized(code, Detail(response)),
            DeliveryOutcome.Refused => new DeliveryOutcome.Refused(code, Detail(response)),
            _ => new DeliveryOutcome.Misconfigured(code, Detail(response)),
        };
    }

    private static string Detail(ConnectorResponse response) => response.Json?.TextAt("message") ?? ResponseRules.Describe(response);

    private static string Account(ConnectorSettings settings) => $"urn:li:sponsoredAccount:{AdAccount.In(settings)}";

    private static string Address(string path) => $"https://api.linkedin.com/rest/{path}";
}
