using System.Numerics;
using System.Runtime.Intrinsics.X86;
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
            case BooleanValues flags:
                AddFlags(flags, test.Holds(Cell.Of(false)), test.Holds(Cell.Of(true)));
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

        var first = within.First <= numbers.Least ? 0 : PackedIntegers.Distance(numbers.Least, within.First);
        AddPacked(numbers, new WithinTest(first, PackedIntegers.Distance(numbers.Least, within.Last)));
    }

    private void AddCoded(DictionaryTexts texts, ColumnTest test)
    {
        texts.EnsureCodes();
        var text = test.Text is { } wanted ? PageText.ToBytes(wanted) : null;
        var least = (int)texts.Codes.Least;
        var holds = new bool[texts.Distinct - least];
        for (var code = least; code < texts.Distinct; code++)
        {
            holds[code - least] = text is null ? test.Holds(Cell.Of(texts.TextOf(code))) : texts.BytesOf(code).SequenceEqual(text);
        }

        if (!holds.Contains(true))
        {
            return;
        }

        if (holds.Length > FewCodesTest.MostCodes)
        {
            AddPacked(texts.Codes, new CodesTest(holds));
            return;
        }

        var codes = 0U;
        foreach (var (code, isHeld) in holds.Index())
        {
            codes |= (isHeld ? 1U : 0) << code;
        }

        AddPacked(texts.Codes, new FewCodesTest(codes));
    }

    private void AddFlags(BooleanValues flags, bool no, bool yes)
    {
        if (no == yes)
        {
            if (yes)
            {
                AddAll();
            }

            return;
        }

        var found = new ulong[RowSet.WordsOf(column.Count)];
        RowSet.ReadWords(flags.Bits, found);
        if (no)
        {
            foreach (ref var word in found.AsSpan())
            {
                word = ~word;
            }
        }

        AddValues(found);
    }

    private void AddPacked<TTest>(PackedIntegers values, TTest test)
        where TTest : struct, IPackedTest
    {
        if (values.Width == 0)
        {
            if (test.Holds(0))
            {
                AddAll();
            }

            return;
        }

        var found = new ulong[RowSet.WordsOf(column.Count)];
        PackedScan.Run(values, column.Count, test, found);
        AddValues(found);
    }

    /// <summary>Adds the rows that are looked at and whose values are found.</summary>
    /// <param name="found">A bit a value; those beyond the last may be anything.</param>
    private void AddValues(ReadOnlySpan<ulong> found)
    {
        if (column.IsInEveryRow)
        {
            for (var word = 0; word < _result.Length; word++)
            {
                _result[word] |= _among[word] & found[word];
            }

            return;
        }

        var presence = column.Presence;
        var index = 0;
        for (var word = 0; word < _result.Length; word++)
        {
            if ((presence[word] & _among[word]) != 0)
            {
                _result[word] |= _among[word] & Deposit(BitsFrom(found, index), presence[word]);
            }

            index += BitOperations.PopCount(presence[word]);
        }
    }

    /// <summary>The next 64 bits from one on.</summary>
    private static ulong BitsFrom(ReadOnlySpan<ulong> bits, int index)
    {
        var (word, shift) = (index / RowSet.WordRows, index % RowSet.WordRows);
        return shift == 0 || word + 1 == bits.Length ? bits[word] >> shift : (bits[word] >> shift) | (bits[word + 1] << (RowSet.WordRows - shift));
    }

    /// <summary>The lowest bits of values, each at the place of the next bit that is set.</summary>
    private static ulong Deposit(ulong values, ulong places)
    {
        if (Bmi2.X64.IsSupported)
        {
            return Bmi2.X64.ParallelBitDeposit(values, places);
        }

        ulong found = 0;
        for (; places != 0 && values != 0; places &= places - 1, values >>= 1)
        {
            found |= (values & 1) == 0 ? 0 : places & (~places + 1);
        }

        return found;
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
