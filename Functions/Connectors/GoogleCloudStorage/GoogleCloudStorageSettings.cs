using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.GoogleCloudStorage;

/// <summary>The settings of a bucket's connection and the rules between them.</summary>
internal static class GoogleCloudStorageSettings
{
    public static readonly SettingField Bucket = SettingField.Text(
        "bucket", "Bucket", "It must exist. 3 to 222 lower-case letters, digits, dots, dashes and underscores.", required: true, pattern: "[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]");

    public static readonly SettingField Prefix = SettingField.Text(
        "prefix", "Folder", "Everything is written below it. Parts of letters, digits, dot, dash, underscore or equals sign, divided by slashes; up to 400 characters.",
        pattern: "(?=.{1,400}$)[A-Za-z0-9_=-][A-Za-z0-9._=-]*(?:/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*");

    public static readonly SettingField ServiceAccountKey = SettingField.Secret(
        "serviceAccountKey", "Service account key", "The whole JSON key file of an account with the role Storage Object Creator on the bucket. Or give an HMAC key.");

    public static readonly SettingField HmacAccessId = SettingField.Text("hmacAccessId", "HMAC access ID", "GOOG…, of a service account's HMAC key.", pattern: "[A-Za-z0-9_-]{8,128}");

    public static readonly SettingField HmacSecret = SettingField.Secret("hmacSecret", "HMAC secret", "Of that HMAC key.");

    public static readonly SettingField KmsKeyName = SettingField.Text(
        "kmsKeyName", "KMS key", "Only where the bucket's default key is not to be used: projects/…/locations/…/keyRings/…/cryptoKeys/….", pattern: "projects/[A-Za-z0-9._/-]{1,1000}");

    public static readonly SettingField UserProject = SettingField.Text(
        "userProject", "Billed project", "Only for buckets whose requester pays.", pattern: "[a-z0-9][a-z0-9:.-]{1,60}");

    public static ImmutableArray<SettingField> All { get; } =
        [Bucket, Prefix, ServiceAccountKey, HmacAccessId, HmacSecret, .. FileShape.Settings, KmsKeyName, UserProject];

    /// <summary>Exactly one way to authenticate, and all its parts.</summary>
    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        if (ServiceAccountKey.IsSetIn(settings) == HmacSecret.IsSetIn(settings))
        {
            faults.Add(new("/secrets", HmacSecret.IsSetIn(settings) ? "ambiguous" : "required", "Give exactly one of serviceAccountKey and hmacSecret."));
        }

        if (HmacSecret.IsSetIn(settings) != HmacAccessId.IsSetIn(settings))
        {
            faults.Add(new(SettingRules.PointerTo(HmacAccessId), "required", "An HMAC key has an access ID and a secret: give both, or neither."));
        }

        if (ServiceAccountKey.IsSetIn(settings) && GoogleServiceAccount.Read(ServiceAccountKey.In(settings), out var reason) is null)
        {
            faults.Add(new(SettingRules.PointerTo(ServiceAccountKey), "invalid_secret", reason));
        }

        return faults.ToImmutable();
    }
}
