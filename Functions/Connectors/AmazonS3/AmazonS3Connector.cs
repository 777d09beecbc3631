using AudienceSync.Connectors.Kit;
using AudienceSync.Connectors.Kit.Files;

namespace AudienceSync.Connectors.AmazonS3;

/// <summary>Amazon S3: each batch becomes a part file; a manifest closes the set. An object shows whole or not at all, so nothing is renamed.</summary>
/// <remarks>
/// Wire facts (REST API 2006-03-01, read 2026-08): docs.aws.amazon.com/AmazonS3/latest/API, PutObject (<c>If-None-Match</c>: 412 means that it is there),
/// DeleteObject, error responses. Names follow from the run, so that a retry meets what an earlier attempt wrote. Parts are far below the 5 GiB of one call.
/// </remarks>
internal static class AmazonS3Connector
{
    private const string Receipt = "receipt";
    private const string Cleaning = "clean up";

    public static ConnectorDefinition Definition { get; } = new()
    {
        Type = "amazon-s3",
        DisplayName = "Amazon S3",
        DocsUrl = new("https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html"),
        Summary = "Writes the members, or what changed among them, as files to a bucket and closes each set with a manifest.",
        RowAnswers = "A file is stored or not as a whole; its rows count once the manifest of the set is published.",
        Notes =
        [
            "Needs s3:PutObject below the folder, with aws:kms also kms:GenerateDataKey. The check writes an empty file and deletes it; without s3:DeleteObject it stays.",
            "Readers wait for the manifest: part files without one belong to a run that is under way or failed.",
        ],
        Sources =
        [
            new("PutObject", "https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html", "2026-08"),
            new("Signature Version 4", "https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html", "2026-08"),
            new("Error responses", "https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html", "2026-08"),
        ],
        Settings = AmazonS3Settings.All,
        CheckSettings = AmazonS3Settings.Check,
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
        Complete = [new() { Name = "manifest", BuildRequest = Manifest, ReadResponse = static (response, _, _, _) => Go(response) }],
        Check = new() { Name = "probe", BuildRequest = Probe, ReadResponse = ReadProbe },
        Token = AssumedRole.Source,
        Authorize = static context => SigV4.S3.Sign(
            context.Request, context.Body.Span, AssumedRole.KeyOf(context), AmazonS3Settings.Region.In(context.Settings), context.Now),
    };

    private static HttpRequestMessage Upload(DeliveryBatch batch, ConnectorSettings settings, Notes notes)
    {
        var shape = FileShape.Of(settings);
        var name = FileNames.Final(AmazonS3Settings.Prefix.In(settings), batch, shape);
        var file = DeliveryFile.Render(batch, shape);
        notes.Set(Receipt, FileReceipt.Of(name, file, batch, shape));
        return Put(settings, name, file, shape.ContentType, onlyIfNew: true);
    }

    private static StepResult ReadUpload(ConnectorResponse response, DeliveryBatch batch, ConnectorSettings settings, Notes notes) =>
        ObjectStoreErrors.Read(response) is { } failure ? failure : new DeliveryOutcome.Stored(notes.Get<FileReceipt>(Receipt)!.ToText());

    private static HttpRequestMessage Manifest(DeliveryCompletion completion, ConnectorSettings settings, Notes notes)
    {
        var shape = FileShape.Of(settings);
        return Put(
            settings, FileNames.Manifest(AmazonS3Settings.Prefix.In(settings), completion, shape), FileManifest.Render(completion, shape), "application/json", onlyIfNew: true);
    }

    /// <summary>Writes an empty file and deletes it: the permission to list, which looking at the bucket takes, is not needed otherwise.</summary>
    private static HttpRequestMessage Probe(ConnectionProbe probe, ConnectorSettings settings, Notes notes)
    {
        var name = FileNames.Probe(AmazonS3Settings.Prefix.In(settings));
        return notes.Cursor is Cleaning ? new(HttpMethod.Delete, AmazonS3Settings.Address(settings, name)) : Put(settings, name, [], "text/plain", onlyIfNew: false);
    }

    /// <summary>That the empty file may not be deleted does not matter.</summary>
    private static StepResult ReadProbe(ConnectorResponse response, ConnectionProbe probe, ConnectorSettings settings, Notes notes) =>
        notes.Cursor is Cleaning ? StepResult.Next : ObjectStoreErrors.Read(response) is { } failure ? failure : new StepResult.Page(Cleaning);

    private static StepResult Go(ConnectorResponse response) => ObjectStoreErrors.Read(response) is { } failure ? failure : StepResult.Next;

    private static HttpRequestMessage Put(ConnectorSettings settings, string name, byte[] file, string contentType, bool onlyIfNew)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, AmazonS3Settings.Address(settings, name))
        {
            Content = new BodyContent(file, contentType),
        };
        if (onlyIfNew)
        {
            request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        }

        if (AmazonS3Settings.Encryption.In(settings) is not "bucket" and var encryption)
        {
            request.Headers.Add("x-amz-server-side-encryption", encryption);
        }

        if (AmazonS3Settings.KmsKeyId.IsSetIn(settings))
        {
            request.Headers.Add("x-amz-server-side-encryption-aws-kms-key-id", AmazonS3Settings.KmsKeyId.In(settings));
        }

        if (AmazonS3Settings.OwnerFullControl.FlagIn(settings))
        {
            request.Headers.Add("x-amz-acl", "bucket-owner-full-control");
        }

        return request;
    }
}
