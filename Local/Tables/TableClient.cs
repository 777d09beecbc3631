#nullable disable // as in the real package

using Azure.Core;
using Azure.Data.Tables.Models;

namespace Azure.Data.Tables;

/// <summary>A table.</summary>
public partial class TableClient
{
    private readonly TableRest _rest;

    /// <summary>For mocks.</summary>
    protected TableClient()
    {
    }

    public TableClient(string connectionString, string tableName) : this(connectionString, tableName, null)
    {
    }

    public TableClient(string connectionString, string tableName, TableClientOptions options = null)
        : this(TableRest.For(connectionString, options), tableName)
    {
    }

    public TableClient(Uri endpoint, string tableName, TokenCredential tokenCredential, TableClientOptions options = null)
        : this(TableRest.For(endpoint, tokenCredential, options), tableName)
    {
    }

    public TableClient(Uri endpoint, string tableName, TableSharedKeyCredential credential) : this(endpoint, tableName, credential, null)
    {
    }

    public TableClient(Uri endpoint, string tableName, TableSharedKeyCredential credential, TableClientOptions options = null)
        : this(TableRest.For(endpoint, credential, options), tableName)
    {
    }

    /// <param name="endpoint">Ends with the table's name.</param>
    public TableClient(Uri endpoint, AzureSasCredential credential, TableClientOptions options = null)
        : this(TableRest.For(Parent(endpoint), credential, options), LastSegment(endpoint))
    {
    }

    /// <param name="endpoint">Ends with the table's name and has a shared access signature as its query.</param>
    public TableClient(Uri endpoint, TableClientOptions options = null) : this(TableRest.For(Parent(endpoint), options), LastSegment(endpoint))
    {
    }

    internal TableClient(TableRest rest, string tableName)
    {
        ArgumentException.ThrowIfNullOrEmpty(tableName);
        _rest = rest;
        Name = tableName;
    }

    public virtual string AccountName => _rest.AccountName;

    public virtual string Name { get; }

    public virtual Uri Uri => new(_rest.Address(Name));

    /// <exception cref="RequestFailedException">409: it exists, or is still being deleted.</exception>
    public virtual Response<TableItem> Create(CancellationToken cancellationToken = default) =>
        CreateAsync(existsIsFine: false, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="Create"/>
    public virtual Task<Response<TableItem>> CreateAsync(CancellationToken cancellationToken = default) =>
        CreateAsync(existsIsFine: false, async: true, cancellationToken);

    /// <returns>Never null; status 409 if the table existed.</returns>
    public virtual Response<TableItem> CreateIfNotExists(CancellationToken cancellationToken = default) =>
        CreateAsync(existsIsFine: true, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="CreateIfNotExists"/>
    public virtual Task<Response<TableItem>> CreateIfNotExistsAsync(CancellationToken cancellationToken = default) =>
        CreateAsync(existsIsFine: true, async: true, cancellationToken);

    /// <returns>Status 404 if there is no such table.</returns>
    public virtual Response Delete(CancellationToken cancellationToken = default) => DeleteAsync(async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="Delete"/>
    public virtual Task<Response> DeleteAsync(CancellationToken cancellationToken = default) => DeleteAsync(async: true, cancellationToken);

    private static Uri Parent(Uri tableUri)
    {
        var parent = new UriBuilder(tableUri);
        parent.Path = parent.Path.TrimEnd('/') is var path ? path[..path.LastIndexOf('/')] : "";
        return parent.Uri;
    }

    private static string LastSegment(Uri tableUri) => tableUri.AbsolutePath.TrimEnd('/').Split('/')[^1];

    private async Task<Response<TableItem>> CreateAsync(bool existsIsFine, bool async, CancellationToken cancellationToken)
    {
        using var message = _rest.Create(RequestMethod.Post, "Tables");
        message.Request.Headers.Add("Prefer", "return-no-content");
        var body = new PooledBuffer(128);
        body.Write($$"""{"TableName":"{{Name}}"}"""); // other names than letters and digits are refused by the service
        var response = await _rest.SendAsync(message, body, async, cancellationToken).ConfigureAwait(false);
        if (!response.IsError) return Response.FromValue(new TableItem(Name), response);
        var failure = new RequestFailedException(response);
        return existsIsFine && failure.ErrorCode == TableErrorCode.TableAlreadyExists ? Response.FromValue(new TableItem(Name), response) : throw failure;
    }

    private async Task<Response> DeleteAsync(bool async, CancellationToken cancellationToken)
    {
        using var message = _rest.Create(RequestMethod.Delete, $"Tables('{Name}')");
        return Accept(await _rest.SendAsync(message, null, async, cancellationToken).ConfigureAwait(false), orStatus: 404);
    }

    /// <summary>The response, if it is a success or of the status that counts as one.</summary>
    private static Response Accept(Response response, int? orStatus = null) =>
        response.IsError && response.Status != orStatus ? throw new RequestFailedException(response) : response;
}
