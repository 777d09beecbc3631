using AudienceSync.Pages;

namespace AudienceSync.Profiles;

/// <summary>One page of operations that awaits the fold.</summary>
/// <param name="Id">Sorts by arrival (see <see cref="ArrivalIds"/>).</param>
public sealed record InboxPage(string Id, PageReader Rows);

/// <summary>Keeps pages of operations in order of arrival.</summary>
/// <remarks>Rows of a page are in order of (member key, id, arrival). Pages are written once.</remarks>
public interface IProfileInbox
{
    /// <summary>Appends pages in the order given; together where the store can.</summary>
    Task AppendAsync(IReadOnlyList<PackedPage> pages, CancellationToken cancellationToken);

    /// <summary>All pages in order of arrival.</summary>
    IAsyncEnumerable<InboxPage> ListAsync(PageParts parts, CancellationToken cancellationToken);

    /// <summary>One page, whole; null when it is gone.</summary>
    Task<PageReader?> ReadAsync(string id, CancellationToken cancellationToken);

    /// <summary>Deletes pages; those already gone are passed over.</summary>
    Task DeleteAsync(IReadOnlyCollection<string> ids, CancellationToken cancellationToken);
}
