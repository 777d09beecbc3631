namespace AudienceSync.Pages;

/// <summary>Keeps chains of pages: a chain is written once, by one writer, and becomes visible to others when a manifest names it.</summary>
public interface IPageStore
{
    /// <summary>Writes pages of a chain; repeatable (a page of the same number is replaced).</summary>
    /// <remarks>The pages' memory is the writer's again when the task has completed: a store that keeps bytes copies them.</remarks>
    Task WriteAsync(string chain, IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken);

    /// <summary>Reads the pages of a chain that overlap the range, in order.</summary>
    /// <exception cref="DamagedPageException">The chain has no pages at all, a page between two others is missing, or one is damaged.</exception>
    IAsyncEnumerable<PageReader> ReadAsync(string chain, KeyRange range, PageParts parts, CancellationToken cancellationToken);

    /// <exception cref="DamagedPageException">The page is missing or damaged.</exception>
    Task<PageReader> ReadPageAsync(string chain, int number, CancellationToken cancellationToken);

    /// <summary>Deletes all pages of a chain; nothing happens when there are none.</summary>
    Task DeleteAsync(string chain, CancellationToken cancellationToken);

    /// <summary>Chains whose id (made by <see cref="Ids.NewId"/>, prefix <c>pg</c>) is older than <paramref name="before"/>.</summary>
    IAsyncEnumerable<string> ListAsync(DateTimeOffset before, CancellationToken cancellationToken);
}
