using System.Runtime.CompilerServices;
using AudienceSync.Pages;
using AudienceSync.Profiles;

namespace AudienceSync.Fakes;

/// <summary>Keeps inbox pages in memory, packed. Thread-safe.</summary>
public sealed class MemoryProfileInbox(TimeProvider time) : IProfileInbox
{
    private readonly SortedDictionary<string, PackedPage> _pages = new(StringComparer.Ordinal);
    private readonly ArrivalIds _arrivals = new(time);
    private readonly Lock _lock = new();

    /// <summary>Ids of the pages held, in order of arrival.</summary>
    public IReadOnlyList<string> Ids
    {
        get
        {
            lock (_lock)
            {
                return [.. _pages.Keys];
            }
        }
    }

    public Task AppendAsync(IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var page in pages)
            {
                _pages.Add(_arrivals.Next(), page);
            }
        }

        return Task.CompletedTask;
    }

    public async IAsyncEnumerable<InboxPage> ListAsync(PageParts parts, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        List<KeyValuePair<string, PackedPage>> pages;
        lock (_lock)
        {
            pages = [.. _pages];
        }

        foreach (var (id, page) in pages)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return new(id, PageReader.Open(parts is PageParts.Whole ? page : page with { Body = default }, $"inbox/{id}", parts));
        }
    }

    public Task<PageReader?> ReadAsync(string id, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            return Task.FromResult(_pages.TryGetValue(id, out var page) ? PageReader.Open(page, $"inbox/{id}", PageParts.Whole) : null);
        }
    }

    public Task DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        lock (_lock)
        {
            foreach (var id in ids)
            {
                _pages.Remove(id);
            }
        }

        return Task.CompletedTask;
    }
}
