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

                held[page.Number] = page;
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
            throw Missing(chain, 0);
        }

        int? expected = range == KeyRange.All ? 0 : null;
        foreach (var page in held.Where(page => page.Range.Overlaps(range)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (expected is { } number && page.Number != number)
            {
                throw Missing(chain, number);
            }

            expected = page.Number + 1;
            yield return PageReader.Open(parts is PageParts.Whole ? page : page with { Body = default }, NameOf(chain, page.Number), parts);
        }
    }

    public Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var page = PagesOf(chain).Find(page => page.Number == number) ?? throw Missing(chain, number);
        return Task.FromResult(PageReader.Open(page, NameOf(chain, number), PageParts.Whole));
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

    private static string NameOf(string chain, int number) => $"{chain}/{number}";

    private static DamagedPageException Missing(string chain, int number) => new($"Page {NameOf(chain, number)} is missing.");
}
