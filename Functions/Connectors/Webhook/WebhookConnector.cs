using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using AudienceSync.Connectors.Kit;

namespace AudienceSync.Connectors.Webhook;

/// <summary>Any HTTP receiver: members in our envelope, or one event a person; signed as Standard Webhooks 1.0 has it.</summary>
/// <remarks>The envelope and its answers are ours (version 1); the signature: github.com/standard-webhooks/standard-webhooks, spec 1.0.0, read 2026-08.</remarks>
internal static class WebhookConnector
{
    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "webhook",
        DisplayName = "Webhook",
        DocsUrl = new("https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md"),
        Summary = "Sends members to any HTTP receiver, in our envelope or as one event a person, signed as Standard Webhooks has it.",
        RowAnswers = "Any 2xx accepts the whole batch; a 200 or 207 with errors[].recordId accepts all but the records it names, each retryable or not.",
        Notes = ["A removal carries the identifier fields only, as last accepted."],
        Sources =
        [
            new("Standard Webhooks, specification 1.0.0", "https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md", "2026-08"),
            new("Segment spec: track and identify", "https://segment.com/docs/connections/spec/", "2026-08"),
        ],
        Settings = WebhookSettings.All,
        CheckSettings = WebhookSettings.Check,
        DefaultMapping = [new("id", "user_id", IsIdentifier: true), new("email", "email")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.Membership, DeliveryForm.Events],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 1_000, // ours
            MaxBodyBytes = 1_000_000, // ours: receivers behind common gateways take no more
            MaxResponseBytes = 1_000_000, // a receiver may answer about each of 1,000 rows
            MixesOperations = true,
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "webhook-id of a call, recordId (messageId of an event) of a member",
        },
        CapabilitiesFor = CapabilitiesFor,
        Steps = [new() { Name = "send", BuildRequest = BuildRequest, ReadResponse = ReadResponse }],
        Check = new()
        {
            Name = "test",
            BuildRequest = static (probe, settings, _) => Build(settings, probe.Id, WebhookBodies.Test(probe)),
            ReadResponse = static (response, _, _, _) => ResponseRules.Read(response, static () => StepResult.Next),
        },
        Authorize = Authorize,
    };

    private static Capabilities CapabilitiesFor(ConnectorSettings settings, DeliveryForm form) => Definition.Capabilities with
    {
        RowsPerBatch = form is DeliveryForm.Events && !WebhookSettings.EventBatch.FlagIn(settings) ? 1 : WebhookSettings.BatchSize.NumberIn(settings),
        ConcurrentCalls = WebhookSettings.Concurrency.NumberIn(settings),
        CallsPerSecond = WebhookSettings.RequestsPerSecond.NumberIn(settings),
        CallTimeout = TimeSpan.FromSeconds(WebhookSettings.TimeoutSeconds.NumberIn(settings)),
    };

    private static HttpRequestMessage BuildRequest(DeliveryBatch batch, ConnectorSettings settings, Notes notes) => Build(
        settings,
        batch.MessageId,
        batch.Form is DeliveryForm.Events
            ? WebhookBodies.Events(
                batch,
                identify: WebhookSettings.EventStyle.In(settings) is "identify",
                asBatch: WebhookSettings.EventBatch.FlagIn(settings))
            : WebhookBodies.Membership(batch));

    private static HttpRequestMessage Build(ConnectorSettings settings, string id, BodyContent body)
    {
        var request = new HttpRequestMessage(new(WebhookSettings.Method.In(settings)), WebhookSettings.Url.In(settings))
        {
            Content = body,
            Headers = { { StandardWebhooks.IdHeader, id } },
        };
        foreach (var (name, value) in WebhookHeaders.Parse(WebhookSettings.CustomHeaders.In(settings)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return request;
    }

    private static StepResult ReadResponse(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        ResponseRules.Read(response, () => WebhookAnswer.Read(response, batch));

    private static void Authorize(SigningContext context)
    {
        var (headers, settings) = (context.Request.Headers, context.Settings);
        switch (WebhookSettings.Auth.In(settings))
        {
            case "header":
                headers.TryAddWithoutValidation(WebhookSettings.HeaderName.In(settings), WebhookSettings.HeaderValue.In(settings));
                break;
            case "basic":
                var credentials = $"{WebhookSettings.UserName.In(settings)}:{WebhookSettings.Password.In(settings)}";
                headers.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(credentials)));
                break;
            case "bearer":
                headers.Authorization = new AuthenticationHeaderValue("Bearer", WebhookSettings.Token.In(settings));
                break;
        }

        headers.Add(StandardWebhooks.TimestampHeader, context.Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        if (WebhookSettings.SigningSecretsIn(settings).ToArray() is { Length: > 0 } secrets)
        {
            var id = headers.GetValues(StandardWebhooks.IdHeader).Single();
            headers.TryAddWithoutValidation(StandardWebhooks.SignatureHeader, StandardWebhooks.Sign(id, context.Now, context.Body.Span, secrets));
        }
    }
}
