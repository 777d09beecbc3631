using System.Buffers;

namespace AudienceSync.Pages;

/// <summary>Values one behind the other, in memory of the pool that is kept when the list is cleared, and given back when it is disposed of.</summary>
internal sealed class PooledList<T> : IDisposable
    where T : unmanaged
{
    private T[] _items = [];

    public int Count { get; private set; }

    public Span<T> Span => _items.AsSpan(0, Count);

    public ReadOnlyMemory<T> Memory => _items.AsMemory(0, Count);

    public T this[int index] => Span[index];

    public void Add(T item)
    {
        EnsureCapacity(Count + 1);
        _items[Count++] = item;
    }

    /// <summary>The next values, counted as added; the caller sets all of them.</summary>
    public Span<T> Reserve(int count)
    {
        EnsureCapacity(Count + count);
        Count += count;
        return _items.AsSpan(Count - count, count);
    }

    public void Clear() => Count = 0;

    public void Dispose()
    {
        if (_items.Length > 0)
        {
            ArrayPool<T>.Shared.Return(_items);
        }

        (_items, Count) = ([], 0);
    }

    /// <summary>Makes room at once for so many values in all.</summary>
    public void EnsureCapacity(int count)
    {
        if (count > _items.Length)
        {
            Grow(count);
        }
    }

    private void Grow(int count)
    {
        var grown = ArrayPool<T>.Shared.Rent(Math.Max(count, Math.Max(_items.Length * 2, 256)));
        Span.CopyTo(grown);
        if (_items.Length > 0)
        {
            ArrayPool<T>.Shared.Return(_items);
        }

        _items = grown;
    }
}
