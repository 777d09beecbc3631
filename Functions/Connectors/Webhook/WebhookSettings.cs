using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.Webhook;

/// <summary>The settings of a webhook connection and the rules between them.</summary>
internal static class WebhookSettings
{
    public static readonly SettingField Url = SettingField.Url(
        "url", "URL", "Where the members are sent. https; private addresses only where the installation allows them.", required: true);

    public static readonly SettingField Method = SettingField.Choice("method", "Method", "HTTP method of every call.", ["POST", "PUT", "PATCH"], "POST");

    public static readonly SettingField Auth = SettingField.Choice(
        "auth", "Authentication", "Credentials in a header; they may be combined with a signature.", ["none", "header", "basic", "bearer"], "none");

    public static readonly SettingField HeaderName = SettingField.Text(
        "headerName", "Header name", "For authentication by header, such as X-Api-Key.", pattern: WebhookHeaders.NamePattern);

    public static readonly SettingField HeaderValue = SettingField.Secret(
        "headerValue", "Header value", "For authentication by header. Printable ASCII characters.", pattern: WebhookHeaders.ValuePattern);

    public static readonly SettingField UserName = SettingField.Text("username", "User name", "For basic authentication; without a colon.", pattern: "[^:]+");

    public static readonly SettingField Password = SettingField.Secret("password", "Password", "For basic authentication.");

    public static readonly SettingField Token = SettingField.Secret(
        "token", "Bearer token", "For bearer authentication. Printable ASCII characters.", pattern: WebhookHeaders.ValuePattern);

    public static readonly SettingField SigningSecret = SettingField.Secret(
        "signingSecret", "Signing secret", "whsec_ and base64 of 24 to 64 random bytes. Each call is then signed as Standard Webhooks has it.");

    public static readonly SettingField PreviousSigningSecret = SettingField.Secret(
        "previousSigningSecret", "Previous signing secret", "During a rotation: calls carry a signature of this secret too.");

    public static readonly SettingField CustomHeaders = SettingField.Text("headers", "Further headers", "One per line, as Name: value. No credentials: these are not kept secret.");

    public static readonly SettingField BatchSize = SettingField.Number("batchSize", "Members per call", "1 to 1000.", 1, 1_000, 100);

    public static readonly SettingField TimeoutSeconds = SettingField.Number("timeoutSeconds", "Timeout", "Seconds one call may take, 1 to 120.", 1, 120, 30);

    public static readonly SettingField Concurrency = SettingField.Number("concurrency", "Calls at a time", "Per destination, 1 to 32.", 1, 32, 4);

    public static readonly SettingField RequestsPerSecond = SettingField.Number(
        "requestsPerSecond", "Calls per second", "For the whole connection, up to 1000; 0 for no limit.", 0, 1_000, 10);

    public static readonly SettingField EventStyle = SettingField.Choice(
        "eventStyle", "Events as", "track: Audience Entered, Changed, Exited. identify: the membership as a trait.", ["track", "identify"], "track");

    public static readonly SettingField EventBatch = SettingField.Flag("eventBatch", "Batch events", "Whether a call carries many events, as {\"batch\":[…]}, or one.");

    public static ImmutableArray<SettingField> All { get; } =
    [
        Url, Method, Auth, HeaderName, HeaderValue, UserName, Password, Token, SigningSecret, PreviousSigningSecret, CustomHeaders,
        BatchSize, TimeoutSeconds, Concurrency, RequestsPerSecond, EventStyle, EventBatch,
    ];

    /// <summary>The current secret, then the previous one, as far as they are set.</summary>
    public static IEnumerable<string> SigningSecretsIn(ConnectorSettings settings) =>
        from field in new[] { SigningSecret, PreviousSigningSecret } where field.IsSetIn(settings) select field.In(settings);

    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        SettingField[] needed = Auth.In(settings) switch
        {
            "header" => [HeaderName, HeaderValue],
            "basic" => [UserName, Password],
            "bearer" => [Token],
            _ => [],
        };
        foreach (var field in needed.Where(field => !field.IsSetIn(settings)))
        {
            faults.Add(new(SettingRules.PointerTo(field), "required", $"{field.Label} is required when authentication is '{Auth.In(settings)}'."));
        }

        SettingField[] secrets = [SigningSecret, PreviousSigningSecret];
        foreach (var field in secrets.Where(field => field.IsSetIn(settings) && StandardWebhooks.KeyOf(field.In(settings)) is null))
        {
            faults.Add(new(SettingRules.PointerTo(field), "invalid_secret", $"{field.Label} must be whsec_ and base64 of 24 to 64 bytes."));
        }

        if (PreviousSigningSecret.IsSetIn(settings) && !SigningSecret.IsSetIn(settings))
        {
            faults.Add(new(SettingRules.PointerTo(SigningSecret), "required", "A previous signing secret needs a current one beside it."));
        }

        if (WebhookHeaders.Refuse(HeaderName.In(settings)) is { } refusal)
        {
            faults.Add(new(SettingRules.PointerTo(HeaderName), "invalid_header", refusal));
        }

        faults.AddRange(WebhookHeaders.Check(CustomHeaders.In(settings)).Select(detail => new Fault(SettingRules.PointerTo(CustomHeaders), "invalid_header", detail)));
        return faults.ToImmutable();
    }
}
