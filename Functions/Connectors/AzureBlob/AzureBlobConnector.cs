using System.Globalization;
using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;

namespace AudienceSync.Connectors.AzureBlob;

/// <summary>Azure Blob Storage: each batch becomes a part file, under a temporary name first; a manifest closes the set.</summary>
/// <remarks>
/// Wire facts (x-ms-version 2021-12-02, read 2026-08): learn.microsoft.com/rest/api/storageservices, put-blob, copy-blob, delete-blob,
/// list-blobs, blob-service-error-codes. Names follow from the run, so that a retry overwrites what an earlier attempt left.
/// </remarks>
internal static class AzureBlobConnector
{
    private const string ApiVersion = "2021-12-02";
    private const string TokenScope = "https://storage.azure.com/.default";
    private const string Receipt = "receipt";
    private const string CopyPending = "copy pending";

    /// <summary>Between two looks at a copy under way; within one account copies end at once as a rule. Ours.</summary>
    private static readonly TimeSpan CopyPause = TimeSpan.FromSeconds(1);

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "azure-blob",
        DisplayName = "Azure Blob Storage",
        DocsUrl = new("https://learn.microsoft.com/rest/api/storageservices/blob-service-rest-api"),
        Summary = "Writes the members, or what changed among them, as files to a container and closes each set with a manifest.",
        RowAnswers = "A file is stored or not as a whole; its rows count once the manifest of the set is published.",
        Notes = ["Readers wait for the manifest: part files without one belong to a run that is under way or failed."],
        Sources =
        [
            new("Put Blob", "https://learn.microsoft.com/rest/api/storageservices/put-blob", "2026-08"),
            new("Copy Blob", "https://learn.microsoft.com/rest/api/storageservices/copy-blob", "2026-08"),
            new("Blob service error codes", "https://learn.microsoft.com/rest/api/storageservices/blob-service-error-codes", "2026-08"),
        ],
        Settings = AzureBlobSettings.All,
        CheckSettings = AzureBlobSettings.Check,
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
        Steps =
        [
            new() { Name = "upload", BuildRequest = Upload, ReadResponse = Go },
            new() { Name = "publish", BuildRequest = Publish, ReadResponse = ReadCopy },
            new() { Name = "await copy", BuildRequest = LookAtCopy, ReadResponse = ReadCopy },
            new() { Name = "clean up", BuildRequest = DeleteTemporary, ReadResponse = ReadDelete },
        ],
        Complete = [new() { Name = "manifest", BuildRequest = Manifest, ReadResponse = Go }],
        Check = new() { Name = "list", BuildRequest = List, ReadResponse = Go },
        Token = new() { BuildRequest = TokenRequest, ReadResponse = OAuthTokens.Read },
        Authorize = Authorize,
    };

    private static HttpRequestMessage Upload(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var shape = FileShape.Of(settings);
        var prefix = AzureBlobSettings.Prefix.In(settings);
        var file = DeliveryFile.Render(batch, shape);
        notes.Set(Receipt, FileReceipt.Of(FileNames.Final(prefix, batch, shape), file, batch, shape));
        return Put(settings, FileNames.Temporary(prefix, batch, shape), file, shape.ContentType);
    }

    private static HttpRequestMessage Publish(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var request = Request(HttpMethod.Put, settings, FinalName(batch, settings));
        request.Headers.Add("x-ms-copy-source", Address(settings, TemporaryName(batch, settings)).AbsoluteUri);
        return request;
    }

    private static HttpRequestMessage? LookAtCopy(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        notes.Get<bool>(CopyPending) ? Request(HttpMethod.Head, settings, FinalName(batch, settings)) : null;

    /// <summary>The answer to the copy itself and to each look at it carry the same header.</summary>
    private static StepResult ReadCopy(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        if (AzureBlobErrors.Read(response) is { } failure)
        {
            return failure;
        }

        var first = !notes.Get<bool>(CopyPending);
        notes.Set(CopyPending, true);
        return response.Header("x-ms-copy-status") switch
        {
            "success" => Copied(),
            "pending" when first => StepResult.Next,
            "pending" => new StepResult.Again(CopyPause),
            var status => new DeliveryOutcome.Failed("copy_failed", $"The file was uploaded but its copy to the final name ended as '{status ?? "unknown"}'."),
        };

        StepResult Copied()
        {
            notes.Set(CopyPending, false);
            return StepResult.Next;
        }
    }

    private static HttpRequestMessage DeleteTemporary(DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        Request(HttpMethod.Delete, settings, TemporaryName(batch, settings));

    /// <summary>The file is published by now: that its temporary copy is gone already, or may not be deleted, does not undo it.</summary>
    private static StepResult ReadDelete(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        response.Status is 403 or 404 || AzureBlobErrors.Read(response) is not { } failure
            ? new DeliveryOutcome.Stored(notes.Get<FileReceipt>(Receipt)!.ToText())
            : failure;

    private static HttpRequestMessage Manifest(DeliveryCompletion completion, ConnectorSettings settings, Notes notes)
    {
        var shape = FileShape.Of(settings);
        return Put(
            settings, FileNames.Manifest(AzureBlobSettings.Prefix.In(settings), completion, shape), FileManifest.Render(completion, shape), "application/json");
    }

    private static HttpRequestMessage List(ConnectionProbe probe, ConnectorSettings settings, Notes notes)
    {
        var prefix = AzureBlobSettings.Prefix.In(settings);
        var query = $"restype=container&comp=list&maxresults=1{(prefix.Length == 0 ? "" : $"&prefix={Uri.EscapeDataString(prefix)}")}";
        return Request(HttpMethod.Get, settings, name: null, query);
    }

    private static StepResult Go<T>(ConnectorResponse response, T subject, ConnectorSettings settings, Notes notes) =>
        AzureBlobErrors.Read(response) is { } failure ? failure : StepResult.Next;

    private static HttpRequestMessage Put(ConnectorSettings settings, string name, byte[] file, string contentType)
    {
        var request = Request(HttpMethod.Put, settings, name);
        request.Headers.Add("x-ms-blob-type", "BlockBlob");
        request.Content = new BodyContent(file, contentType);
        return request;
    }

    private static HttpRequestMessage Request(HttpMethod method, ConnectorSettings settings, string? name, string query = "") =>
        new(method, Address(settings, name, query)) { Headers = { { "x-ms-version", ApiVersion } } };

    /// <summary>The address of a blob, or of the container, with the SAS token where there is one.</summary>
    private static Uri Address(ConnectorSettings settings, string? name, string query = "")
    {
        var endpoint = AzureBlobSettings.Endpoint.In(settings) is { Length: > 0 } given
            ? given.TrimEnd('/')
            : $"https://{AzureBlobSettings.Account.In(settings)}.blob.core.windows.net";
        var path = name is null ? "" : $"/{string.Join('/', name.Split('/').Select(Uri.EscapeDataString))}";
        var all = string.Join('&', new[] { query, AzureBlobSettings.SasToken.In(settings).TrimStart('?') }.Where(part => part.Length > 0));
        return new($"{endpoint}/{AzureBlobSettings.Container.In(settings)}{path}{(all.Length == 0 ? "" : $"?{all}")}");
    }

    private static string FinalName(DeliveryBatch batch, ConnectorSettings settings) =>
        FileNames.Final(AzureBlobSettings.Prefix.In(settings), batch, FileShape.Of(settings));

    private static string TemporaryName(DeliveryBatch batch, ConnectorSettings settings) =>
        FileNames.Temporary(AzureBlobSettings.Prefix.In(settings), batch, FileShape.Of(settings));

    private static HttpRequestMessage? TokenRequest(ConnectorSettings settings)
    {
        if (!AzureBlobSettings.ClientSecret.IsSetIn(settings))
        {
            return null;
        }

        var login = AzureBlobSettings.LoginEndpoint.In(settings) is { Length: > 0 } given ? given.TrimEnd('/') : "https://login.microsoftonline.com";
        return OAuthTokens.ClientCredentials(
            new($"{login}/{AzureBlobSettings.TenantId.In(settings)}/oauth2/v2.0/token"),
            AzureBlobSettings.ClientId.In(settings),
            AzureBlobSettings.ClientSecret.In(settings),
            TokenScope);
    }

    private static void Authorize(SigningContext context)
    {
        var (request, settings) = (context.Request, context.Settings);
        if (context.Body.IsEmpty && request.Method == HttpMethod.Put)
        {
            request.Content = new ByteArrayContent([]); // so that Content-Length: 0 is sent, which the service asks for
        }

        if (AzureBlobSettings.SasToken.IsSetIn(settings))
        {
            return;
        }

        request.Headers.Add("x-ms-date", context.Now.UtcDateTime.ToString("R", CultureInfo.InvariantCulture));
        request.Headers.Authorization = context.Token is { } token
            ? new("Bearer", token)
            : SharedKey.Sign(request, context.Body.Length, AzureBlobSettings.Account.In(settings), AzureBlobSettings.AccountKey.In(settings));
    }
}
