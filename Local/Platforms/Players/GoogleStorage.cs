using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Google Cloud Storage: tokens for signed assertions of a service account, JSON uploads (media, multipart, resumable), XML puts signed with an HMAC key.</summary>
internal sealed class GoogleStorage : Platform
{
    private const string Bucket = "acme-drop", Account = "sync@acme.iam.gserviceaccount.com", KeyId = "key-1";
    private const string HmacId = "GOOG1EXAMPLE", HmacSecret = "exampleSecretexampleSecretexampleSecret0";

    private readonly Lazy<RSA> _key = new(static () => RSA.Create(2048));
    private readonly FileStore _files;
    private readonly Dictionary<string, (string Name, string? Type, MemoryStream Bytes)> _sessions = [];

    public GoogleStorage(TimeProvider time)
        : base("google-cloud-storage", time)
    {
        _files = new(Extras);
        Routes.Open("token", "POST", "/token", Token)
            .Get("check", "/storage/v1/b/{bucket}/iam/testPermissions", call => InBucket(call, () => Answer.Json(200, new JsonObject
            {
                ["kind"] = "storage#testIamPermissionsResponse",
                ["permissions"] = new JsonArray([.. call.QueryValues.Where(pair => pair.Key == "permissions").SelectMany(pair => pair.Value).Select(name => (JsonNode?)name)]),
            })))
            .Get("list", "/storage/v1/b/{bucket}/o", call => InBucket(call, () => Answer.Json(200, new JsonObject { ["items"] = new JsonArray([.. _files.Names.Select(name => new JsonObject { ["name"] = name[(Bucket.Length + 1)..] })]) })))
            .Delete("delete", "/storage/v1/b/{bucket}/o/{name}", call => InBucket(call, () => _files.Remove($"{Bucket}/{call.Value("name")}") ? Answer.Empty(204) : Refuse(404, "notFound", "No such object")))
            .Post("upload", "/upload/storage/v1/b/{bucket}/o", call => InBucket(call, () => Upload(call)))
            .Put("resume", "/upload/storage/v1/b/{bucket}/o", Resume)
            .Put("put", "/{bucket}/{name*}", call => InBucket(call, () => PutXml(call)))
            .Delete("delete", "/{bucket}/{name*}", call => InBucket(call, () => _files.Remove($"{Bucket}/{call.Value("name")}") ? Answer.Empty(204) : Refuse(404, "notFound", "No such object")));
    }

    public override bool TakesAnyPath => true;

    public override JsonObject Settings => new()
    {
        ["bucket"] = Bucket,
        ["serviceAccountKey"] = new JsonObject
        {
            ["type"] = "service_account",
            ["client_email"] = Account,
            ["private_key_id"] = KeyId,
            ["private_key"] = _key.Value.ExportPkcs8PrivateKeyPem(),
            ["token_uri"] = "https://oauth2.googleapis.com/token",
        }.ToJsonString(),
        ["hmacAccessId"] = HmacId,
        ["hmacSecret"] = HmacSecret,
    };

    protected override Answer? Authenticate(Call call) =>
        Tokens.Holds(call.Bearer) || (call.Method == "PUT" && _sessions.ContainsKey(call.Query("upload_id") ?? "")) ? null
        : call.Bearer is null && IsXml(call) ? SigV4.Fault(call, id => id == HmacId ? HmacSecret : null) is { } fault ? Refuse(403, fault, "The signature is not valid.") : null
        : Unauthorized(call);

    protected override Answer Refuse(int status, string code, string message) => Error(status, code, message);

    protected override Answer Unauthorized(Call call) => Error(401, "authError", "Invalid Credentials");

    protected override Answer Throttle(Call call, TimeSpan wait) => Error(429, "rateLimitExceeded", "The rate of change requests to the object exceeds the rate limit.");

    protected override Answer Outage(Call call) => Error(503, "backendError", "We encountered an internal error. Please try again.");

    private static bool IsXml(Call call) => !call.RawPath.StartsWith("/storage/", StringComparison.Ordinal) && !call.RawPath.StartsWith("/upload/", StringComparison.Ordinal);

    private static Answer Error(int status, string reason, string message) => Answer.Json(status, new JsonObject
    {
        ["error"] = new JsonObject { ["code"] = status, ["message"] = message, ["errors"] = new JsonArray(new JsonObject { ["domain"] = "global", ["reason"] = reason, ["message"] = message }) },
    }).Because($"{reason}: {message}");

    private static Answer InBucket(Call call, Func<Answer> serve) => call.Value("bucket") == Bucket ? serve() : Error(404, "notFound", "The specified bucket does not exist.");

    private Answer Token(Call call)
    {
        var form = call.Form();
        var parts = form.GetValueOrDefault("assertion", "").Split('.');
        if (form.GetValueOrDefault("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer" || parts.Length != 3)
        {
            return Grant("unsupported_grant_type", "Invalid grant_type");
        }

        JsonNode? claims;
        try
        {
            claims = JsonNode.Parse(Decode(parts[1]));
            if (!_key.Value.VerifyData(Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Decode(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            {
                return Grant("invalid_grant", "Invalid JWT Signature.");
            }
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return Grant("invalid_grant", "Invalid JWT.");
        }

        var (issued, expires) = (claims.At("iat")?.GetValue<long>() ?? 0, claims.At("exp")?.GetValue<long>() ?? 0);
        var now = call.At.ToUnixTimeSeconds();
        if (claims.Text("iss") != Account || claims.Text("aud") != "https://oauth2.googleapis.com/token" || claims.Text("scope") is not { } scope || !scope.Contains("devstorage", StringComparison.Ordinal))
        {
            return Grant("invalid_grant", "account not found");
        }

        if (expires - issued > 3600 || issued > now + 300 || expires < now)
        {
            return Grant("invalid_grant", "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe.");
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromSeconds(3599));
        return Answer.Json(200, new JsonObject { ["access_token"] = token, ["expires_in"] = seconds, ["token_type"] = "Bearer" });

        static Answer Grant(string error, string text) => Answer.Json(400, new JsonObject { ["error"] = error, ["error_description"] = text });
    }

    private static byte[] Decode(string text) => System.Buffers.Text.Base64Url.DecodeFromChars(text);

    private Answer Upload(Call call)
    {
        var (name, type, bytes) = (call.Query("name"), call.Header("Content-Type"), call.Body);
        switch (call.Query("uploadType"))
        {
            case "media":
                break;
            case "multipart":
                if (Parts(call) is not [var metadata, var content])
                {
                    return Error(400, "invalid", "Two parts are expected.");
                }

                var json = JsonNode.Parse(metadata.Bytes);
                (name, type, bytes) = (json.Text("name") ?? name, json.Text("contentType") ?? content.Type, content.Bytes);
                break;
            case "resumable":
                var given = call.Body.Length > 0 ? call.Object() : [];
                var id = $"session-{(_sessions.Count + 1).ToString(CultureInfo.InvariantCulture)}";
                name ??= given.Text("name");
                if (Conflict(call, name) is { } conflict)
                {
                    return conflict;
                }

                _sessions[id] = (name!, call.Header("X-Upload-Content-Type") ?? given.Text("contentType"), new());
                return Answer.Ok.With("Location", $"{call.Home}/upload/storage/v1/b/{Bucket}/o?uploadType=resumable&upload_id={id}");
            default:
                return Error(400, "invalid", "uploadType is media, multipart or resumable.");
        }

        return Conflict(call, name) ?? Store(name!, bytes, type);
    }

    private Answer? Conflict(Call call, string? name) =>
        name is null or "" || Encoding.UTF8.GetByteCount(name) > 1024 ? Error(400, "required", "A name of up to 1,024 bytes is required.")
        : (call.Query("ifGenerationMatch") ?? call.Header("x-goog-if-generation-match")) == "0" && _files.Get($"{Bucket}/{name}") is not null ? Error(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.")
        : null;

    private Answer Store(string name, byte[] bytes, string? type)
    {
        _files.Put($"{Bucket}/{name}", bytes, type);
        return Answer.Json(200, new JsonObject
        {
            ["kind"] = "storage#object",
            ["name"] = name,
            ["bucket"] = Bucket,
            ["generation"] = "1",
            ["size"] = bytes.Length.ToString(CultureInfo.InvariantCulture),
            ["md5Hash"] = Convert.ToBase64String(MD5.HashData(bytes)),
            ["contentType"] = type,
        });
    }

    private Answer Resume(Call call)
    {
        if (!_sessions.TryGetValue(call.Query("upload_id") ?? "", out var session))
        {
            return Error(404, "notFound", "The session does not exist.");
        }

        session.Bytes.Write(call.Body);
        var range = call.Header("Content-Range");
        var total = range?.Split('/')[^1];
        return total is null || total == session.Bytes.Length.ToString(CultureInfo.InvariantCulture)
            ? Store(session.Name, session.Bytes.ToArray(), session.Type)
            : session.Bytes.Length == 0 ? Answer.Empty(308) : Answer.Empty(308).With("Range", $"bytes=0-{session.Bytes.Length - 1}");
    }

    private Answer PutXml(Call call)
    {
        var name = call.Value("name");
        return Conflict(call, name) ?? Answer.Ok.With("ETag", $"\"{_files.Put($"{Bucket}/{name}", call.Body, call.Header("Content-Type")).ETag}\"");
    }

    /// <summary>The parts of a multipart/related body.</summary>
    private static List<(string? Type, byte[] Bytes)> Parts(Call call)
    {
        var boundary = call.Header("Content-Type")?.Split("boundary=").ElementAtOrDefault(1)?.Split(';')[0].Trim('"', ' ');
        List<(string?, byte[])> parts = [];
        if (boundary is null)
        {
            return parts;
        }

        // Latin 1 keeps every byte a character.
        foreach (var part in Encoding.Latin1.GetString(call.Body).Split($"--{boundary}").Skip(1).TakeWhile(part => !part.StartsWith("--", StringComparison.Ordinal)))
        {
            var end = part.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            var type = part[..end].Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Type:", StringComparison.OrdinalIgnoreCase))?.Split(':', 2)[1].Trim();
            parts.Add((type, Encoding.Latin1.GetBytes(part[(end + 4)..^2])));
        }

        return parts;
    }
}
