using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Xml;
using System.Xml.Linq;
using AudienceSync.Local.Platforms.State;

namespace AudienceSync.Local.Platforms.Players;

/// <summary>Azure Blob Storage, the container in the first part of the path: Put Blob, blocks, list, delete; Shared Key, one SAS token, or Entra tokens.</summary>
internal sealed class AzureBlob : Platform
{
    private const string Account = "acmestore", Container = "drop", Tenant = "tenant", ClientId = "client", Secret = "secret";
    private const string Sas = "sv=2021-12-02&sr=c&sp=racwdl&se=2036-01-01T00%3A00%3A00Z&sig=c2lnbmF0dXJl";

    private static readonly byte[] Key = [.. Enumerable.Range(1, 64).Select(number => (byte)number)];

    private readonly FileStore _files;
    private readonly Dictionary<string, Dictionary<string, byte[]>> _blocks = [];

    public AzureBlob(TimeProvider time)
        : base("azure-blob", time)
    {
        _files = new(Extras);
        Routes.Open("token", "POST", "/{tenant}/oauth2/v2.0/token", Token)
            .Get("list", "/{container}", call => call.Query("comp") == "list" ? InContainer(call, List) : Refuse(400, "InvalidQueryParameterValue", "comp is list."))
            .Put("put", "/{container}/{blob*}", call => InContainer(call, () => call.Query("comp") switch
            {
                null => Put(call),
                "block" => PutBlock(call),
                "blocklist" => PutList(call),
                _ => Refuse(400, "InvalidQueryParameterValue", "comp is not known."),
            }))
            .Get("get", "/{container}/{blob*}", call => InContainer(call, () => _files.Get(Name(call)) is { } file ? new(200, file.Bytes, file.ContentType) : Refuse(404, "BlobNotFound", "The specified blob does not exist.")))
            .Delete("delete", "/{container}/{blob*}", call => InContainer(call, () => _files.Remove(Name(call)) ? Answer.Empty(202) : Refuse(404, "BlobNotFound", "The specified blob does not exist.")));
    }

    public override bool TakesAnyPath => true;

    public override JsonObject Settings => new() { ["account"] = Account, ["container"] = Container, ["accountKey"] = Convert.ToBase64String(Key), ["tenantId"] = Tenant, ["clientId"] = ClientId, ["clientSecret"] = Secret, ["sasToken"] = Sas };

    protected override Answer? Authenticate(Call call) =>
        call.Scheme("SharedKey") is { } signature ? IsSigned(call, signature) ? null : Unauthorized(call)
        : call.Bearer is not null ? Tokens.Holds(call.Bearer) ? null : Refuse(401, "InvalidAuthenticationInfo", "Server failed to authenticate the request.")
        : call.RawQuery.Contains(Sas, StringComparison.Ordinal) ? null
        : Unauthorized(call);

    protected override Answer? Admit(Call call) => call.Header("x-ms-version") is null && call.Scheme("SharedKey") is not null ? Refuse(400, "MissingRequiredHeader", "x-ms-version is required.") : null;

    protected override Answer Refuse(int status, string code, string message) => Answer.Plain(
        status, $"<?xml version=\"1.0\" encoding=\"utf-8\"?>{new XElement("Error", new XElement("Code", code), new XElement("Message", message)).ToString(SaveOptions.DisableFormatting)}", "application/xml")
        .With("x-ms-error-code", code).Because($"{code}: {message}");

    protected override Answer Unauthorized(Call call) => Refuse(403, "AuthenticationFailed", "Server failed to authenticate the request.");

    protected override Answer Throttle(Call call, TimeSpan wait) => Refuse(503, "ServerBusy", "The server is currently unable to receive requests.").With("Retry-After", Seconds(wait));

    protected override Answer Outage(Call call) => Refuse(500, "InternalError", "The server encountered an internal error.");

    private static string Name(Call call) => $"{Container}/{call.Value("blob")}";

    private Answer InContainer(Call call, Func<Answer> serve) => call.Value("container") == Container ? serve() : Refuse(404, "ContainerNotFound", "The specified container does not exist.");

    private Answer Token(Call call)
    {
        var form = call.Form();
        if (call.Value("tenant") != Tenant || form.GetValueOrDefault("client_id") != ClientId || form.GetValueOrDefault("client_secret") != Secret || form.GetValueOrDefault("scope") != "https://storage.azure.com/.default")
        {
            return Answer.Json(401, new JsonObject { ["error"] = "invalid_client", ["error_description"] = "AADSTS7000215: Invalid client secret provided." });
        }

        var (token, seconds) = Tokens.Issue(TimeSpan.FromSeconds(3599));
        return Answer.Json(200, new JsonObject { ["token_type"] = "Bearer", ["expires_in"] = seconds, ["access_token"] = token });
    }

    private static bool IsSigned(Call call, string given)
    {
        string[] names = ["Content-Encoding", "Content-Language", "Content-Length", "Content-MD5", "Content-Type", "Date", "If-Modified-Since", "If-Match", "If-None-Match", "If-Unmodified-Since", "Range"];
        var standard = names.Select(name => name == "Content-Length" && call.Body.Length == 0 ? "" : call.Header(name) ?? "");
        var own = call.Headers.Where(header => header.Key.StartsWith("x-ms-", StringComparison.OrdinalIgnoreCase)).Select(header => (Name: header.Key.ToLowerInvariant(), Value: header.Value.ToString().Trim()))
            .OrderBy(header => header.Name, StringComparer.Ordinal).Select(header => $"{header.Name}:{header.Value}\n");
        var query = call.QueryValues.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"\n{pair.Key.ToLowerInvariant()}:{string.Join(',', pair.Value.Order(StringComparer.Ordinal))}");

        // The path on the wire has the platform's prefix; who signed before it was put there left it out.
        return ((string[])[$"{new Uri(call.Home).AbsolutePath.TrimEnd('/')}{call.RawPath}", call.RawPath]).Any(path =>
        {
            var text = $"{call.Method}\n{string.Join('\n', standard)}\n{string.Concat(own)}/{Account}{path}{string.Concat(query)}";
            return given == $"{Account}:{Convert.ToBase64String(HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(text)))}";
        });
    }

    private Answer List() => Answer.Plain(200, new XElement("EnumerationResults", new XElement("Blobs", _files.Names.Select(name => new XElement("Blob", new XElement("Name", name[(Container.Length + 1)..]))))).ToString(), "application/xml");

    /// <summary>A copy within the account is done at once.</summary>
    private Answer Copy(Call call, string source)
    {
        var path = Uri.UnescapeDataString(new Uri(source).AbsolutePath);
        var at = path.IndexOf($"/{Container}/", StringComparison.Ordinal);
        return at < 0 || _files.Get(path[(at + 1)..]) is not { } file
            ? Refuse(404, "CannotVerifyCopySource", "The specified blob does not exist.")
            : Stored(call, file.Bytes, file.ContentType) with { Status = 202, Headers = [("x-ms-copy-id", "0f00"), ("x-ms-copy-status", "success")] };
    }

    private Answer Put(Call call) =>
        call.Header("x-ms-copy-source") is { } source ? Copy(call, source)
        : call.Header("x-ms-blob-type") != "BlockBlob" ? Refuse(400, "MissingRequiredHeader", "x-ms-blob-type is required.")
        : call.Header("If-None-Match") == "*" && _files.Get(Name(call)) is not null ? Refuse(409, "BlobAlreadyExists", "The specified blob already exists.")
        : Stored(call, call.Body, call.Header("x-ms-blob-content-type") ?? call.Header("Content-Type"));

    private Answer Stored(Call call, byte[] bytes, string? type) => Answer.Empty(201)
        .With("ETag", $"\"0x{_files.Put(Name(call), bytes, type).ETag[..15].ToUpper(CultureInfo.InvariantCulture)}\"").With("Content-MD5", Convert.ToBase64String(MD5.HashData(bytes)));

    private Answer PutBlock(Call call)
    {
        var blocks = _blocks.TryGetValue(Name(call), out var known) ? known : _blocks[Name(call)] = [];
        if (call.Query("blockid") is not { Length: > 0 } id || blocks.Keys.Any(other => other.Length != id.Length))
        {
            return Refuse(400, "InvalidBlobOrBlock", "Ids of blocks have one length.");
        }

        blocks[id] = call.Body;
        return Answer.Empty(201);
    }

    private Answer PutList(Call call)
    {
        try
        {
            var blocks = _blocks.GetValueOrDefault(Name(call)) ?? [];
            var ids = XElement.Parse(call.Text).Elements().Select(each => each.Value).ToList();
            if (call.Header("If-None-Match") == "*" && _files.Get(Name(call)) is not null)
            {
                return Refuse(409, "BlobAlreadyExists", "The specified blob already exists.");
            }

            if (ids.Any(id => !blocks.ContainsKey(id)))
            {
                return Refuse(400, "InvalidBlockList", "The specified block list is invalid.");
            }

            _blocks.Remove(Name(call));
            return Stored(call, [.. ids.SelectMany(id => blocks[id])], call.Header("x-ms-blob-content-type"));
        }
        catch (XmlException)
        {
            return Refuse(400, "InvalidXmlDocument", "The block list is no XML.");
        }
    }
}
