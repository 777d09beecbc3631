using Azure.Core;
using Azure.Core.Pipeline;

namespace Azure.Data.Tables;

/// <summary>The Table service's protocol: addresses, headers, sending. Everything else builds on it.</summary>
/// <remarks>Facts: learn.microsoft.com/rest/api/storageservices/table-service-rest-api.</remarks>
internal sealed class TableRest
{
    private const string Json = "application/json";
    private const string MinimalMetadata = "application/json;odata=minimalmetadata";

    private readonly HttpPipeline _pipeline;
    private readonly string _version;
    private readonly string _base; // without a slash at its end
    private readonly string _signature; // a shared access signature that came in the endpoint's query, else empty

    public TableRest(Uri endpoint, TableClientOptions? options, Func<TableClientOptions, HttpPipelinePolicy?> authentication, string? accountName = null)
    {
        options ??= new();
        Endpoint = new(endpoint.GetLeftPart(UriPartial.Path));
        AccountName = accountName ?? StorageAccount.NameFrom(endpoint);
        _base = Endpoint.AbsoluteUri.TrimEnd('/');
        _signature = endpoint.Query.TrimStart('?');
        _version = options.VersionString;
        var pipeline = new HttpPipelineOptions(options) { RequestFailedDetailsParser = FailureParser.Instance };
        if (authentication(options) is { } policy) pipeline.PerRetryPolicies.Add(policy);
        _pipeline = HttpPipelineBuilder.Build(pipeline);
    }

    public Uri Endpoint { get; }

    public string AccountName { get; }

    public static TableRest For(string connectionString, TableClientOptions? options)
    {
        var account = StorageAccount.Parse(connectionString);
        return account.Key is { } key
            ? For(account.Endpoint, key, options)
            : For(new UriBuilder(account.Endpoint) { Query = account.SharedAccessSignature }.Uri, options);
    }

    public static TableRest For(Uri endpoint, TableSharedKeyCredential credential, TableClientOptions? options) =>
        new(endpoint, options, _ => new SharedKeyLitePolicy(credential, TimeProvider.System), credential.AccountName);

    public static TableRest For(Uri endpoint, AzureSasCredential credential, TableClientOptions? options) =>
        new(endpoint, options, _ => new SharedAccessSignaturePolicy(credential));

    public static TableRest For(Uri endpoint, TokenCredential credential, TableClientOptions? options) =>
        new(endpoint, options, o => new BearerTokenAuthenticationPolicy(credential, (o.Audience ?? TableAudience.AzurePublicCloud).Scope));

    public static TableRest For(Uri endpoint, TableClientOptions? options) => new(endpoint, options, _ => null);

    /// <summary>Where a row is, below the endpoint.</summary>
    public static string EntityPath(string table, string partitionKey, string rowKey) =>
        $"{table}(PartitionKey='{EscapeKey(partitionKey)}',RowKey='{EscapeKey(rowKey)}')";

    public string Address(string path) => $"{_base}/{path}";

    /// <param name="query">Parameters; those without a value are left out.</param>
    public HttpMessage Create(RequestMethod method, string path, params ReadOnlySpan<(string Name, string? Value)> query)
    {
        var parameters = _signature;
        foreach (var (name, value) in query)
        {
            if (value is not null) parameters += $"{(parameters is "" ? "" : "&")}{name}={Uri.EscapeDataString(value)}";
        }

        var message = _pipeline.CreateMessage();
        message.Request.Method = method;
        message.Request.Uri.Reset(new(parameters is "" ? Address(path) : $"{Address(path)}?{parameters}"));
        foreach (var (name, value) in CommonHeaders()) message.Request.Headers.Add(name, value);
        return message;
    }

    /// <summary>What every request says, also those inside a transaction.</summary>
    public (string Name, string Value)[] CommonHeaders() =>
        [("x-ms-version", _version), ("DataServiceVersion", "3.0"), ("Accept", MinimalMetadata)];

    /// <summary>Sends a message, with a body if there is one, and returns whatever the service answers.</summary>
    public async Task<Response> SendAsync(
        HttpMessage message, PooledBuffer? body, bool async, CancellationToken cancellationToken, string contentType = Json)
    {
        if (body is not null)
        {
            message.Request.Headers.Add(HttpHeader.Names.ContentType, contentType);
            message.Request.Content = RequestContent.Create(body.Written);
        }

        if (async) await _pipeline.SendAsync(message, cancellationToken).ConfigureAwait(false);
        else _pipeline.Send(message, cancellationToken);

        // After a failure the transport may still be reading the body: then it is left to the garbage collector.
        if (!message.Response.IsError) body?.Dispose();
        return message.Response;
    }

    private static string EscapeKey(string key) => Uri.EscapeDataString(key.Replace("'", "''", StringComparison.Ordinal));
}
