#nullable disable // as in the real package

using Azure.Core;

namespace Azure.Data.Tables;

public partial class TableClient
{
    /// <param name="select">Names of the properties to read; null: all.</param>
    /// <exception cref="RequestFailedException">404: no such row, or no such table.</exception>
    public virtual Response<T> GetEntity<T>(
        string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        (Response<T>)ReadAsync<T>(partitionKey, rowKey, select, missingIsFine: false, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="GetEntity"/>
    public virtual async Task<Response<T>> GetEntityAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        (Response<T>)await ReadAsync<T>(partitionKey, rowKey, select, missingIsFine: false, async: true, cancellationToken).ConfigureAwait(false);

    /// <returns>Without a value if there is no such row or no such table.</returns>
    public virtual NullableResponse<T> GetEntityIfExists<T>(
        string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        ReadAsync<T>(partitionKey, rowKey, select, missingIsFine: true, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="GetEntityIfExists"/>
    public virtual Task<NullableResponse<T>> GetEntityIfExistsAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        ReadAsync<T>(partitionKey, rowKey, select, missingIsFine: true, async: true, cancellationToken);

    /// <exception cref="RequestFailedException">409: the row exists.</exception>
    public virtual Response AddEntity<T>(T entity, CancellationToken cancellationToken = default) where T : ITableEntity =>
        AddAsync(entity, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="AddEntity"/>
    public virtual Task<Response> AddEntityAsync<T>(T entity, CancellationToken cancellationToken = default) where T : ITableEntity =>
        AddAsync(entity, async: true, cancellationToken);

    /// <param name="ifMatch">The version that may be overwritten; <see cref="ETag.All"/>: any.</param>
    /// <returns>With the new ETag; <paramref name="entity"/> is left as it is.</returns>
    /// <exception cref="RequestFailedException">412: another version is stored; 404: no such row.</exception>
    public virtual Response UpdateEntity<T>(
        T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        WriteAsync(entity, Given(ifMatch), mode, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="UpdateEntity"/>
    public virtual async Task<Response> UpdateEntityAsync<T>(
        T entity, ETag ifMatch, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        await WriteAsync(entity, Given(ifMatch), mode, async: true, cancellationToken).ConfigureAwait(false);

    /// <inheritdoc cref="UpdateEntity" path="/returns"/>
    public virtual Response UpsertEntity<T>(T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        WriteAsync(entity, ifMatch: null, mode, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="UpsertEntity"/>
    public virtual Task<Response> UpsertEntityAsync<T>(T entity, TableUpdateMode mode = TableUpdateMode.Merge, CancellationToken cancellationToken = default)
        where T : ITableEntity =>
        WriteAsync(entity, ifMatch: null, mode, async: true, cancellationToken);

    /// <param name="ifMatch">The version that may be deleted; default: any.</param>
    /// <returns>Status 404 if there is no such row.</returns>
    /// <exception cref="RequestFailedException">412: another version is stored.</exception>
    public virtual Response DeleteEntity(string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        DeleteAsync(partitionKey, rowKey, ifMatch, async: false, cancellationToken).GetAwaiter().GetResult();

    /// <inheritdoc cref="DeleteEntity(string, string, ETag, CancellationToken)"/>
    public virtual Task<Response> DeleteEntityAsync(
        string partitionKey, string rowKey, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        DeleteAsync(partitionKey, rowKey, ifMatch, async: true, cancellationToken);

    /// <inheritdoc cref="DeleteEntity(string, string, ETag, CancellationToken)"/>
    public virtual Response DeleteEntity(ITableEntity entity, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        DeleteEntity(entity.PartitionKey, entity.RowKey, ifMatch, cancellationToken);

    /// <inheritdoc cref="DeleteEntity(string, string, ETag, CancellationToken)"/>
    public virtual Task<Response> DeleteEntityAsync(ITableEntity entity, ETag ifMatch = default, CancellationToken cancellationToken = default) =>
        DeleteEntityAsync(entity.PartitionKey, entity.RowKey, ifMatch, cancellationToken);

    private static ETag Given(ETag ifMatch) =>
        ifMatch == default ? throw new ArgumentException("Give the ETag that was read, or ETag.All.", nameof(ifMatch)) : ifMatch;

    private static string Selected(IEnumerable<string> select) => select is null ? null : string.Join(',', select);

    private async Task<NullableResponse<T>> ReadAsync<T>(
        string partitionKey, string rowKey, IEnumerable<string> select, bool missingIsFine, bool async, CancellationToken cancellationToken)
        where T : class, ITableEntity
    {
        EntityLimits.CheckKeys(partitionKey, rowKey);
        using var message = _rest.Create(RequestMethod.Get, TableRest.EntityPath(Name, partitionKey, rowKey), ("$select", Selected(select)));
        var response = Accept(
            await _rest.SendAsync(message, null, async, cancellationToken).ConfigureAwait(false), orStatus: missingIsFine ? 404 : null);
        return response.Status == 404
            ? new NoValueResponse<T>(response)
            : Response.FromValue(EntityReader.ReadOne<T>(response.Content.ToMemory().Span), response);
    }

    private async Task<Response> AddAsync(ITableEntity entity, bool async, CancellationToken cancellationToken)
    {
        using var message = _rest.Create(RequestMethod.Post, Name);
        message.Request.Headers.Add("Prefer", "return-no-content");
        return Accept(await _rest.SendAsync(message, BodyOf(entity), async, cancellationToken).ConfigureAwait(false));
    }

    private async Task<Response> WriteAsync(ITableEntity entity, ETag? ifMatch, TableUpdateMode mode, bool async, CancellationToken cancellationToken)
    {
        var body = BodyOf(entity);
        using var message = _rest.Create(
            mode is TableUpdateMode.Replace ? RequestMethod.Put : RequestMethod.Patch,
            TableRest.EntityPath(Name, entity.PartitionKey, entity.RowKey));
        if (ifMatch is { } etag) message.Request.Headers.Add(HttpHeader.Names.IfMatch, etag.ToString());
        return Accept(await _rest.SendAsync(message, body, async, cancellationToken).ConfigureAwait(false));
    }

    private async Task<Response> DeleteAsync(string partitionKey, string rowKey, ETag ifMatch, bool async, CancellationToken cancellationToken)
    {
        EntityLimits.CheckKeys(partitionKey, rowKey);
        using var message = _rest.Create(RequestMethod.Delete, TableRest.EntityPath(Name, partitionKey, rowKey));
        message.Request.Headers.Add(HttpHeader.Names.IfMatch, ifMatch == default ? ETag.All.ToString() : ifMatch.ToString());
        return Accept(await _rest.SendAsync(message, null, async, cancellationToken).ConfigureAwait(false), orStatus: 404);
    }

    private static PooledBuffer BodyOf(ITableEntity entity)
    {
        ArgumentNullException.ThrowIfNull(entity);
        EntityLimits.Check(entity);
        var body = new PooledBuffer(EntityJson.EstimateLength(entity));
        EntityJson.Write(body, entity);
        return body;
    }
}
