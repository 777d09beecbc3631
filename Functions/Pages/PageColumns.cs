using System.Collections.Immutable;
using AudienceSync.Pages.Columns;
using AudienceSync.Values;

namespace AudienceSync.Pages;

/// <summary>The columns of a page under construction, found as they come by name and type. Their memory is kept from page to page.</summary>
internal sealed class PageColumns
{
    private const int MostAhead = 3;

    private readonly List<ColumnStage> _columns = [];
    private readonly Dictionary<(string Name, CellType Type), ColumnStage> _byName = [];
    private readonly Dictionary<CellType, Stack<ColumnStage>> _spare = []; // empty ones: their memory serves the next column of their type

    // Where the next column is looked for first: rows of a kind have the same columns in the same order, some of them now and then.
    private int _next;

    // Counts the pages: columns found for one are not those of the next.
    private int _page;

    // The stages of the columns of the buffer that rows come from.
    private ColumnStage[] _stages = [];
    private (ImmutableArray<(string Name, CellType Type)> Columns, int Page) _stagesOf;

    public int Count => _columns.Count;

    /// <summary>Most bytes of the columns apart from their values and presence.</summary>
    public long FrameBytes { get; private set; }

    public List<ColumnStage>.Enumerator GetEnumerator() => _columns.GetEnumerator();

    /// <exception cref="ArgumentException">The name is longer than 65,535 bytes.</exception>
    public ColumnStage Of(string name, CellType type)
    {
        for (var (ahead, most) = (0, Math.Min(MostAhead, _columns.Count)); ahead < most; ahead++)
        {
            var place = (_next + ahead) % _columns.Count;
            if (_columns[place].Type == type && _columns[place].Name == name)
            {
                _next = place + 1;
                return _columns[place];
            }
        }

        if (!_byName.TryGetValue((name, type), out var column))
        {
            FrameBytes += FrameBytesOf(name);
            column = _spare.TryGetValue(type, out var spare) && spare.TryPop(out var used) ? used : ColumnStage.For(type);
            column.Name = name;
            _columns.Add(column);
            _byName.Add((name, type), column);
        }

        return column;
    }

    public ColumnStage Of(CopiedColumn column)
    {
        if (column.Target is not { } target || column.TargetPage != (this, _page))
        {
            column.Target = target = Of(column.Name, column.Source.Type);
            column.TargetPage = (this, _page);
        }

        return target;
    }

    public ReadOnlySpan<ColumnStage> Of(ImmutableArray<(string Name, CellType Type)> columns)
    {
        if (_stagesOf != (columns, _page))
        {
            _stages = [.. columns.Select(column => Of(column.Name, column.Type))];
            _stagesOf = (columns, _page);
        }

        return _stages;
    }

    /// <exception cref="ArgumentException">The name is longer than 65,535 bytes.</exception>
    public static long FrameBytesOf(string name)
    {
        var bytes = PageText.ByteCount(name);
        return bytes <= ushort.MaxValue
            ? PageHeader.ColumnBytes + ColumnStage.MostBytesOfFrame + bytes
            : throw new ArgumentException($"The name of a column takes {bytes} bytes; it may take at most {ushort.MaxValue}.", nameof(name));
    }

    /// <summary>Empties the columns for the next page.</summary>
    public void NextPage()
    {
        for (var i = _columns.Count - 1; i >= 0; i--)
        {
            // A name that a page did not have may never come again: it takes no memory longer than a page.
            if (_columns[i].IsEmpty)
            {
                _byName.Remove((_columns[i].Name, _columns[i].Type));
                FrameBytes -= FrameBytesOf(_columns[i].Name);
                Spare(_columns[i]);
                _columns.RemoveAt(i);
            }
            else
            {
                _columns[i].Clear();
            }
        }

        _page++;
    }

    /// <summary>Forgets the columns, which are empty: those of one chain say nothing of the next.</summary>
    public void Clear()
    {
        _columns.ForEach(Spare);
        _columns.Clear();
        _byName.Clear();
        (FrameBytes, _stages, _stagesOf) = (0, [], default);
        _page++;
    }

    private void Spare(ColumnStage column)
    {
        if (!_spare.TryGetValue(column.Type, out var spare))
        {
            _spare.Add(column.Type, spare = []);
        }

        spare.Push(column);
    }
}
