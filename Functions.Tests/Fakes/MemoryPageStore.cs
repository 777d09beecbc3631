using System.Runtime.CompilerServices;
using AudienceSync.Ids;
using AudienceSync.Pages;

namespace AudienceSync.Fakes;

/// <summary>Keeps pages in memory, as packed bytes: what is read was encoded and is checked and decoded. Thread-safe.</summary>
public sealed class MemoryPageStore : IPageStore
{
    private readonly Dictionary<string, SortedDictionary<int, PackedPage>> _chains = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();

    /// <summary>Ids of the chains held, in order.</summary>
    public IReadOnlyList<string> Chains
    {
        get
        {
            lock (_lock)
            {
                return [.. _chains.Keys.Order(StringComparer.Ordinal)];
            }
        }
    }

    public Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var page in pages)
            {
                if (!_chains.TryGetValue(chain, out var held))
                {
                    _chains[chain] = held = [];
                }

                held[page.Number] = new(page.Number, page.Header.ToArray(), page.Keys.ToArray(), page.Hashes.ToArray(), page.Body.ToArray());
            }
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<PageReader> ReadAsync(
        string chain, KeyRange range, PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        var held = PagesOf(chain);
        if (held.Count == 0)
        {
            throw PageSequence.Missing(chain, 0);
        }

        var sequence = new PageSequence(chain, range);
        foreach (var page in held.Where(page => page.Range.Overlaps(range)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return sequence.Open(parts is PageParts.Whole ? page : page with { Body = default }, parts);
        }
    }

    public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var page = PagesOf(chain).Find(page => page.Number == number) ?? throw PageSequence.Missing(chain, number);
        return Task.FromResult(PageSequence.Open(chain, page, PageParts.Whole));
    }

    public Task DeleteAsync(string chain, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            _chains.Remove(chain);
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<string> ListAsync(DateTimeOffset before, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        foreach (var chain in Chains.Where(chain => NewId.TimeOf(chain) < before))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return chain;
        }
    }

    /// <summary>Puts another page in the place of one, or takes it away: damage, on purpose.</summary>
    public void Tamper(string chain, int number, Func<PackedPage, PackedPage?> change)
    {
        lock (_lock)
        {
            if (change(_chains[chain][number]) is { } changed)
            {
                _chains[chain][number] = changed;
            }
            else
            {
                _chains[chain].Remove(number);
            }
        }
    }

    private List<PackedPage> PagesOf(string chain)
    {
        lock (_lock)
        {
            return _chains.TryGetValue(chain, out var pages) ? [.. pages.Values] : [];
        }
    }
}
