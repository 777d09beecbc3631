using System.Collections.Immutable;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors;

/// <summary>Segment, RudderStack and whoever else takes calls of the Segment tracking spec: one <c>track</c> or <c>identify</c> a change, in batches.</summary>
/// <remarks>
/// Wire facts: segment.com/docs/connections/sources/catalog/libraries/server/http-api (v1, read 2026-08): batch form, 500 KB a batch and 32 KB a call, 400 for
/// the whole batch when one is larger, 200 whatever else is wrong with a call, so that calls are checked before they are sent;
/// .../connections/spec and .../engage/using-engage-data (read 2026-08): names of events, <c>audience_key</c>, <c>context.personas</c>;
/// rudderstack.com/docs/api/http-api (v1, read 2026-08): answers in plain text, 401 to a wrong write key before the body is looked at.
/// </remarks>
internal static class SegmentEvents
{
    private const int MostCallBytes = 32 * 1024;

    private static readonly SettingField Region = SettingField.Choice(
        "region", "Region", "Segment in the US or in the EU (the wrong one takes calls and drops them), or another tracking endpoint.", ["us", "eu", "custom"], "us");

    private static readonly SettingField Endpoint = SettingField.Url(
        "endpoint", "Tracking address", "For another endpoint: its address up to the version, such as https://acme.dataplane.example/v1; /batch is added.");

    private static readonly SettingField WriteKey = SettingField.Secret(
        "writeKey", "Write key", "Of the source that takes the calls.", required: true, pattern: "[!-~]+");

    private static readonly SettingField KeyPlace = SettingField.Choice(
        "writeKeyIn", "Write key in", "header: as the user name of Basic authentication. body: as a field beside the batch, for endpoints that read no header.", ["header", "body"], "header");

    private static readonly SettingField EventStyle = SettingField.Choice(
        "eventStyle", "Events as", "track: Audience Entered, Changed, Exited. identify: the membership as a trait.", ["track", "identify"], "track");

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "segment-events",
        DisplayName = "Segment-spec events",
        DocsUrl = new("https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/"),
        Summary = "Sends one track or identify call of the Segment tracking spec for each change of membership, to Segment, RudderStack or another tracking endpoint.",
        RowAnswers = "None: a 2xx takes the whole batch. Calls without an id, and calls larger than 32 KB, are refused before anything is sent, since the endpoint would drop them in silence.",
        Notes =
        [
            "Segment answers 200 to a wrong region and to calls it drops: choose the region of the workspace, and look at the source's debugger after the first run.",
            "A call is not stored twice when it is sent twice: messageId is the same on each retry.",
        ],
        Sources =
        [
            new("Segment HTTP tracking API, v1", "https://segment.com/docs/connections/sources/catalog/libraries/server/http-api/", "2026-08"),
            new("Segment spec: track and identify", "https://segment.com/docs/connections/spec/", "2026-08"),
            new("Segment: what audiences send", "https://segment.com/docs/engage/using-engage-data/", "2026-08"),
            new("RudderStack HTTP API, v1", "https://www.rudderstack.com/docs/api/http-api/", "2026-08"),
        ],
        Settings = [Region, Endpoint, WriteKey, KeyPlace, EventStyle],
        CheckSettings = CheckSettings,
        Fields = new()
        {
            Identifiers = [Identifier.ProfileId.As(PersonCall.UserId), new Identifier("anonymous_id").As(PersonCall.AnonymousId)],
            Need = IdentifierNeed.AtLeastOneOf,
        },
        DefaultMapping = [new("id", PersonCall.UserId, IsIdentifier: true), new("email", "email")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 250, // ours: 500 KB at 2 KB a call
            MaxBodyBytes = 500_000,
            CallsPerSecond = 4, // Segment takes 1,000 calls a second of a workspace, batched or not
            MixesOperations = true,
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "messageId of a call",
        },
        CheckRow = CheckRow,
        Steps = [new() { Name = "batch", BuildRequest = BuildRequest, ReadResponse = ReadResponse }],
        Check = new() { Name = "write key", BuildRequest = BuildCheck, ReadResponse = ReadCheck },
        Authorize = Authorize,
    };

    private static HttpRequestMessage BuildRequest(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Batch(settings, json =>
    {
        foreach (var row in batch.Rows)
        {
            WriteCall(json, row, batch, settings);
        }
    });

    private static HttpRequestMessage Batch(ConnectorSettings settings, Action<Utf8JsonWriter> writeCalls) =>
        JsonBody.Request(HttpMethod.Post, $"{AddressIn(settings)}/batch", json =>
        {
            json.WriteStartObject();
            if (KeyPlace.In(settings) is "body")
            {
                json.WriteString("writeKey", WriteKey.In(settings));
            }

            json.WriteStartArray("batch");
            writeCalls(json);
            json.WriteEndArray();
            json.WriteEndObject();
        });

    private static void WriteCall(Utf8JsonWriter json, DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings) =>
        PersonCall.Write(json, row, batch.Audience, batch.AsOf, identify: EventStyle.In(settings) is "identify", idsApart: true);

    /// <summary>One call that is too large has the whole batch refused, and one without an id is taken and dropped in silence.</summary>
    private static RowOutcome? CheckRow(DeliveryRow row, DeliveryBatch batch, ConnectorSettings settings)
    {
        if (Definition.Fields.Missing(row.Fields) is var (code, detail))
        {
            return new(RowFate.Rejected, code, detail);
        }

        var size = JsonBody.Bytes(json => WriteCall(json, row, batch, settings)).Length;
        return size > MostCallBytes ? new(RowFate.Rejected, "call_too_large", $"The call has {size} bytes; at most {MostCallBytes} are taken. Map fewer or shorter fields.") : null;
    }

    /// <summary>2xx takes the batch; Segment says so in JSON, RudderStack with the text OK.</summary>
    private static StepResult ReadResponse(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) => ResponseRules.Read(
        response,
        () => response.Json?.At("success") is { ValueKind: JsonValueKind.False }
            ? new DeliveryOutcome.Refused("not_accepted", ResponseRules.Describe(response))
            : DeliveryOutcome.AllAccepted(batch));

    /// <summary>Segment's ingestion answers 200 to any key, but the settings of a source are served to its own key alone. Elsewhere an empty batch asks the question.</summary>
    private static HttpRequestMessage BuildCheck(ConnectionProbe probe, ConnectorSettings settings, Notes notes) => Region.In(settings) is "custom"
        ? Batch(settings, static _ => { })
        : new(HttpMethod.Get, $"https://cdn.segment.com/v1/projects/{Uri.EscapeDataString(WriteKey.In(settings))}/settings");

    private static StepResult ReadCheck(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) => (Region.In(settings), response.Status) switch
    {
        ("custom", 400) => StepResult.Next, // the key was taken: what is wrong is that the batch is empty
        (not "custom", 404) => new DeliveryOutcome.Unauthorized("unknown_write_key", "Segment knows no source with this write key."),
        _ => ResponseRules.Read(response, static () => StepResult.Next),
    };

    private static void Authorize(SigningContext context)
    {
        if (KeyPlace.In(context.Settings) is "header" && context.Request.Method == HttpMethod.Post)
        {
            var key = $"{WriteKey.In(context.Settings)}:"; // no password; the colon stays
            context.Request.Headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(key)));
        }
    }

    private static string AddressIn(ConnectorSettings settings) => Region.In(settings) switch
    {
        "us" => "https://api.segment.io/v1",
        "eu" => "https://events.eu1.segmentapis.com/v1",
        _ => Endpoint.In(settings).TrimEnd('/'),
    };

    private static ImmutableArray<Fault> CheckSettings(ConnectorSettings settings) => (Region.In(settings), Endpoint.IsSetIn(settings)) switch
    {
        ("custom", false) => [new(SettingRules.PointerTo(Endpoint), "required", $"{Endpoint.Label} is required when the region is 'custom'.")],
        (not "custom", true) => [new(SettingRules.PointerTo(Endpoint), "ambiguous", $"{Endpoint.Label} is used when the region is 'custom' only: leave it out, or set the region.")],
        _ => [],
    };
}
