using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace AudienceSync.Connectors.Kit;

/// <summary>The key file of a Google service account: signs the assertion that is exchanged for an access token.</summary>
/// <remarks>developers.google.com/identity/protocols/oauth2/service-account (JWT bearer grant, RFC 7523), read 2026-08.</remarks>
internal sealed partial record GoogleServiceAccount(string ClientEmail, string PrivateKey, string? PrivateKeyId, string TokenUri)
{
    private const string DefaultTokenUri = "https://oauth2.googleapis.com/token";

    /// <summary>An assertion holds for at most an hour.</summary>
    private const int Seconds = 3600;

    /// <summary>Reads a key file.</summary>
    /// <returns>Null and the reason when it is none. Its token address is part of what a user gives, so only Google's are taken.</returns>
    public static GoogleServiceAccount? Read(string json, out string reason)
    {
        var file = Parse(json);
        reason = "This is not the JSON key file of a service account: it has no client_email or no private_key.";
        if (file is not { ClientEmail.Length: > 0, PrivateKey.Length: > 0 })
        {
            return null;
        }

        var address = file.TokenUri ?? DefaultTokenUri;
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != Uri.UriSchemeHttps || !uri.IsDefaultPort
            || !(uri.Host == "googleapis.com" || uri.Host.EndsWith(".googleapis.com", StringComparison.Ordinal)))
        {
            reason = "The key file's token_uri is not an address of googleapis.com.";
            return null;
        }

        reason = "The key file's private_key is no RSA key in PEM.";
        return IsRsaKey(file.PrivateKey) ? new(file.ClientEmail, file.PrivateKey, file.PrivateKeyId, address) : null;
    }

    /// <summary>The request for a token; <see cref="Complete"/> gives it the assertion.</summary>
    public HttpRequestMessage TokenRequest() => new(HttpMethod.Post, TokenUri) { Content = Form("") };

    /// <summary>Puts the assertion of this moment into the request.</summary>
    public void Complete(HttpRequestMessage request, string scope, DateTimeOffset now) => request.Content = Form(Assertion(scope, now));

    internal string Assertion(string scope, DateTimeOffset now)
    {
        var issued = now.ToUnixTimeSeconds();
        var header = JsonBody.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("alg", "RS256");
            json.WriteString("typ", "JWT");
            if (PrivateKeyId is not null)
            {
                json.WriteString("kid", PrivateKeyId);
            }

            json.WriteEndObject();
        });
        var claims = JsonBody.Bytes(json =>
        {
            json.WriteStartObject();
            json.WriteString("iss", ClientEmail);
            json.WriteString("scope", scope);
            json.WriteString("aud", TokenUri);
            json.WriteNumber("iat", issued);
            json.WriteNumber("exp", issued + Seconds);
            json.WriteEndObject();
        });
        var text = $"{Base64Url.EncodeToString(header)}.{Base64Url.EncodeToString(claims)}";
        using var rsa = RSA.Create();
        rsa.ImportFromPem(PrivateKey);
        return $"{text}.{Base64Url.EncodeToString(rsa.SignData(Encoding.ASCII.GetBytes(text), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    private static FormUrlEncodedContent Form(string assertion) => new(new Dictionary<string, string>
    {
        ["grant_type"] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
        ["assertion"] = assertion,
    });

    private static KeyFile? Parse(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, KeyFileJson.Default.KeyFile);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsRsaKey(string pem)
    {
        try
        {
            using var rsa = RSA.Create();
            rsa.ImportFromPem(pem);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or CryptographicException)
        {
            return false;
        }
    }

    internal sealed record KeyFile(string? ClientEmail, string? PrivateKey, string? PrivateKeyId, string? TokenUri);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
    [JsonSerializable(typeof(KeyFile))]
    private sealed partial class KeyFileJson : JsonSerializerContext;
}
