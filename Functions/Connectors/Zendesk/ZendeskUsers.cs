using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Values;

namespace AudienceSync.Connectors.Zendesk;

/// <summary>Users: looked up, created, updated.</summary>
internal static class ZendeskUsers
{
    public static readonly IdentifierRule ExternalId = Identifier.ExternalId.As("external_id").Trimmed();
    public static readonly IdentifierRule Email = Identifier.Email.As("email").TrimmedLowercase();

    /// <summary>Fields of the user itself; all others are user fields.</summary>
    public static ImmutableArray<string> RootFields { get; } = ["name", "alias", "phone", "details", "notes", "time_zone", "locale", "organization_id"];

    public static HttpRequestMessage BuildShowMany(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => new(
        HttpMethod.Get,
        ZendeskSettings.Address(settings, $"users/show_many.json?external_ids={string.Join(',', batch.Rows.Select(row => Uri.EscapeDataString(ExternalId.Of(row.Fields))))}"));

    /// <summary>Ids of ours are compared as Zendesk does: whatever their case.</summary>
    public static StepResult ReadShowMany(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (ResponseRules.Failure(response) is { } failure)
        {
            return failure;
        }

        var users = (response.Json?.ItemsAt("users") ?? []).Where(IsActive).ToLookup(user => user.TextAt("external_id") ?? "", StringComparer.OrdinalIgnoreCase);
        return StepResult.ForEach(batch, row => Found(users[ExternalId.Of(row.Fields)].FirstOrDefault(), row, batch, settings) ?? (Email.Of(row.Fields).Length > 0 ? RowAnswer.Next : RowOutcome.Accepted));
    }

    /// <summary>The search is full-text: what it finds is looked at.</summary>
    public static HttpRequestMessage? BuildSearch(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Email.Of(batch.Rows[0].Fields) is { Length: > 0 } email
        ? new(HttpMethod.Get, ZendeskSettings.Address(settings, $"users/search.json?query={Uri.EscapeDataString($"email:\"{email.Replace("\"", "", StringComparison.Ordinal)}\"")}"))
        : null;

    public static StepResult ReadSearch(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) => ResponseRules.Read(response, () =>
    {
        var row = batch.Rows[0];
        var user = (response.Json?.ItemsAt("users") ?? []).FirstOrDefault(user => IsActive(user) && string.Equals(user.TextAt("email"), Email.Of(row.Fields), StringComparison.OrdinalIgnoreCase));
        return Found(user, row, batch, settings) ?? RowOutcome.Accepted; // nobody there
    });

    public static HttpRequestMessage BuildUpsert(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Upsert(batch, settings, name: null);

    public static StepResult ReadUpsert(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var row = batch.Rows[0];
        if (response.Status == 422 && !HasName(row) && response.Json?.At("details", "name") is not null)
        {
            notes.Set($"unnamed {row.OperationId}", true);
            return StepResult.Next;
        }

        return ReadCreate(response, batch, settings, notes);
    }

    /// <summary>Zendesk knows nobody whom the row could mean, and asked for a name.</summary>
    public static bool IsUnnamed(DeliveryRow row, Notes notes) => notes.Get<bool>($"unnamed {row.OperationId}");

    public static HttpRequestMessage BuildCreate(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var fields = batch.Rows[0].Fields;
        return Upsert(batch, settings, fields["alias"].ToString() is { Length: > 0 } alias ? alias : Email.Of(fields) is { Length: > 0 } email ? email : ExternalId.Of(fields));
    }

    /// <summary>With a checkbox the user is a member now; with a tag only if it is there already.</summary>
    public static StepResult ReadCreate(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (Refusal(response) is { } refusal)
        {
            return refusal;
        }

        var user = response.Json?.At("user");
        return user?.TextAt("id") is not { } id ? new RowOutcome(RowFate.Uncertain, "unreadable_answer", "Zendesk took the user and did not say under which id.")
            : !ZendeskSettings.UsesTags(settings) || user.Value.TextsAt("tags").Contains(ZendeskSettings.MarkOf(batch.Audience, settings)) ? RowOutcome.AcceptedAs(id)
            : response.Status == 201 ? RowAnswer.Created(id)
            : RowAnswer.Known(id);
    }

    /// <summary>Wrong credentials may be a 200 about nobody.</summary>
    public static StepResult ReadMe(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) => ResponseRules.Read(response, () =>
        (response.Json?.TextAt("user", "id"), response.Json?.TextAt("user", "role")) switch
        {
            (null, _) => new DeliveryOutcome.Unauthorized("anonymous", "Zendesk answers as to an unknown visitor: the agent's email or the API token is wrong."),
            (_, "agent" or "admin") => StepResult.Next,
            (_, var role) => new DeliveryOutcome.Unauthorized("not_an_agent", $"Zendesk knows the user as '{role}'; an agent or admin is needed."),
        });

    /// <summary>What an answer about one user comes to, unless it is a success.</summary>
    public static StepResult? Refusal(ConnectorResponse response) => response.Status switch
    {
        >= 200 and <= 299 => null,
        409 => new RowOutcome(RowFate.Retryable, "conflict", Describe(response)),
        429 when response.Text.Contains("single unique user", StringComparison.OrdinalIgnoreCase) => new RowOutcome(RowFate.Retryable, "user_rate_limit", "Zendesk takes 5 updates a minute of one user."),
        400 or 413 or 422 => new RowOutcome(RowFate.Rejected, CodeOf(response), Describe(response)),
        _ => ResponseRules.Failure(response)!,
    };

    public static void WriteFields(Utf8JsonWriter json, Row fields, string? mark, bool isMember)
    {
        foreach (var (name, cell) in fields.Where(static field => RootFields.Contains(field.Key)))
        {
            json.WritePropertyName(name);
            CellJson.Write(json, cell);
        }

        var own = fields.Where(static field => !RootFields.Contains(field.Key) && field.Key != ExternalId.Field && field.Key != Email.Field).ToList();
        if (own.Count == 0 && mark is null)
        {
            return;
        }

        json.WriteStartObject("user_fields");
        foreach (var (name, cell) in own.Where(field => field.Key != mark))
        {
            json.WritePropertyName(name);
            CellJson.Write(json, cell);
        }

        if (mark is not null)
        {
            json.WriteBoolean(mark, isMember);
        }

        json.WriteEndObject();
    }

    private static HttpRequestMessage Upsert(DeliveryBatch batch, ConnectorSettings settings, string? name) =>
        JsonBody.Request(HttpMethod.Post, ZendeskSettings.Address(settings, "users/create_or_update.json"), json =>
        {
            var row = batch.Rows[0];
            json.WriteStartObject();
            json.WriteStartObject("user");
            if (name is not null)
            {
                json.WriteString("name", name);
            }

            WriteIdentifier(json, ExternalId, row);
            WriteIdentifier(json, Email, row);
            if (ZendeskSettings.Verified.FlagIn(settings))
            {
                json.WriteBoolean("verified", true);
            }

            json.WriteBoolean("skip_verify_email", ZendeskSettings.SkipVerifyEmail.FlagIn(settings));
            WriteFields(json, row.Fields, ZendeskSettings.UsesTags(settings) ? null : ZendeskSettings.MarkOf(batch.Audience, settings), isMember: true);
            json.WriteEndObject();
            json.WriteEndObject();
        });

    private static void WriteIdentifier(Utf8JsonWriter json, IdentifierRule rule, DeliveryRow row)
    {
        if (rule.Of(row.Fields) is { Length: > 0 } value)
        {
            json.WriteString(rule.Field, value);
        }
    }

    private static bool HasName(DeliveryRow row) => row.Fields["name"].ToString().Length > 0;

    private static bool IsActive(JsonElement user) => user.At("active") is not { ValueKind: JsonValueKind.False };

    /// <summary>The user of a look-up; null when there is none. Who leaves and has no such tag has left already.</summary>
    private static RowAnswer? Found(JsonElement user, DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings) =>
        user.TextAt("id") is not { } id ? null
        : row.Operation is DeliveryOperation.Remove && ZendeskSettings.UsesTags(settings) && user.At("tags") is { ValueKind: JsonValueKind.Array }
            && !user.TextsAt("tags").Contains(ZendeskSettings.MarkOf(batch.Audience, settings)) ? RowOutcome.Accepted
        : RowAnswer.Known(id);

    private static string CodeOf(ConnectorResponse response) => response.Json?.TextAt("error") is { Length: > 0 } code && !code.Contains(' ', StringComparison.Ordinal) ? code : $"http_{response.Status}";

    private static string Describe(ConnectorResponse response) => ResponseRules.Describe(response);
}
