namespace AudienceSync.Values;

/// <summary>Which page of a list is asked for.</summary>
/// <param name="After">The sort key of the last item before this page; null for the first.</param>
public sealed record PageRequest(int Limit, string? After);

/// <summary>A page of a list.</summary>
/// <param name="Next">The sort key to go on after; null on the last page.</param>
public sealed record ListPage<T>(IReadOnlyList<T> Items, string? Next)
{
    public ListPage<TOut> Select<TOut>(Func<T, TOut> selector) => new([.. Items.Select(selector)], Next);
}

public static class ListPage
{
    /// <summary>The page of a list that is in memory whole, in the order of its keys.</summary>
    public static ListPage<T> Of<T>(IEnumerable<T> all, PageRequest page, Func<T, string> key) =>
        Cut([.. all.Where(item => page.After is null || string.CompareOrdinal(key(item), page.After) > 0).Take(page.Limit + 1)], page, key);

    /// <summary>The page of a list that was read to one item more than the limit: that one says only that another page follows.</summary>
    public static ListPage<T> Cut<T>(IReadOnlyList<T> read, PageRequest page, Func<T, string> key) =>
        read.Count <= page.Limit ? new(read, Next: null) : new([.. read.Take(page.Limit)], key(read[page.Limit - 1]));
}
