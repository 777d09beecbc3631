using System.Collections.Immutable;
using AudienceSync.Values;

namespace AudienceSync.Pages.Columns;

/// <summary>What <see cref="TextListStage"/> wrote.</summary>
internal sealed class TextListValues : ColumnValues
{
    private readonly ColumnPlace _place;
    private readonly PackedIntegers _ends;
    private readonly int _items;
    private readonly long _mostItems; // of a list

    public TextListValues(ref ColumnBytes bytes, int count)
    {
        _place = bytes.Place;
        _ends = PackedIntegers.Read(ref bytes, count);
        _items = bytes.ReadCount(max: PackedPage.MaxBytes * 8);
        Items = StoredTexts.Read(ref bytes, _items);
        for (var (i, start) = (0, 0L); i < count; i++)
        {
            _mostItems = Math.Max(_mostItems, _ends[i] - start);
            start = _ends[i];
        }
    }

    public StoredTexts Items { get; }

    /// <summary>Items of all lists together.</summary>
    public int ItemCount => _items;

    public override int MostBytes => (int)Math.Min(_mostItems * (long)(sizeof(int) + Items.MostBytes), int.MaxValue);

    public override Cell this[int index]
    {
        get
        {
            var (from, to) = ItemsOf(index);
            var texts = ImmutableArray.CreateBuilder<string>(to - from);
            for (var i = from; i < to; i++)
            {
                texts.Add(Items[i]);
            }

            return Cell.Of(texts.MoveToImmutable());
        }
    }

    /// <summary>The places of a list's items in <see cref="Items"/>.</summary>
    public (int From, int To) ItemsOf(int index)
    {
        var (from, to) = (index == 0 ? 0 : _ends[index - 1], _ends[index]);
        return from >= 0 && from <= to && to <= _items ? ((int)from, (int)to) : throw _place.Damage("lists beyond its items");
    }

    public override void Hash(CellHasher hasher, ReadOnlySpan<int> indexes, Span<ulong> hashes)
    {
        for (var i = 0; i < indexes.Length; i++)
        {
            hashes[i] = HashOf(hasher, indexes[i]);
        }
    }

    private ulong HashOf(CellHasher hasher, int index)
    {
        var (from, to) = ItemsOf(index);
        var hash = hasher.BeginList(to - from);
        for (var i = from; i < to; i++)
        {
            hash = CellHasher.AddItem(hash, Items.Bytes(i));
        }

        return hash;
    }
}
