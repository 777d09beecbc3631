using AudienceSync.Pages;

namespace AudienceSync.Erasures;

/// <summary>The one hand that may touch pages which others have published: to take a person out of them.</summary>
public interface IPageEditor
{
    /// <summary>Chains made before a moment, in the order of their ids, and so of their age.</summary>
    /// <param name="after">Id of the chain to go on after; null from the oldest.</param>
    IAsyncEnumerable<string> ListAsync(string? after, DateTimeOffset before, CancellationToken cancellationToken);

    /// <summary>Puts a page in the place of the stored one of its number. Repeatable.</summary>
    /// <returns>False when there is none any more: the page is not brought back.</returns>
    Task<bool> TryReplaceAsync(string chain, PackedPage page, CancellationToken cancellationToken);

    Task<bool> ExistsAsync(string chain, CancellationToken cancellationToken);
}
