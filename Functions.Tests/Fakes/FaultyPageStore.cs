using System.Runtime.CompilerServices;
using AudienceSync.Pages;

namespace AudienceSync.Fakes;

/// <summary>A store of pages whose calls pass <see cref="FaultPoints"/>.</summary>
internal sealed class FaultyPageStore(IPageStore inner, FaultPoints points) : IPageStore
{
    public async Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        points.Pass();
        await inner.WriteAsync(chain, pages, cancellationToken);
        points.Pass();
    }

    public async IAsyncEnumerable<PageReader> ReadAsync(
        string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        points.Pass();
        await foreach (var page in inner.ReadAsync(chain, range, parts, cancellationToken))
        {
            yield return page;
        }
    }

    public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken)
    {
        points.Pass();
        return inner.ReadPageAsync(chain, number, cancellationToken);
    }

    public async Task DeleteAsync(string chain, CancellationToken cancellationToken)
    {
        points.Pass();
        await inner.DeleteAsync(chain, cancellationToken);
        points.Pass();
    }

    public IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        points.Pass();
        return inner.ListAsync(before, cancellationToken);
    }
}
