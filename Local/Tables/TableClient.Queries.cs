#nullable disable // as in the real package

using System.Globalization;
using Azure.Core;

namespace Azure.Data.Tables;

public partial class TableClient
{
    /// <summary>A filter in which the values of an interpolated string are literals: <c>$"PartitionKey eq {key}"</c>, without quotes.</summary>
    public static string CreateQueryFilter(FormattableString filter) => QueryFilter.Create(filter);

    /// <param name="filter">OData; null: all rows.</param>
    /// <param name="maxPerPage">At most 1,000; a page may hold fewer rows, or none, and not be the last.</param>
    /// <param name="select">Names of the properties to read; null: all.</param>
    public virtual Pageable<T> Query<T>(
        string filter = null, int? maxPerPage = null, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        new SyncPages<T>(PagesOf<T>(filter, select), maxPerPage, cancellationToken);

    /// <inheritdoc cref="Query"/>
    public virtual AsyncPageable<T> QueryAsync<T>(
        string filter = null, int? maxPerPage = null, IEnumerable<string> select = null, CancellationToken cancellationToken = default)
        where T : class, ITableEntity =>
        new AsyncPages<T>(PagesOf<T>(filter, select), maxPerPage, cancellationToken);

    private PageFetcher<T> PagesOf<T>(string filter, IEnumerable<string> select) where T : class, ITableEntity
    {
        var selected = Selected(select);
        return async (continuationToken, pageSize, async, cancellationToken) =>
        {
            // The token is the two next keys, divided by a space: the service sends them encoded, without spaces.
            var next = continuationToken?.Split(' ', 2);
            using var message = _rest.Create(
                RequestMethod.Get, $"{Name}()",
                ("$filter", filter),
                ("$select", selected),
                ("$top", pageSize?.ToString(CultureInfo.InvariantCulture)),
                ("NextPartitionKey", next?[0]),
                ("NextRowKey", next is [_, { Length: > 0 } row] ? row : null));
            var response = Accept(await _rest.SendAsync(message, null, async, cancellationToken).ConfigureAwait(false));
            return Page<T>.FromValues(EntityReader.ReadMany<T>(response.Content.ToMemory().Span), ContinuationOf(response), response);
        };
    }

    private static string ContinuationOf(Response response)
    {
        var more = response.Headers.TryGetValue("x-ms-continuation-NextPartitionKey", out var partitionKey);
        more |= response.Headers.TryGetValue("x-ms-continuation-NextRowKey", out var rowKey);
        return more ? $"{partitionKey} {rowKey}" : null;
    }
}
