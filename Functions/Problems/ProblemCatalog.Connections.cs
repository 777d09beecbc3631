using System.Collections.Immutable;

namespace AudienceSync.Problems;

public static partial class ProblemCatalog
{
    /// <summary>Faults of connections, their settings and secrets.</summary>
    private static ImmutableArray<ProblemPage> Connections =>
    [
        Refusal(
            "secret_unreadable", 409, "A secret cannot be opened",
            "A secret was sealed with another key than the installation has now.",
            "Send the secret again (PATCH the connection), or put the earlier key into `Secrets__RetiredKeys`.",
            "connections/con_01K9/checks", "The secret 'apiKey' was sealed with another key than this installation has now. Send it again, or restore the key."),
        Refusal(
            "connector_missing", 409, "The connector is gone",
            "This installation has no connector of that type any more: it runs another version than the one that made the connection.",
            "Deploy a version that has it, or make another connection.",
            "connections/con_01K9/checks", "This installation has no connector 'webhook' any more."),
        Fault(
            "unknown_connector", "There is no such connector",
            "The type is that of no connector.",
            "`GET /api/v1/catalog/connectors` lists them; `detail` names the nearest.",
            "connections", "/type", "'webhok' is not a connector. Did you mean 'webhook'?"),
        Fault(
            "https_required", "Only https is called",
            "The address begins with `http://`.",
            "Use https. For local use, `Outbound__AllowPrivateAddresses=true` allows http.",
            "connections", "/settings/url", "URL begins with http, but only https is called. For local use, Outbound__AllowPrivateAddresses=true allows http."),
        Fault(
            "local_use_only", "The setting is for local use",
            "`baseUrl` sends calls to another host than the platform's, with its credentials.",
            "Leave it out; for local use set `Outbound__AllowPrivateAddresses=true`.",
            "connections", "/settings/baseUrl", "baseUrl sends calls to another host than the platform's, which is for local use: leave it out, or set Outbound__AllowPrivateAddresses=true."),
        Fault(
            "invalid_url", "The address cannot be used",
            "It is no https address, or none of the platform's.",
            "Copy it from the platform.",
            "connections", "/settings/url", "URL must be an https address."),
        Fault(
            "invalid_type", "The setting is of another type",
            "The setting is true or false.",
            "Send `true` or `false`.",
            "connections", "/settings/eventBatch", "Batch events is 'yes'; it must be true or false."),
        Fault(
            "invalid_format", "The setting has another form",
            "The setting does not look as the platform wants it.",
            "Copy it from the platform. `detail` says what it looks like.",
            "connections", "/settings/headerName", "Header name does not have the form it must have."),
        Fault(
            "invalid_choice", "The choice cannot be used",
            "The setting takes one of a few words, or goes with another setting only.",
            "`detail` names them.",
            "connections", "/settings/encryption", "A KMS key is used with the encryption aws:kms only."),
        Fault(
            "invalid_certificate", "The certificate cannot be read",
            "The text is no certificate in PEM.",
            "Paste it whole, from `-----BEGIN CERTIFICATE-----` to `-----END CERTIFICATE-----`.",
            "connections", "/settings/rootCertificate", "No certificate can be read. Paste the PEM, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----."),
        Fault(
            "invalid_header", "The header cannot be set",
            "The name is none of HTTP, or is set by the connector itself.",
            "Choose another.",
            "connections", "/settings/headerName", "'Content-Type' is set by the connector."),
        Fault(
            "invalid_secret", "The secret cannot be used",
            "The secret does not have the form that the platform gives it.",
            "Copy it again, whole.",
            "connections", "/secrets/signingSecret", "Signing secret must be whsec_ and base64 of 24 to 64 bytes."),
        Fault(
            "my_domain_required", "My Domain is required",
            "Salesforce takes client credentials at an org's own domain only.",
            "Name it, such as `acme.my.salesforce.com`.",
            "connections", "/settings/loginHost", "Client credentials are taken at My Domain only, such as acme.my.salesforce.com."),
    ];
}
