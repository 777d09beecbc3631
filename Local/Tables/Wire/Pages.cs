using System.Runtime.CompilerServices;

namespace Azure.Data.Tables;

/// <summary>Fetches the page that a continuation token names (null: the first).</summary>
internal delegate Task<Page<T>> PageFetcher<T>(string? continuationToken, int? pageSize, bool async, CancellationToken cancellationToken);

/// <summary>Pages fetched while they are enumerated. A page may be empty and still not be the last.</summary>
internal sealed class AsyncPages<T>(PageFetcher<T> fetch, int? pageSize, CancellationToken cancellationToken) : AsyncPageable<T>(cancellationToken)
    where T : notnull
{
    public override IAsyncEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null) =>
        FetchAsync(continuationToken, pageSizeHint ?? pageSize);

    private async IAsyncEnumerable<Page<T>> FetchAsync(
        string? continuationToken, int? size, [EnumeratorCancellation] CancellationToken enumeratorToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(CancellationToken, enumeratorToken);
        do
        {
            var page = await fetch(continuationToken, size, async: true, either.Token).ConfigureAwait(false);
            yield return page;
            continuationToken = page.ContinuationToken;
        }
        while (continuationToken is not null);
    }
}

/// <inheritdoc cref="AsyncPages{T}"/>
internal sealed class SyncPages<T>(PageFetcher<T> fetch, int? pageSize, CancellationToken cancellationToken) : Pageable<T>(cancellationToken)
    where T : notnull
{
    public override IEnumerable<Page<T>> AsPages(string? continuationToken = null, int? pageSizeHint = null)
    {
        do
        {
            var page = fetch(continuationToken, pageSizeHint ?? pageSize, async: false, CancellationToken).GetAwaiter().GetResult();
            yield return page;
            continuationToken = page.ContinuationToken;
        }
        while (continuationToken is not null);
    }
}
