using System.Collections;

namespace AudienceSync.Values;

/// <summary>Named cells in the order they were set. Setting an absent cell removes the name; <see cref="SetNull"/> holds one.</summary>
/// <remarks>Not thread-safe. Names are ordinal.</remarks>
public sealed class Row : IReadOnlyCollection<KeyValuePair<string, Cell>>
{
    private readonly OrderedDictionary<string, Cell> _cells;

    public Row()
        : this(capacity: 0)
    {
    }

    /// <param name="capacity">Cells there will be, about.</param>
    public Row(int capacity) => _cells = new(capacity, StringComparer.Ordinal);

    public Row(IEnumerable<KeyValuePair<string, Cell>> cells)
        : this()
    {
        foreach (var (name, cell) in cells)
        {
            this[name] = cell;
        }
    }

    public int Count => _cells.Count;

    /// <summary>The cell of that name, absent when there is none.</summary>
    public Cell this[string name]
    {
        get => _cells.TryGetValue(name, out var cell) ? cell : default;
        set
        {
            if (value.IsAbsent)
            {
                _cells.Remove(name);
            }
            else
            {
                _cells[name] = value;
            }
        }
    }

    /// <summary>Holds the name without a value: it is enumerated with an absent cell, so that a payload says <c>null</c> instead of nothing.</summary>
    public void SetNull(string name) => _cells[name] = default;

    public bool Has(string name) => _cells.ContainsKey(name);

    /// <summary>Without an object for each walk.</summary>
    public OrderedDictionary<string, Cell>.Enumerator GetEnumerator() => _cells.GetEnumerator();

    IEnumerator<KeyValuePair<string, Cell>> IEnumerable<KeyValuePair<string, Cell>>.GetEnumerator() => _cells.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _cells.GetEnumerator();
}
