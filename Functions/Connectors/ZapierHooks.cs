using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;
using AudienceSync.Values;

namespace AudienceSync.Connectors;

/// <summary>Webhooks by Zapier: one call to a catch hook for each change of membership, or one with many.</summary>
/// <remarks>
/// Wire facts: help.zapier.com, "Trigger Zaps from webhooks" and "Webhooks by Zapier rate limits" (unversioned, read 2026-08): nested keys are flattened, an array starts the Zap
/// once for each element, 429 above some 30 calls a second, try again after anything but 200. Not confirmed there: 10 MB a call. A 200 says that the call was queued; a hook whose
/// Zap was deleted may answer it too.
/// </remarks>
internal static class ZapierHooks
{
    private const string HookPattern = @"https://(?:[a-z0-9-]+\.)*zapier\.com/[!-~]+";
    private const string HookHelp = "It begins with https://hooks.zapier.com/hooks/catch/. Whoever knows it can start the Zap, so it is kept secret.";

    /// <summary>The names that each call has beside the mapped fields.</summary>
    private static readonly FrozenSet<string> Ours = FrozenSet.Create(
        StringComparer.Ordinal, "event", "event_id", "occurred_at", "audience_id", "audience_key", "audience_name", "profile_id", "run_id", "test");

    private static readonly SettingField HookUrl = SettingField.Secret("hookUrl", "Hook address", $"Of the Zap's trigger, Catch Hook. {HookHelp}", required: true, pattern: HookPattern);

    private static readonly SettingField ExitHookUrl = SettingField.Secret(
        "exitHookUrl", "Hook address for exits", $"Of another Zap, if those who leave are to start another one than those who enter. {HookHelp}", pattern: HookPattern);

    private static readonly SettingField BatchSize = SettingField.Number(
        "batchSize", "Members per call", "1: a call a member. More: a call holds a list, which starts the Zap once for each member.", 1, 100, 1);

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "zapier",
        DisplayName = "Zapier",
        DocsUrl = new("https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zaps-from-webhooks"),
        Summary = "Starts a Zap for everyone who enters, changes in, or leaves the audience.",
        RowAnswers = "A call succeeds or fails as a whole, also one with many members; 200 says that it was queued, not that the Zap ran.",
        Notes =
        [
            "Each member of the first run starts the Zap, which Zapier counts as a task: begin with firstRun newOnly, or raise the Zap's flood protection (100 at a time by default).",
            "Zapier recognises no repeated call: event_id is the same on each retry, for a filter in the Zap.",
            "A deleted Zap may still answer with success.",
        ],
        Sources =
        [
            new("Zapier help: trigger Zaps from webhooks", "https://help.zapier.com/hc/en-us/articles/8496288690317-Trigger-Zaps-from-webhooks", "2026-08"),
            new("Zapier help: rate limits of Webhooks by Zapier", "https://help.zapier.com/hc/en-us/articles/29972220119309-Webhooks-by-Zapier-rate-limits", "2026-08"),
        ],
        Settings = [HookUrl, ExitHookUrl, BatchSize],
        CheckSettings = CheckSettings,
        Fields = new()
        {
            NamePattern = $"^(?!(?:{string.Join('|', Ours.Order(StringComparer.Ordinal))})$)",
            NameHint = "that name is set by the call itself",
        },
        DefaultMapping = [new("email", "email", IsIdentifier: true), new("firstName", "first_name")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 25,
            MaxBodyBytes = 10_000_000,
            CallsPerSecond = 10, // ours; theirs is about 30
            ConcurrentCalls = 2,
            MixesOperations = true,
            UnmentionedRow = RowFate.Accepted,
        },
        CapabilitiesFor = static (settings, _) => Definition!.Capabilities with { RowsPerBatch = Math.Max(25, BatchSize.NumberIn(settings)) },
        Steps = [new() { Name = "hook", Parts = ByHook, BuildRequest = BuildRequest, ReadResponse = ReadResponse }],
        Check = new()
        {
            Name = "sample",
            BuildRequest = static (probe, settings, _) => JsonBody.Request(HttpMethod.Post, HookUrl.In(settings), json => WriteTest(json, probe)),
            ReadResponse = static (response, _, _, _) => Failure(response) is { } failure ? failure : StepResult.Next,
        },
    };

    private static IEnumerable<DeliveryBatch> ByHook(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Parts.By(row => HookOf(row, settings).Name, BatchSize.NumberIn(settings))(batch, settings, notes);

    private static SettingField HookOf(DeliveryRow row, ConnectorSettings settings) =>
        row.Operation is DeliveryOperation.Remove && ExitHookUrl.IsSetIn(settings) ? ExitHookUrl : HookUrl;

    private static HttpRequestMessage BuildRequest(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        JsonBody.Request(HttpMethod.Post, HookOf(batch.Rows[0], settings).In(settings), json =>
        {
            if (BatchSize.NumberIn(settings) == 1)
            {
                Write(json, batch.Rows[0], batch);
                return;
            }

            json.WriteStartArray();
            foreach (var row in batch.Rows)
            {
                Write(json, row, batch);
            }

            json.WriteEndArray();
        });

    private static void Write(Utf8JsonWriter json, DeliveryRow row, DeliveryBatch batch)
    {
        json.WriteStartObject();
        json.WriteString("event", row.Operation switch
        {
            DeliveryOperation.Add => "audience_entered",
            DeliveryOperation.Update => "profile_updated",
            _ => "audience_exited",
        });
        json.WriteString("event_id", row.OperationId);
        json.WriteString("occurred_at", Timestamps.Format(batch.AsOf));
        json.WriteString("audience_id", batch.Audience.Id);
        json.WriteString("audience_key", batch.Audience.Key);
        json.WriteString("audience_name", batch.Audience.Name);
        json.WriteString("profile_id", row.ProfileId);
        foreach (var (name, cell) in row.Fields.Where(static field => !Ours.Contains(field.Key)))
        {
            json.WritePropertyName(name);
            CellJson.Write(json, cell.IsAbsent ? Cell.Of("") : cell); // Zapier drops keys that are null
        }

        json.WriteString("run_id", batch.RunId);
        json.WriteEndObject();
    }

    /// <summary>There is no call that only reads: a catch hook catches whatever comes.</summary>
    private static void WriteTest(Utf8JsonWriter json, ConnectionProbe probe)
    {
        json.WriteStartObject();
        json.WriteBoolean("test", true);
        json.WriteString("event", "test");
        json.WriteString("event_id", probe.Id);
        json.WriteString("occurred_at", Timestamps.Format(probe.At));
        json.WriteEndObject();
    }

    private static StepResult ReadResponse(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Failure(response) is { } failure ? failure : DeliveryOutcome.AllAccepted(batch);

    /// <summary>Whatever is not a success is worth another try, says Zapier; but not a hook that is gone, nor a call that is too large.</summary>
    private static DeliveryOutcome? Failure(ConnectorResponse response) => response.Status switch
    {
        >= 200 and <= 299 => response.Json?.TextAt("status") is { } status && status is not "success"
            ? new DeliveryOutcome.Failed("not_queued", ResponseRules.Describe(response))
            : null,
        404 or 410 => new DeliveryOutcome.Misconfigured("hook_gone", "Zapier knows no such hook: the Zap was deleted or its trigger was changed. Set the address of a Zap that is on."),
        413 or 429 or (>= 300 and <= 399) => ResponseRules.Failure(response),
        _ => new DeliveryOutcome.Failed($"http_{response.Status}", ResponseRules.Describe(response)),
    };

    /// <summary>The host is looked at as it will be called: a name that only ends like Zapier's is another's.</summary>
    private static ImmutableArray<Fault> CheckSettings(ConnectorSettings settings) =>
    [
        .. from field in new[] { HookUrl, ExitHookUrl }
           where field.IsSetIn(settings) && !IsHook(field.In(settings))
           select new Fault(SettingRules.PointerTo(field), "invalid_url", $"{field.Label} must be an https address of zapier.com."),
    ];

    private static bool IsHook(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address is { Scheme: "https", UserInfo.Length: 0, Fragment.Length: 0, IsDefaultPort: true }
        && (address.Host is "zapier.com" || address.Host.EndsWith(".zapier.com", StringComparison.Ordinal));
}
