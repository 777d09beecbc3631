using System.Globalization;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Amazon S3, path style: signed puts, multipart uploads, buckets of one region; and the one call of STS that assumes a role.</summary>
internal sealed class AmazonS3 : Platform
{
    private const string Id = "AKIAIOSFODNN7EXAMPLE", Secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    private const string Bucket = "acme-drop", Region = "eu-west-1";
    private const string RoleArn = "arn:aws:iam::123456789012:role/audience-sync", ExternalId = "external-1";
    private const int MinPart = 5 * 1024 * 1024;

    private readonly FileStore _files;
    private readonly Dictionary<string, (string Key, string? Type, SortedDictionary<int, byte[]> Parts)> _uploads = [];
    private readonly Dictionary<string, (string Secret, string Token)> _sessions = [];

    public AmazonS3(TimeProvider time)
        : base("amazon-s3", time)
    {
        _files = new(Extras);
        Routes.Post("assumeRole", "/", AssumeRole)
            .Add("check", "HEAD", "/{bucket}", call => call.Value("bucket") == Bucket ? Answer.Ok : Answer.Empty(404))
            .Add("check", "HEAD", "/{bucket}/", call => call.Value("bucket") == Bucket ? Answer.Ok : Answer.Empty(404))
            .Get("list", "/{bucket}", List)
            .Get("list", "/{bucket}/", List)
            .Put("put", "/{bucket}/{key*}", call => InBucket(call, Put))
            .Post("multipart", "/{bucket}/{key*}", call => InBucket(call, Multipart))
            .Delete("delete", "/{bucket}/{key*}", call => InBucket(call, Delete))
            .Add("head", "HEAD", "/{bucket}/{key*}", call => InBucket(call, (each, name) => _files.Get(name) is { } file ? Answer.Ok.With("ETag", $"\"{file.ETag}\"") : Answer.Empty(404)))
            .Get("get", "/{bucket}/{key*}", call => InBucket(call, (each, name) => _files.Get(name) is { } file ? new(200, file.Bytes, file.ContentType) : Refuse(404, "NoSuchKey", "The specified key does not exist.")));
    }

    public override bool TakesAnyPath => true;

    public override JsonObject Settings => new() { ["bucket"] = Bucket, ["region"] = Region, ["accessKeyId"] = Id, ["secretAccessKey"] = Secret, ["roleArn"] = RoleArn, ["externalId"] = ExternalId };

    protected override Answer? Authenticate(Call call)
    {
        var fault = SigV4.Fault(call, id => id == Id ? Secret : _sessions.TryGetValue(id, out var session) && Tokens.Holds(session.Token) && call.Header("x-amz-security-token") == session.Token ? session.Secret : null);
        return fault switch
        {
            null => null,
            "InvalidAccessKeyId" when call.Header("x-amz-security-token") is not null => Refuse(400, "ExpiredToken", "The provided token has expired."),
            "XAmzContentSHA256Mismatch" => Refuse(400, fault, "The provided 'x-amz-content-sha256' header does not match what was computed."),
            _ => Refuse(403, fault, "Access is denied."),
        };
    }

    protected override Answer Refuse(int status, string code, string message) => Xml(status, new XElement("Error", new XElement("Code", code), new XElement("Message", message), new XElement("RequestId", "0F00"))).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.");

    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(503, "SlowDown", "Please reduce your request rate.");

    protected override Answer Outage(Call call) => Refuse(500, "InternalError", "We encountered an internal error. Please try again.");

    private static Answer Xml(int status, XElement element) => Answer.Plain(status, $"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{element.ToString(SaveOptions.DisableFormatting)}", "application/xml");

    private Answer AssumeRole(Call call)
    {
        var form = call.Form();
        if (form.GetValueOrDefault("Action") != "AssumeRole" || form.GetValueOrDefault("RoleArn") != RoleArn || form.GetValueOrDefault("ExternalId") != ExternalId)
        {
            return Xml(403, new XElement("ErrorResponse", new XElement("Error", new XElement("Type", "Sender"), new XElement("Code", "AccessDenied"), new XElement("Message", "The role cannot be assumed."))));
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromHours(1));
        var id = $"ASIA{Tokens.Issued.ToString("D16", CultureInfo.InvariantCulture)}";
        _sessions[id] = ($"secret-{token}", token);
        XNamespace space = "https://sts.amazonaws.com/doc/2011-06-15/";
        return Xml(200, new XElement(space + "AssumeRoleResponse", new XElement(space + "AssumeRoleResult", new XElement(
            space + "Credentials",
            new XElement(space + "AccessKeyId", id),
            new XElement(space + "SecretAccessKey", $"secret-{token}"),
            new XElement(space + "SessionToken", token),
            new XElement(space + "Expiration", (call.At + TimeSpan.FromSeconds(seconds)).ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture))))));
    }

    private Answer InBucket(Call call, Func<Call, string, Answer> serve) => call.Value("bucket") == Bucket ? serve(call, $"{Bucket}/{call.Value("key")}") : Refuse(404, "NoSuchBucket", "The specified bucket does not exist.");

    private Answer List(Call call) => call.Value("bucket") != Bucket ? Refuse(404, "NoSuchBucket", "The specified bucket does not exist.") : Xml(200, new XElement(
        "ListBucketResult",
        new XElement("Name", Bucket),
        _files.Names.Select(name => new XElement("Contents", new XElement("Key", name[(Bucket.Length + 1)..])))));

    private Answer Put(Call call, string name)
    {
        if (call.Query("partNumber") is { } number && call.Query("uploadId") is { } upload)
        {
            if (!_uploads.TryGetValue(upload, out var open))
            {
                return Refuse(404, "NoSuchUpload", "The specified upload does not exist.");
            }

            open.Parts[int.Parse(number, CultureInfo.InvariantCulture)] = call.Body;
            return Answer.Ok.With("ETag", $"\"part{number}\"");
        }

        if (call.Header("If-None-Match") == "*" && _files.Get(name) is not null)
        {
            return Refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
        }

        return Answer.Ok.With("ETag", $"\"{_files.Put(name, call.Body, call.Header("Content-Type")).ETag}\"");
    }

    private Answer Multipart(Call call, string name)
    {
        if (call.QueryValues.Any(pair => pair.Key == "uploads"))
        {
            var id = $"upload-{(_uploads.Count + 1).ToString(CultureInfo.InvariantCulture)}";
            _uploads[id] = (name, call.Header("Content-Type"), []);
            return Xml(200, new XElement("InitiateMultipartUploadResult", new XElement("Bucket", Bucket), new XElement("Key", call.Value("key")), new XElement("UploadId", id)));
        }

        if (call.Query("uploadId") is not { } upload || !_uploads.TryGetValue(upload, out var open))
        {
            return Refuse(404, "NoSuchUpload", "The specified upload does not exist.");
        }

        List<int> parts;
        try
        {
            parts = [.. XElement.Parse(call.Text).Elements().Select(part => int.Parse(part.Elements().First(each => each.Name.LocalName == "PartNumber").Value, CultureInfo.InvariantCulture))];
        }
        catch (XmlException)
        {
            return Refuse(400, "MalformedXML", "The XML you provided was not well-formed.");
        }

        if (parts.Any(part => !open.Parts.ContainsKey(part)))
        {
            return Refuse(400, "InvalidPart", "One or more of the specified parts could not be found.");
        }

        if (parts.SkipLast(1).Any(part => open.Parts[part].Length < MinPart))
        {
            return Refuse(400, "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size");
        }

        // A failure of this call comes inside a 200.
        if (call.Header("If-None-Match") == "*" && _files.Get(name) is not null)
        {
            return Refuse(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold");
        }

        _uploads.Remove(upload);
        var file = _files.Put(name, [.. parts.SelectMany(part => open.Parts[part])], open.Type);
        return Xml(200, new XElement("CompleteMultipartUploadResult", new XElement("Key", call.Value("key")), new XElement("ETag", $"\"{file.ETag}-{parts.Count}\"")));
    }

    private Answer Delete(Call call, string name)
    {
        if (call.Query("uploadId") is { } upload)
        {
            return _uploads.Remove(upload) ? Answer.Empty(204) : Refuse(404, "NoSuchUpload", "The specified upload does not exist.");
        }

        _files.Remove(name);
        return Answer.Empty(204);
    }
}
