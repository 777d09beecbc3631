using System.Buffers.Binary;
using System.Numerics;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>Runs a test over one column and adds the rows for which it holds: over packed numbers without unpacking them, over dictionaries once a text.</summary>
internal readonly ref struct ColumnScan(StoredColumn column, RowSet among, RowSet result)
{
    private readonly ReadOnlySpan<ulong> _among = among.Words;
    private readonly Span<ulong> _result = result.Words;

    public void Run(ColumnTest test)
    {
        if (test.HoldsForAll)
        {
            AddAll();
            return;
        }

        switch (column.Values)
        {
            case IntegerValues integers when column.Type is CellType.Integer && test.Numbers is { } range:
                AddWithin(integers.Numbers, StoredRange.Of(range, scale: 0));
                break;
            case IntegerValues moments when column.Type is CellType.DateTime && test.Ticks is { } ticks:
                AddWithin(moments.Numbers, StoredRange.Of(ticks, moments.Unit));
                break;
            case IntegerValues days when column.Type is CellType.Date && test.Ticks is { } ticks:
                AddWithin(days.Numbers, StoredRange.Of(ticks, TimeSpan.TicksPerDay));
                break;
            case DecimalValues { IsPacked: true } decimals when test.Numbers is { } range:
                AddWithin(decimals.Digits, StoredRange.Of(range, decimals.Scale));
                break;
            case TextValues { Texts: DictionaryTexts texts }:
                AddCoded(texts, test);
                break;
            case TextValues texts when test.Text is { } text:
                AddText(texts.Texts, PageText.ToBytes(text));
                break;
            default:
                AddHolding(test.Holds);
                break;
        }
    }

    private void AddAll()
    {
        var presence = column.Presence;
        for (var word = 0; word < _result.Length; word++)
        {
            _result[word] |= _among[word] & (presence.IsEmpty ? ulong.MaxValue : presence[word]);
        }
    }

    private void AddWithin(PackedIntegers numbers, StoredRange? range)
    {
        if (range is not { } within || within.Last < numbers.Least)
        {
            return;
        }

        // As distances from the least: one comparison without sign says whether a value lies within.
        var first = within.First <= numbers.Least ? 0 : PackedIntegers.Distance(numbers.Least, within.First);
        var span = PackedIntegers.Distance(numbers.Least, within.Last) - first;
        var bits = numbers.Bits;
        var width = numbers.Width;
        if (width == 0)
        {
            if (first == 0)
            {
                AddAll();
            }

            return;
        }

        var presence = column.Presence;
        var index = 0;
        for (var word = 0; word < _result.Length; word++)
        {
            var present = presence.IsEmpty ? ulong.MaxValue : presence[word];
            var rows = present & _among[word];
            if (rows != 0)
            {
                _result[word] |= rows & (presence.IsEmpty
                    ? Within(bits, width, index, Math.Min(RowSet.WordRows, column.Count - index), first, span)
                    : Within(bits, width, index, present, first, span));
            }

            index += presence.IsEmpty ? RowSet.WordRows : BitOperations.PopCount(present);
        }
    }

    /// <summary>A bit for each of the next values.</summary>
    private static ulong Within(ReadOnlySpan<byte> bits, int width, int index, int count, ulong first, ulong span)
    {
        if (width == 64)
        {
            return WithinWide(bits, index, count, first, span);
        }

        var mask = (1UL << width) - 1;
        var at = (long)index * width;
        ulong found = 0;
        for (var i = 0; i < count; i++)
        {
            var value = (BinaryPrimitives.ReadUInt64LittleEndian(bits[(int)(at >> 3)..]) >> (int)(at & 7)) & mask;
            found |= (value - first <= span ? 1UL : 0UL) << i;
            at += width;
        }

        return found;
    }

    private static ulong WithinWide(ReadOnlySpan<byte> bits, int index, int count, ulong first, ulong span)
    {
        ulong found = 0;
        for (var i = 0; i < count; i++)
        {
            found |= (BinaryPrimitives.ReadUInt64LittleEndian(bits[((index + i) * sizeof(ulong))..]) - first <= span ? 1UL : 0UL) << i;
        }

        return found;
    }

    /// <summary>A bit for each row that has one of the next values.</summary>
    private static ulong Within(ReadOnlySpan<byte> bits, int width, int index, ulong present, ulong first, ulong span)
    {
        var values = Within(bits, width, index, BitOperations.PopCount(present), first, span);
        ulong found = 0;
        for (; present != 0 && values != 0; present &= present - 1, values >>= 1)
        {
            found |= (values & 1) == 0 ? 0 : present & (~present + 1);
        }

        return found;
    }

    private void AddCoded(DictionaryTexts texts, ColumnTest test)
    {
        var text = test.Text is { } wanted ? PageText.ToBytes(wanted) : null;
        var holds = new bool[texts.Distinct];
        var any = false;
        for (var code = 0; code < holds.Length; code++)
        {
            holds[code] = text is null ? test.Holds(Cell.Of(texts.TextOf(code))) : texts.BytesOf(code).SequenceEqual(text);
            any |= holds[code];
        }

        if (!any)
        {
            return;
        }

        var (width, least) = (texts.Codes.Width, texts.Codes.Least);
        var bits = texts.Codes.Bits;
        foreach (var (row, index) in new Rows(column, _among))
        {
            if (holds[texts.Check(least + (long)PackedIntegers.DistanceAt(bits, index, width))])
            {
                Add(row);
            }
        }
    }

    private void AddText(StoredTexts texts, ReadOnlySpan<byte> text)
    {
        foreach (var (row, index) in new Rows(column, _among))
        {
            if (texts.Bytes(index).SequenceEqual(text))
            {
                Add(row);
            }
        }
    }

    private void AddHolding(Func<Cell, bool> holds)
    {
        var values = column.Values;
        foreach (var (row, index) in new Rows(column, _among))
        {
            if (holds(values[index]))
            {
                Add(row);
            }
        }
    }

    private void Add(int row) => _result[row / RowSet.WordRows] |= 1UL << (row % RowSet.WordRows);

    /// <summary>The rows to look at that have a value, and the place of each one's value.</summary>
    private ref struct Rows(StoredColumn column, ReadOnlySpan<ulong> among)
    {
        private readonly ReadOnlySpan<ulong> _among = among;
        private ulong _rest;
        private int _word = -1;
        private int _row;

        public readonly (int Row, int Index) Current => (_row, column.IndexOf(_row));

        public readonly Rows GetEnumerator() => this;

        public bool MoveNext()
        {
            var presence = column.Presence;
            while (_rest == 0)
            {
                if (++_word == _among.Length)
                {
                    return false;
                }

                _rest = presence.IsEmpty ? _among[_word] : _among[_word] & presence[_word];
            }

            _row = (_word * RowSet.WordRows) + BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }
}
