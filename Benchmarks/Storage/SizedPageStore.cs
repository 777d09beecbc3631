using AudienceSync.Pages;

namespace AudienceSync.Benchmarks.Storage;

/// <summary>A page store that notes how many pages were written and how large the largest was.</summary>
internal sealed class SizedPageStore(IPageStore store) : IPageStore
{
    private int _pages;
    private int _largest;

    public int Pages => _pages;

    /// <summary>Bytes of the largest page.</summary>
    public int LargestPage => _largest;

    public Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        Interlocked.Add(ref _pages, pages.Count);
        foreach (var page in pages)
        {
            for (var largest = Volatile.Read(ref _largest); page.Size > largest; largest = Volatile.Read(ref _largest))
            {
                Interlocked.CompareExchange(ref _largest, page.Size, largest);
            }
        }

        return store.WriteAsync(chain, pages, cancellationToken);
    }

    public IAsyncEnumerable<PageReader> ReadAsync(string chain, KeyRange range, PageParts parts, CancellationToken cancellationToken) =>
        store.ReadAsync(chain, range, parts, cancellationToken);

    public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken) => store.ReadPageAsync(chain, number, cancellationToken);

    public Task DeleteAsync(string chain, CancellationToken cancellationToken) => store.DeleteAsync(chain, cancellationToken);

    public IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken) => store.ListAsync(before, cancellationToken);
}
