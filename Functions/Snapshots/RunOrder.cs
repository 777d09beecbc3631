using System.Buffers;
using AudienceSync.Pages;

namespace AudienceSync.Snapshots;

/// <summary>The order of the rows of several sorted pages.</summary>
internal static class RunOrder
{
    /// <summary>Page and place of each row, in order of (key, id).</summary>
    /// <exception cref="ArgumentException">An id comes twice.</exception>
    public static (int Page, int Row)[] Of(PageReader[] pages)
    {
        var count = pages.Sum(page => page.Count);
        var keys = ArrayPool<ulong>.Shared.Rent(Math.Max(count, 1));
        var places = new (int Page, int Row)[count];
        var at = 0;
        for (var number = 0; number < pages.Length; number++)
        {
            pages[number].Keys.CopyTo(keys.AsSpan(at));
            for (var row = 0; row < pages[number].Count; row++)
            {
                places[at++] = (number, row);
            }
        }

        var order = ArrayPool<int>.Shared.Rent(Math.Max(count, 1));
        KeySort.Sort(keys.AsSpan(0, count), order.AsSpan(0, count));
        var sorted = new (int Page, int Row)[count];
        for (var i = 0; i < count; i++)
        {
            sorted[i] = places[order[i]];
        }

        ArrayPool<int>.Shared.Return(order);
        ArrayPool<ulong>.Shared.Return(keys);
        SortEqualKeys(pages, sorted);
        return sorted;
    }

    private static void SortEqualKeys(PageReader[] pages, Span<(int Page, int Row)> sorted)
    {
        for (var first = 0; first + 1 < sorted.Length; first++)
        {
            var end = first + 1;
            while (end < sorted.Length && KeyAt(pages, sorted[end]) == KeyAt(pages, sorted[first]))
            {
                end++;
            }

            if (end - first == 1)
            {
                continue;
            }

            sorted[first..end].Sort((a, b) => string.CompareOrdinal(IdAt(pages, a), IdAt(pages, b)));
            for (var i = first + 1; i < end; i++)
            {
                if (IdAt(pages, sorted[i]) == IdAt(pages, sorted[i - 1]))
                {
                    throw new ArgumentException("An id comes twice. A member has one row.", nameof(pages));
                }
            }

            first = end - 1;
        }
    }

    private static ulong KeyAt(PageReader[] pages, (int Page, int Row) place) => pages[place.Page].Keys[place.Row];

    private static string IdAt(PageReader[] pages, (int Page, int Row) place) => new RowRef(pages[place.Page], place.Row)[MergeJoin.IdColumn].AsText();
}
