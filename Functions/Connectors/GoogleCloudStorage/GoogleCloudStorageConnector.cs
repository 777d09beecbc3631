using System.Security.Cryptography;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;

namespace AudienceSync.Connectors.GoogleCloudStorage;

/// <summary>Google Cloud Storage: each batch becomes a part file; a manifest closes the set. An object shows whole or not at all, so nothing is renamed.</summary>
/// <remarks>
/// Wire facts (JSON API v1 with a service account, XML API with an HMAC key, read 2026-08): cloud.google.com/storage/docs, json_api/v1/objects/insert
/// (<c>ifGenerationMatch=0</c>: 412 means that it is there), xml-api/put-object, access-control/iam-json. Parts are far below what asks for resumable uploads.
/// </remarks>
internal static class GoogleCloudStorageConnector
{
    private const string Host = "https://storage.googleapis.com";
    private const string Scope = "https://www.googleapis.com/auth/devstorage.read_write";
    private const string CreatePermission = "storage.objects.create";
    private const string Receipt = "receipt";
    private const string Digest = "md5";
    private const string Cleaning = "clean up";

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "google-cloud-storage",
        DisplayName = "Google Cloud Storage",
        DocsUrl = new("https://cloud.google.com/storage/docs/json_api/v1/objects/insert"),
        Summary = "Writes the members, or what changed among them, as files to a bucket and closes each set with a manifest.",
        RowAnswers = "A file is stored or not as a whole; its rows count once the manifest of the set is published.",
        Notes =
        [
            "Needs the role Storage Object Creator on the bucket. With an HMAC key the check writes an empty file and deletes it; without the right to delete it stays.",
            "Readers wait for the manifest: part files without one belong to a run that is under way or failed.",
        ],
        Sources =
        [
            new("Objects: insert, JSON API v1", "https://cloud.google.com/storage/docs/json_api/v1/objects/insert", "2026-08"),
            new("HMAC signatures", "https://cloud.google.com/storage/docs/authentication/signatures", "2026-08"),
            new("Service accounts", "https://developers.google.com/identity/protocols/oauth2/service-account", "2026-08"),
        ],
        Settings = GoogleCloudStorageSettings.All,
        CheckSettings = GoogleCloudStorageSettings.Check,
        DefaultMapping = [new("id", "user_id", IsIdentifier: true), new("email", "email")],
        Capabilities = new()
        {
            Forms = [DeliveryForm.File],
            Operations = [DeliveryOperation.Add, DeliveryOperation.Update, DeliveryOperation.Remove],
            RowsPerBatch = 50_000, // ours: a part is built in memory
            CallTimeout = TimeSpan.FromMinutes(2), // ours: a part may be some megabytes
            MixesOperations = true,
            FullFiles = true,
            UnmentionedRow = RowFate.Accepted,
            DedupeId = "the file's name",
        },
        CapabilitiesFor = static (settings, _) => Definition!.Capabilities with { FullFiles = FileShape.Of(settings).IsFull },
        Steps = [new() { Name = "upload", BuildRequest = Upload, ReadResponse = ReadUpload }],
        Complete = [new() { Name = "manifest", BuildRequest = Manifest, ReadResponse = static (response, _, _, _) => GoogleErrors.Read(response) is { } failure ? failure : StepResult.Next }],
        Check = new() { Name = "permission", BuildRequest = Probe, ReadResponse = ReadProbe },
        Token = new()
        {
            BuildRequest = static settings => Account(settings)?.TokenRequest(),
            Authorize = static context => Account(context.Settings)!.Complete(context.Request, Scope, context.Now),
            ReadResponse = OAuthTokens.Read,
        },
        Authorize = Authorize,
    };

    private static HttpRequestMessage Upload(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var shape = FileShape.Of(settings);
        var name = FileNames.Final(GoogleCloudStorageSettings.Prefix.In(settings), batch, shape);
        var file = DeliveryFile.Render(batch, shape);
        notes.Set(Receipt, FileReceipt.Of(name, file, batch, shape));
        notes.Set(Digest, DigestOf(file));
        return Put(settings, name, file, shape.ContentType, onlyIfNew: true);
    }

    /// <summary>The JSON API names the digest of what it stored.</summary>
    private static StepResult ReadUpload(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        GoogleErrors.Read(response) is { } failure ? failure
        : response.IsSuccess && response.Json?.TextAt("md5Hash") is { } stored && stored != notes.Get<string>(Digest)
            ? new DeliveryOutcome.Failed("damaged", "What was stored is not what was sent.")
        : new DeliveryOutcome.Stored(notes.Get<FileReceipt>(Receipt)!.ToText());

    private static HttpRequestMessage Manifest(DeliveryCompletion completion, ConnectorSettings settings, Notes notes)
    {
        var shape = FileShape.Of(settings);
        return Put(
            settings, FileNames.Manifest(GoogleCloudStorageSettings.Prefix.In(settings), completion, shape), FileManifest.Render(completion, shape), "application/json", onlyIfNew: true);
    }

    /// <summary>The JSON API tells which permissions we have; for an HMAC key an empty file is written and deleted.</summary>
    private static HttpRequestMessage Probe(ConnectionProbe probe, ConnectorSettings settings, Notes notes)
    {
        var name = FileNames.Probe(GoogleCloudStorageSettings.Prefix.In(settings));
        return !IsHmac(settings) ? new(HttpMethod.Get, $"{Host}/storage/v1/b/{Bucket(settings)}/iam/testPermissions?permissions={CreatePermission}{Project(settings)}")
            : notes.Cursor is Cleaning ? new(HttpMethod.Delete, ObjectAddress(settings, name))
            : Put(settings, name, [], "text/plain", onlyIfNew: false);
    }

    private static StepResult ReadProbe(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) =>
        notes.Cursor is Cleaning ? StepResult.Next
        : GoogleErrors.Read(response) is { } failure ? failure
        : IsHmac(settings) ? new StepResult.Page(Cleaning)
        : response.Json?.TextsAt("permissions").Contains(CreatePermission) is true ? StepResult.Next
        : new DeliveryOutcome.Unauthorized("permission_missing", $"The service account is not allowed {CreatePermission} on the bucket.");

    private static HttpRequestMessage Put(ConnectorSettings settings, string name, byte[] file, string contentType, bool onlyIfNew)
    {
        var content = new BodyContent(file, contentType);
        if (!IsHmac(settings))
        {
            var key = GoogleCloudStorageSettings.KmsKeyName.In(settings) is { Length: > 0 } kms ? $"&kmsKeyName={Uri.EscapeDataString(kms)}" : "";
            var address = $"{Host}/upload/storage/v1/b/{Bucket(settings)}/o?uploadType=media&name={Uri.EscapeDataString(name)}{(onlyIfNew ? "&ifGenerationMatch=0" : "")}";
            return new(HttpMethod.Post, $"{address}{key}{Project(settings)}") { Content = content };
        }

        var request = new HttpRequestMessage(HttpMethod.Put, ObjectAddress(settings, name)) { Content = content };
        if (onlyIfNew)
        {
            request.Headers.Add("x-goog-if-generation-match", "0");
        }

        if (GoogleCloudStorageSettings.KmsKeyName.IsSetIn(settings))
        {
            request.Headers.Add("x-goog-encryption-kms-key-name", GoogleCloudStorageSettings.KmsKeyName.In(settings));
        }

        return request;
    }

    private static void Authorize(SigningContext context)
    {
        var (request, settings) = (context.Request, context.Settings);
        if (!IsHmac(settings))
        {
            request.Headers.Authorization = new("Bearer", context.Token);
            return;
        }

        if (GoogleCloudStorageSettings.UserProject.IsSetIn(settings))
        {
            request.Headers.Add("x-goog-user-project", GoogleCloudStorageSettings.UserProject.In(settings));
        }

        var key = new SigningKey(GoogleCloudStorageSettings.HmacAccessId.In(settings), GoogleCloudStorageSettings.HmacSecret.In(settings));
        SigV4.GoogleStorage.Sign(request, context.Body.Span, key, "auto", context.Now);
    }

    private static bool IsHmac(ConnectorSettings settings) => GoogleCloudStorageSettings.HmacSecret.IsSetIn(settings);

    private static GoogleServiceAccount? Account(ConnectorSettings settings) =>
        IsHmac(settings) ? null : GoogleServiceAccount.Read(GoogleCloudStorageSettings.ServiceAccountKey.In(settings), out _) ?? throw new FormatException("The key file is none.");

    private static string Bucket(ConnectorSettings settings) => Uri.EscapeDataString(GoogleCloudStorageSettings.Bucket.In(settings));

    private static string Project(ConnectorSettings settings) =>
        GoogleCloudStorageSettings.UserProject.In(settings) is { Length: > 0 } project ? $"&userProject={Uri.EscapeDataString(project)}" : "";

    private static string ObjectAddress(ConnectorSettings settings, string name) =>
        $"{Host}/{Bucket(settings)}/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";

    // MD5 is what the service names; it guards against damage, not against people.
#pragma warning disable CA5351
    private static string DigestOf(byte[] file) => Convert.ToBase64String(MD5.HashData(file));
#pragma warning restore CA5351
}
