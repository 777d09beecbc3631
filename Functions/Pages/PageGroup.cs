namespace AudienceSync.Pages;

/// <summary>Sealed pages of a chain that are to be written together. Not thread-safe.</summary>
internal sealed class PageGroup
{
    /// <summary>Most pages and bytes written at once: four of the largest pages, as base64 still within the 4 MiB of a table transaction, which takes 100 rows at most.</summary>
    public const int MaxPages = 100;
    public const int MaxBytes = 4 * PackedPage.MaxBytes;

    private readonly List<PackedPage> _pages = [];
    private int _bytes;

    public bool IsEmpty => _pages.Count == 0;

    public bool HasRoomFor(PackedPage page) => _pages.Count < MaxPages && _bytes + page.Size <= MaxBytes;

    public void Add(PackedPage page)
    {
        _pages.Add(page);
        _bytes += page.Size;
    }

    /// <summary>Begins to write the pages into their chain, and to gather anew. Their memory is given back when they are written.</summary>
    public Task WriteAsync(IPageStore store, string chain, CancellationToken cancellationToken)
    {
        PackedPage[] pages = [.. _pages];
        _pages.Clear();
        _bytes = 0;
        return WriteAsync(store, chain, pages, cancellationToken);
    }

    private static async Task WriteAsync(IPageStore store, string chain, PackedPage[] pages, CancellationToken cancellationToken)
    {
        await store.WriteAsync(chain, pages, cancellationToken);
        foreach (var page in pages)
        {
            page.Return();
        }
    }
}
