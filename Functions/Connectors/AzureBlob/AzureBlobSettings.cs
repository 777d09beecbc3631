using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.AzureBlob;

/// <summary>The settings of a blob connection and the rules between them.</summary>
internal static class AzureBlobSettings
{
    public static readonly SettingField Account = SettingField.Text(
        "account", "Storage account", "3 to 24 lower-case letters and digits.", required: true, pattern: "[a-z0-9]{3,24}");

    public static readonly SettingField Container = SettingField.Text(
        "container", "Container", "It must exist. 3 to 63 lower-case letters, digits and single hyphens.", required: true,
        pattern: "(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*");

    public static readonly SettingField Prefix = SettingField.Text(
        "prefix", "Folder", "Everything is written below it. Parts of letters, digits, dot, dash, underscore or equals sign, divided by slashes; up to 400 characters.",
        pattern: "(?=.{1,400}$)[A-Za-z0-9_=-][A-Za-z0-9._=-]*(?:/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*");

    public static readonly SettingField AccountKey = SettingField.Secret(
        "accountKey", "Account key", "One of the account's two keys, in base64. Or give a SAS token, or a service principal.");

    public static readonly SettingField SasToken = SettingField.Secret(
        "sasToken", "SAS token", "sv=…&sig=…, allowing to read, add, create, write, delete and list in the container.", pattern: "\\??[!-~]*sig=[!-~]+");

    public static readonly SettingField TenantId = SettingField.Text("tenantId", "Tenant", "Of the service principal: an id or a domain.", pattern: "[A-Za-z0-9.-]+");

    public static readonly SettingField ClientId = SettingField.Text("clientId", "Client id", "Of the service principal.", pattern: "[A-Za-z0-9-]+");

    public static readonly SettingField ClientSecret = SettingField.Secret(
        "clientSecret", "Client secret", "Of the service principal, which needs the role Storage Blob Data Contributor on the container.");

    public static readonly SettingField Endpoint = SettingField.Url(
        "endpoint", "Blob endpoint", "Only where it is not https://{account}.blob.core.windows.net: other clouds, private links, Azurite.", hidden: true);

    public static readonly SettingField LoginEndpoint = SettingField.Url(
        "loginEndpoint", "Login endpoint", "Only where it is not https://login.microsoftonline.com: other clouds.", hidden: true);

    public static ImmutableArray<SettingField> All { get; } =
    [
        Account, Container, Prefix, AccountKey, SasToken, TenantId, ClientId, ClientSecret, .. FileShape.Settings, Endpoint, LoginEndpoint,
    ];

    /// <summary>Exactly one way to authenticate, and all its parts.</summary>
    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        var ways = new[] { AccountKey, SasToken, ClientSecret }.Count(field => field.IsSetIn(settings));
        if (ways != 1)
        {
            faults.Add(new("/secrets", ways == 0 ? "required" : "ambiguous", "Give exactly one of accountKey, sasToken and clientSecret."));
        }

        if (AccountKey.IsSetIn(settings) && SharedKey.Read(AccountKey.In(settings)) is null)
        {
            faults.Add(new(SettingRules.PointerTo(AccountKey), "invalid_secret", "Account key must be base64: copy it whole, without the words before it."));
        }

        SettingField[] principal = [TenantId, ClientId];
        foreach (var field in principal.Where(field => ClientSecret.IsSetIn(settings) && !field.IsSetIn(settings)))
        {
            faults.Add(new(SettingRules.PointerTo(field), "required", $"{field.Label} is required with a client secret."));
        }

        return faults.ToImmutable();
    }
}
