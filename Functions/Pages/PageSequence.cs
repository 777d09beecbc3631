namespace AudienceSync.Pages;

/// <summary>Names the pages of a chain as they come out of a store, and tells of one that does not.</summary>
/// <remarks>Pages that overlap a range follow each other, because the keys of a chain ascend: a number left out is a page lost. Every store reads through this.</remarks>
internal sealed class PageSequence(string chain, KeyRange range)
{
    private int? _next = range == KeyRange.All ? 0 : null;

    /// <exception cref="DamagedPageException">A page before it is missing, or the page is damaged.</exception>
    public PageReader Open(PackedPage page, PageParts parts)
    {
        if (_next is { } next && page.Number != next)
        {
            throw Missing(chain, next);
        }

        _next = page.Number + 1;
        return Open(chain, page, parts);
    }

    /// <exception cref="DamagedPageException"/>
    public static PageReader Open(string chain, PackedPage page, PageParts parts) => PageReader.Open(page, NameOf(chain, page.Number), parts);

    public static DamagedPageException Missing(string chain, int number) => DamagedPageException.Of(NameOf(chain, number), "is missing");

    private static string NameOf(string chain, int number) => $"{chain}/{number}";
}
