using System.Security.Cryptography;
using System.Text.Json.Nodes;

namespace AudienceSync.Connectors;

/// <summary>Key files of Google service accounts, made anew for each run of the tests.</summary>
internal static class ServiceAccountKeys
{
    public static RSA Rsa { get; } = RSA.Create(2048);

    public static string Json(string tokenUri = "https://oauth2.googleapis.com/token") => new JsonObject
    {
        ["type"] = "service_account",
        ["private_key_id"] = "key-1",
        ["private_key"] = Rsa.ExportPkcs8PrivateKeyPem(),
        ["client_email"] = "s3cret-sync@example.iam.gserviceaccount.com",
        ["token_uri"] = tokenUri,
    }.ToJsonString();
}
