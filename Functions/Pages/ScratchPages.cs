using System.Runtime.CompilerServices;

namespace AudienceSync.Pages;

/// <summary>Pages in memory, for as long as one question takes: what works on stored pages works on a few rows at hand. Not thread-safe.</summary>
internal sealed class ScratchPages : IPageStore
{
    private readonly Dictionary<string, SortedDictionary<int, PackedPage>> _chains = new(StringComparer.Ordinal);

    public Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        foreach (var page in pages)
        {
            // The writer takes its memory back.
            (_chains.TryGetValue(chain, out var held) ? held : _chains[chain] = [])[page.Number] =
                new(page.Number, page.Header.ToArray(), page.Keys.ToArray(), page.Hashes.ToArray(), page.Body.ToArray());
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<PageReader> ReadAsync(
        string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var sequence = new PageSequence(chain, range);
        foreach (var page in _chains[chain].Values.Where(page => page.Range.Overlaps(range)))
        {
            yield return sequence.Open(page, parts);
        }
    }

    public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken) =>
        Task.FromResult(PageSequence.Open(chain, _chains[chain][number], PageParts.Whole));

    public Task DeleteAsync(string chain, CancellationToken cancellationToken)
    {
        _chains.Remove(chain);
        return Task.CompletedTask;
    }

    public IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken) => _chains.Keys.ToAsyncEnumerable();
}
