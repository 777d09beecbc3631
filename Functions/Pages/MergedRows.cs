using System.Buffers;
using System.Runtime.CompilerServices;

namespace AudienceSync.Pages;

/// <summary>Rows of pages that overlap, put in order; their keys and row hashes are copied, everything else stays where it is.</summary>
/// <remarks>Holds all those pages until it is disposed of: meant for the pages of one shard.</remarks>
internal sealed class MergedRows : ISortedRows
{
    private readonly PageReader[] _pages;
    private readonly int[] _firsts; // of each page, its first row's place among all rows as they come
    private readonly int[] _places; // of each row, in order, its place among all rows as they come
    private readonly ulong[] _keys;
    private readonly ulong[] _hashes;

    private MergedRows(PageReader[] pages)
    {
        _pages = pages;
        _firsts = new int[pages.Length];
        foreach (var (index, page) in pages.Index())
        {
            _firsts[index] = Count;
            Count += page.Count;
        }

        (_places, _keys, _hashes) = (ArrayPool<int>.Shared.Rent(Count), ArrayPool<ulong>.Shared.Rent(Count), ArrayPool<ulong>.Shared.Rent(Count));
        Sort();
    }

    public string Name => $"{_pages[0].Name} and {_pages.Length - 1} more";

    public int Count { get; }

    public KeyRange Range => new(_keys[0], _keys[Count - 1]);

    public ReadOnlySpan<ulong> Keys => _keys.AsSpan(0, Count);

    public ReadOnlySpan<ulong> RowHashes => _hashes.AsSpan(0, Count);

    public RowRef this[int index] => RowAt(_places[index]);

    public IReadOnlyList<PageReader> Pages => _pages;

    /// <summary>Puts the pages of a shard in order: those that overlap or meet in a key are merged, others are given as they are.</summary>
    /// <param name="pages">Of all chains of the shard, in any order. All are opened before the first rows come.</param>
    /// <exception cref="RepeatedIdException"/>
    /// <exception cref="DamagedPageException"/>
    public static async IAsyncEnumerable<ISortedRows> ReadAsync(IAsyncEnumerable<PageReader> pages, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var all = await pages.OrderBy(page => page.Range.First).ToListAsync(cancellationToken);
        for (var first = 0; first < all.Count;)
        {
            var (end, last) = (first + 1, all[first].Range.Last);
            while (end < all.Count && all[end].Range.First <= last)
            {
                last = Math.Max(last, all[end++].Range.Last);
            }

            yield return end == first + 1 ? all[first] : new MergedRows([.. all[first..end]]);
            first = end;
        }
    }

    public void Dispose()
    {
        foreach (var page in _pages)
        {
            page.Dispose();
        }

        ArrayPool<int>.Shared.Return(_places);
        ArrayPool<ulong>.Shared.Return(_keys);
        ArrayPool<ulong>.Shared.Return(_hashes);
    }

    private void Sort()
    {
        var rented = ArrayPool<ulong>.Shared.Rent(Count);
        var values = rented.AsSpan(0, Count);
        var places = _places.AsSpan(0, Count);
        Gather(values, static page => page.Keys);
        KeySort.Sort(values, places);
        Scatter(values, places, _keys);
        SortEqualKeys(places);
        Gather(values, static page => page.RowHashes);
        Scatter(values, places, _hashes);
        ArrayPool<ulong>.Shared.Return(rented);
    }

    private void Gather(Span<ulong> target, Func<PageReader, ReadOnlySpan<ulong>> column)
    {
        foreach (var page in _pages)
        {
            column(page).CopyTo(target);
            target = target[page.Count..];
        }
    }

    private static void Scatter(ReadOnlySpan<ulong> values, ReadOnlySpan<int> places, Span<ulong> target)
    {
        for (var i = 0; i < places.Length; i++)
        {
            target[i] = values[places[i]];
        }
    }

    private void SortEqualKeys(Span<int> places)
    {
        for (var first = 0; first + 1 < places.Length; first++)
        {
            var end = first + 1;
            while (end < places.Length && _keys[end] == _keys[first])
            {
                end++;
            }

            if (end - first > 1)
            {
                SortById(places[first..end]);
                first = end - 1;
            }
        }
    }

    private void SortById(Span<int> places)
    {
        places.Sort((a, b) => string.CompareOrdinal(IdOf(a), IdOf(b)));
        for (var i = 1; i < places.Length; i++)
        {
            if (IdOf(places[i]) == IdOf(places[i - 1]))
            {
                throw new RepeatedIdException();
            }
        }
    }

    private string IdOf(int place) => RowAt(place)[MergeJoin.IdColumn].AsText();

    private RowRef RowAt(int place)
    {
        var page = Array.BinarySearch(_firsts, place) is var at && at < 0 ? ~at - 1 : at;
        return new(_pages[page], place - _firsts[page]);
    }
}
