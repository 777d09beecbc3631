using System.Collections.Immutable;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;
using AudienceSync.Faults;

namespace AudienceSync.Connectors.AmazonS3;

/// <summary>The settings of a bucket's connection and the rules between them.</summary>
internal static class AmazonS3Settings
{
    public static readonly SettingField Bucket = SettingField.Text(
        "bucket", "Bucket", "It must exist. 3 to 63 lower-case letters, digits, dots and hyphens.", required: true, pattern: "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]");

    public static readonly SettingField Region = SettingField.Text(
        "region", "Region", "Of the bucket, such as eu-central-1.", required: true, pattern: "[a-z0-9-]{2,40}");

    public static readonly SettingField Prefix = SettingField.Text(
        "prefix", "Folder", "Everything is written below it. Parts of letters, digits, dot, dash, underscore or equals sign, divided by slashes; up to 400 characters.",
        pattern: "(?=.{1,400}$)[A-Za-z0-9_=-][A-Za-z0-9._=-]*(?:/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*");

    public static readonly SettingField AccessKeyId = SettingField.Text("accessKeyId", "Access key ID", "AKIA…, of a user who may put objects below the folder.", required: true, pattern: "[A-Za-z0-9_-]{8,128}");

    public static readonly SettingField SecretAccessKey = SettingField.Secret("secretAccessKey", "Secret access key", "Of that access key.", required: true);

    public static readonly SettingField SessionToken = SettingField.Secret("sessionToken", "Session token", "Only of credentials that end.");

    public static readonly SettingField RoleArn = SettingField.Text(
        "roleArn", "Role ARN", "Only to write as a role: arn:aws:iam::123456789012:role/name. The access key's user must be allowed to assume it.",
        pattern: "arn:[a-z-]+:iam::[0-9]{12}:role/.{1,512}");

    public static readonly SettingField ExternalId = SettingField.Text(
        "externalId", "External ID", "Only with a role whose trust policy asks for one.", pattern: "[A-Za-z0-9+=,.@:/_-]{2,1224}");

    public static readonly SettingField Encryption = SettingField.Choice(
        "encryption", "Encryption at rest", "bucket: whatever the bucket does by default. AES256: keys of Amazon. aws:kms: keys of the key service.", ["bucket", "AES256", "aws:kms"], "bucket");

    public static readonly SettingField KmsKeyId = SettingField.Text("kmsKeyId", "KMS key", "Id, alias or ARN; only for aws:kms. The default is the account's own key.", pattern: "[A-Za-z0-9:/_-]{1,2048}");

    public static readonly SettingField OwnerFullControl = SettingField.Flag(
        "ownerFullControl", "Bucket owner has full control", "For buckets of another account that still use access control lists.");

    public static readonly SettingField Endpoint = SettingField.Url(
        "endpoint", "Endpoint", "Only where it is not Amazon's: other stores that speak S3, private links.", hidden: true);

    public static ImmutableArray<SettingField> All { get; } =
    [
        Bucket, Region, Prefix, AccessKeyId, SecretAccessKey, SessionToken, RoleArn, ExternalId, .. FileShape.Settings, Encryption, KmsKeyId, OwnerFullControl, Endpoint,
    ];

    public static ImmutableArray<Fault> Check(ConnectorSettings settings)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        if (ExternalId.IsSetIn(settings) && !RoleArn.IsSetIn(settings))
        {
            faults.Add(new(SettingRules.PointerTo(RoleArn), "required", "An external ID belongs to a role: give the role's ARN too, or neither."));
        }

        if (KmsKeyId.IsSetIn(settings) && Encryption.In(settings) is not "aws:kms")
        {
            faults.Add(new(SettingRules.PointerTo(Encryption), "invalid_choice", "A KMS key is used with the encryption aws:kms only."));
        }

        return faults.ToImmutable();
    }

    /// <summary>The address of an object, or of the bucket for an empty key.</summary>
    /// <remarks>The bucket is in the host name, but in the path at other endpoints and where its dots would break the certificate.</remarks>
    public static Uri Address(ConnectorSettings settings, string key)
    {
        var (bucket, region) = (Bucket.In(settings), Region.In(settings));
        var host = $"s3.{region}.amazonaws.com{(region.StartsWith("cn-", StringComparison.Ordinal) ? ".cn" : "")}";
        var path = string.Join('/', key.Split('/').Select(Uri.EscapeDataString));
        return Endpoint.In(settings) is { Length: > 0 } endpoint ? new($"{endpoint.TrimEnd('/')}/{bucket}/{path}")
            : bucket.Contains('.', StringComparison.Ordinal) || BaseUrl.Of(settings) is not null ? new($"https://{host}/{bucket}/{path}")
            : new($"https://{bucket}.{host}/{path}");
    }
}
