using System.Collections;

namespace AudienceSync.Values;

/// <summary>Named cells in the order they were set. Setting an absent cell removes the name; <see cref="SetNull"/> holds one.</summary>
/// <remarks>
/// Not thread-safe; not to be changed while it is walked through. Names are ordinal. Millions of rows of a dozen cells are made and dropped, most of them under names that
/// are one and the same object: so their cells stand in an array, and only rows of many cells have a table of names.
/// </remarks>
public sealed class Row : IReadOnlyCollection<KeyValuePair<string, Cell>>
{
    /// <summary>Most cells among which a name is looked for one by one.</summary>
    private const int MostScanned = 16;
    private const int LeastGrown = 4;

    private KeyValuePair<string, Cell>[] _cells;
    private Dictionary<string, int>? _places; // of the names, once one was looked for among many cells

    public Row()
        : this(capacity: 0)
    {
    }

    /// <param name="capacity">Cells there will be, about.</param>
    public Row(int capacity) => _cells = capacity == 0 ? [] : new KeyValuePair<string, Cell>[capacity];

    public Row(IEnumerable<KeyValuePair<string, Cell>> cells)
        : this()
    {
        foreach (var (name, cell) in cells)
        {
            this[name] = cell;
        }
    }

    public int Count { get; private set; }

    /// <summary>The cell of that name, absent when there is none.</summary>
    public Cell this[string name]
    {
        get => Find(name) is >= 0 and var place ? _cells[place].Value : default;
        set
        {
            if (value.IsAbsent)
            {
                Remove(name);
            }
            else
            {
                Set(name, value);
            }
        }
    }

    /// <summary>Holds the name without a value: it is enumerated with an absent cell, so that a payload says <c>null</c> instead of nothing.</summary>
    public void SetNull(string name) => Set(name, default);

    public bool Has(string name) => Find(name) >= 0;

    /// <summary>Without an object for each walk.</summary>
    public Enumerator GetEnumerator() => new(this);

    IEnumerator<KeyValuePair<string, Cell>> IEnumerable<KeyValuePair<string, Cell>>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Adds a cell under a name that the row does not hold.</summary>
    internal void Add(string name, Cell cell)
    {
        if (Count == _cells.Length)
        {
            Array.Resize(ref _cells, Math.Max(2 * Count, LeastGrown));
        }

        _places?.Add(name, Count);
        _cells[Count++] = new(name, cell);
    }

    private void Set(string name, Cell cell)
    {
        if (Find(name) is >= 0 and var place)
        {
            _cells[place] = new(_cells[place].Key, cell);
        }
        else
        {
            Add(name, cell);
        }
    }

    private void Remove(string name)
    {
        if (Find(name) is >= 0 and var place)
        {
            Array.Copy(_cells, place + 1, _cells, place, Count - place - 1);
            _cells[--Count] = default;
            _places = null;
        }
    }

    /// <summary>The place of the cell of that name; −1 when there is none.</summary>
    private int Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        var cells = _cells.AsSpan(0, Count);
        if (cells.Length > MostScanned)
        {
            return (_places ??= PlacesOf(cells)).TryGetValue(name, out var known) ? known : -1;
        }

        for (var place = 0; place < cells.Length; place++)
        {
            if (ReferenceEquals(cells[place].Key, name))
            {
                return place;
            }
        }

        for (var place = 0; place < cells.Length; place++)
        {
            if (cells[place].Key == name)
            {
                return place;
            }
        }

        return -1;
    }

    private static Dictionary<string, int> PlacesOf(ReadOnlySpan<KeyValuePair<string, Cell>> cells)
    {
        var places = new Dictionary<string, int>(2 * cells.Length, StringComparer.Ordinal);
        for (var place = 0; place < cells.Length; place++)
        {
            places.Add(cells[place].Key, place);
        }

        return places;
    }

    /// <summary>Walks through the cells of a row in order.</summary>
    public struct Enumerator : IEnumerator<KeyValuePair<string, Cell>>
    {
        private readonly Row _row;
        private int _place = -1;

        internal Enumerator(Row row) => _row = row;

        public readonly KeyValuePair<string, Cell> Current => _row._cells[_place];

        readonly object IEnumerator.Current => Current;

        public bool MoveNext() => ++_place < _row.Count;

        public void Reset() => _place = -1;

        public readonly void Dispose()
        {
        }
    }
}
